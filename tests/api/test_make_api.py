"""`make api`, as a person starts it, uses it and ends it."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def started() -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The process, and all it said until it was ready."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", 50061))
        except OSError:
            pytest.skip("a fleet listens on 127.0.0.1:50061")
    process = subprocess.Popen(
        [sys.executable, "-m", "api_tier"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": str(ROOT / "tests/harness")},
    )
    assert process.stdout is not None
    said = ""
    for line in process.stdout:
        said += line
        if line.startswith("Ctrl-C"):
            break
    try:
        yield process, said
    finally:
        process.kill()
        process.communicate()


def test_a_person_finds_devices_that_work_and_nothing_is_left_after_ctrl_c(
    started: tuple["subprocess.Popen[str]", str],
) -> None:
    process, said = started
    exports = dict(re.findall(r"export (\w+)=(\S+)", said))
    path = exports["PATH"].replace("$PATH", os.environ["PATH"])
    environment = os.environ | {"KUBECONFIG": exports["KUBECONFIG"], "PATH": path}
    devices = ["kubectl", "get", "qdev", "-o", "jsonpath={.items[*].spec.deviceId}"]
    listed = subprocess.run(devices, env=environment, check=True, capture_output=True, text=True)
    assert listed.stdout == "sim:local sim:small"
    run = ["qdm", "run", "examples/bell.qasm", "--device", "sim:local"]
    subprocess.run(run, env=environment, check=True, capture_output=True, cwd=ROOT)
    process.send_signal(signal.SIGINT)
    assert process.wait() == 0
    assert not Path(exports["KUBECONFIG"]).parent.exists()
