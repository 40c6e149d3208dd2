"""Runs three circuits on two simulators, all on this machine and through real gRPC, and checks what comes back.

Starts the fleet of fleet.yaml on sockets of its own, as `qdm up` would, so it disturbs no other fleet. Exit code 0
says that every outcome was one that physics allows.
"""

import asyncio
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

from qdm_cli.client import Client, connect
from qdm_cli.commands.run import print_result
from qdm_cli.console import data_console, talk_console
from qdm_cli.failures import CallError
from qdm_cli.fleet.fleet import Fleet, run_folder
from qdm_cli.fleet.manifests import read_manifests
from qdm_cli.fleet.plan import FleetOptions, FleetPlan, Programs, plan_fleet
from qdm_cli.fleet.readiness import until_ready
from qdm_cli.formats import Format
from qdm_cli.progress import progress
from qdm_cli.tables import fleet_table

EXAMPLES = Path(__file__).parent
SHOTS = 1024
START_SECONDS = 120
GRACE_SECONDS = 10


class Act(NamedTuple):
    """One circuit, and exactly the outcomes it can have; each is so likely that none is missing in 1,024 shots."""

    title: str
    file: str
    format: Format
    device_id: str
    outcomes: frozenset[str]


ACTS = (
    Act("A Bell pair, in OpenQASM 3", "bell.qasm", Format.QASM3, "sim:local", frozenset({"00", "11"})),
    Act(
        "A GHZ state, as the Eigen OS compiler emits it",
        "ghz.aqo.json",
        Format.AQO_JSON,
        "sim:local",
        frozenset({"000", "111"}),
    ),
    Act(
        "A teleportation, which measures in the middle; the leftmost bit says whether the state arrived",
        "teleport.qasm",
        Format.QASM3,
        "sim:small",
        frozenset({"000", "001", "010", "011"}),
    ),
)


def as_expected(act: Act, counts: Mapping[str, int]) -> bool:
    """Tells whether the counts are those of all shots, over exactly the outcomes that can be."""
    return counts.keys() == act.outcomes and sum(counts.values()) == SHOTS


async def perform(client: Client, act: Act) -> bool:
    """Runs one act, prints it, and tells whether its outcomes are the expected ones."""
    data_console().print(act.title, style="bold cyan")
    circuit = (EXAMPLES / act.file).read_bytes()
    began = time.perf_counter()
    answer = await client.execute(act.device_id, circuit, act.format, shots=SHOTS, options={})
    print_result(act.file, act.device_id, answer, total_sec=time.perf_counter() - began)
    if as_expected(act, answer.counts):
        return True
    talk_console().print(f"wrong: expected {SHOTS} shots of {', '.join(sorted(act.outcomes))}", style="bold red")
    return False


async def demonstrate(plan: FleetPlan) -> bool:
    """Starts the fleet, performs every act and stops the fleet."""
    talk = talk_console()
    fleet = Fleet(plan, talk.print)
    device_ids = [device.device_id for device in plan.devices]
    fleet.start()
    try:
        async with connect(plan.facade.environment["QDM_LISTEN"]) as client:
            with progress(talk, "starting two simulators", total=len(device_ids)) as advance:
                async with asyncio.timeout(START_SECONDS):
                    statuses = await until_ready(
                        client,
                        device_ids,
                        lambda done: advance(done, "starting two simulators"),
                        facade_runs=lambda: fleet.facade_runs,
                        seconds=START_SECONDS,
                    )
            data_console().print(fleet_table(plan.devices, statuses), "")
            return all([await perform(client, act) for act in ACTS])
    except CallError as error:
        talk.print(f"a call failed: {error}", style="bold red")
    except TimeoutError:
        talk.print(f"the fleet was not ready after {START_SECONDS} s", style="bold red")
    finally:
        await fleet.stop(grace=GRACE_SECONDS)
    return False


def main() -> int:
    """Returns the exit code."""
    with run_folder() as folder:
        options = FleetOptions(folder, f"unix:{folder}/facade.sock", "127.0.0.1:0", data=folder / "data", logs=folder)
        manifests = read_manifests([EXAMPLES / "fleet.yaml"])
        if asyncio.run(demonstrate(plan_fleet(manifests.devices, options, Programs()))):
            return 0
    talk_console().print("`qdm up -f examples/fleet.yaml --log` shows what the fleet has to say")
    return 1


if __name__ == "__main__":
    sys.exit(main())
