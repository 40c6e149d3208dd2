"""Calls that no driver manager answers, lost before or after they may have run."""

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

Qdm = Callable[..., subprocess.CompletedProcess[str]]

# Ends as soon as a call is in, and takes messages of up to 64 bytes.
SERVER = """
import os, signal, grpc
from concurrent.futures import ThreadPoolExecutor
class Ends(grpc.GenericRpcHandler):
    def service(self, details):
        return grpc.unary_unary_rpc_method_handler(lambda request, _: os.kill(os.getpid(), signal.SIGKILL))
options = [("grpc.max_receive_message_length", 64)]
server = grpc.server(ThreadPoolExecutor(1), handlers=[Ends()], options=options)
print(server.add_insecure_port("127.0.0.1:0"), flush=True)
server.start()
server.wait_for_termination()
"""


@pytest.fixture
def address() -> Iterator[str]:
    with subprocess.Popen([sys.executable, "-c", SERVER], stdout=subprocess.PIPE, text=True) as server:
        assert server.stdout is not None
        yield f"127.0.0.1:{server.stdout.readline().strip()}"
        server.kill()


@pytest.fixture
def circuit(tmp_path: Path) -> str:
    file = tmp_path / "circuit.json"
    file.write_text("{}")
    return str(file)


@pytest.mark.parametrize(
    ("command", "what"),
    [(("run", "{}", "--device", "d"), "job"), (("calibrate", "d"), "calibration")],
)
def test_a_call_that_was_lost_in_the_middle_may_have_run(
    qdm: Qdm, address: str, circuit: str, command: tuple[str, ...], what: str
) -> None:
    lost = qdm(*(word.format(circuit) for word in command), "--address", address)
    assert lost.returncode == 8
    assert f"the connection to {address} was lost during the call; whether the {what} ran is not known" in lost.stderr
    assert "find out whether the job ran" in lost.stderr


def test_a_question_that_was_lost_in_the_middle_is_asked_again_later(qdm: Qdm, address: str) -> None:
    lost = qdm("devices", "--address", address)
    assert lost.returncode == 5
    assert f"the connection to {address} was lost during the call\n" in lost.stderr


def test_a_call_that_was_never_sent_says_that_nobody_answers(qdm: Qdm, circuit: str) -> None:
    lost = qdm("run", circuit, "--device", "d", "--address", "127.0.0.1:1")
    assert lost.returncode == 5
    assert "no driver manager answers at 127.0.0.1:1" in lost.stderr


def test_a_request_that_no_server_takes_is_refused(qdm: Qdm, address: str, tmp_path: Path) -> None:
    large = tmp_path / "large.json"
    large.write_text("{" + 100 * " " + "}")
    refused = qdm("run", str(large), "--device", "d", "--address", address)
    assert refused.returncode == 3
    assert f"the request is larger than {address} takes" in refused.stderr
