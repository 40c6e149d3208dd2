"""gRPC's event engine is off in our programs, and only there. gRPC reads the switch when it is loaded."""

import os
import subprocess
import sys

import pytest

from qdm_common import GRPC_EXPERIMENTS


def printed_by(code: str, **variables: str) -> str:
    environment = {name: value for name, value in os.environ.items() if name != "GRPC_EXPERIMENTS"} | variables
    return subprocess.run(
        [sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True
    ).stdout.strip()


@pytest.mark.parametrize("program", ["qdm_facade.main", "qdm_sidecar.main", "qdm_operator.main"])
def test_a_program_switches_it_off_before_it_loads_grpc(program: str) -> None:
    code = f"import sys, {program}; names = list(sys.modules); print(names.index('qdm_common') < names.index('grpc'))"
    assert printed_by(code) == "True"


@pytest.mark.parametrize(("given", "seen"), [({}, "None"), ({"GRPC_EXPERIMENTS": "tcp_rcv_lowat"}, "tcp_rcv_lowat")])
def test_drivers_see_what_the_operator_of_the_fleet_gave_and_nothing_of_ours(given: dict[str, str], seen: str) -> None:
    code = "import os, qdm_sidecar.worker.preload; print(os.environ.get('GRPC_EXPERIMENTS'))"
    assert printed_by(code, **given) == seen
    assert GRPC_EXPERIMENTS not in seen
