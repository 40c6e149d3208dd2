"""The command line as its users start it: a process with arguments, an environment and two outputs."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

DRIVERS = Path(__file__).parents[1] / "drivers"

StartQdm = Callable[..., subprocess.Popen[str]]
Qdm = Callable[..., subprocess.CompletedProcess[str]]
StartFleet = Callable[[str], tuple[subprocess.Popen[str], str]]


@pytest.fixture
def start_qdm(tmp_path: Path) -> StartQdm:
    """Starts ``qdm`` with the probe driver installed, and returns the process; both outputs are pipes by default."""
    settings = {"QDM_PLUGINS_DIR": str(DRIVERS), "QDM_MEMORY_BYTES": str(2 * 1024**3), "TMPDIR": str(tmp_path)}
    environment = {**os.environ, **settings}

    def start(*arguments: str, stderr: int = subprocess.PIPE) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "qdm_cli", *arguments]
        return subprocess.Popen(command, env=environment, text=True, stdout=subprocess.PIPE, stderr=stderr)

    return start


@pytest.fixture
def qdm(start_qdm: StartQdm) -> Qdm:
    """Runs ``qdm`` to its end."""

    def run(*arguments: str) -> subprocess.CompletedProcess[str]:
        with start_qdm(*arguments) as process:
            out, err = process.communicate()
        return subprocess.CompletedProcess(arguments, process.returncode, out, err)

    return run


@pytest.fixture
def start_fleet(start_qdm: StartQdm, tmp_path: Path) -> Iterator[StartFleet]:
    """Starts ``qdm up`` on free ports and returns the process and the address, once the fleet is ready.

    What it printed until then is in ``fleet.out``, what it says in ``fleet.err``.
    """
    started = []

    def start(manifest: str) -> tuple[subprocess.Popen[str], str]:
        file = tmp_path / "fleet.yaml"
        file.write_text(manifest)
        addresses = ("--listen", "127.0.0.1:0", "--metrics-listen", "127.0.0.1:0")
        with (tmp_path / "fleet.err").open("w") as err, (tmp_path / "fleet.out").open("w") as printed:
            process = start_qdm(
                "up", "-f", str(file), "--data", str(tmp_path / "data"), *addresses, stderr=err.fileno()
            )
            started.append(process)
            assert process.stdout is not None
            for line in process.stdout:
                printed.write(line)
                if line.startswith("ready: "):
                    return process, line.removeprefix("ready: ").strip()
        raise AssertionError((tmp_path / "fleet.err").read_text())

    yield start
    for process in started:
        process.terminate()
        process.communicate()
