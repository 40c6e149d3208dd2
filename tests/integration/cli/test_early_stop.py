"""An order to stop that comes while a program is still imported."""

import signal
import subprocess
import sys

import pytest

# Says when the command's module is imported, and then imports for ever.
SLOW = """
import os, sys
pid = {pid}
os.getpid = lambda: pid
class Slow:
    def find_spec(self, name, path=None, target=None):
        if name == "qdm_cli.commands.facade":
            print("importing", flush=True)
            sys.stdin.read()
sys.meta_path.insert(0, Slow())
sys.argv = ["qdm", "facade"]
from qdm_cli.main import main
main()
"""


@pytest.mark.parametrize(
    ("pid", "code"),
    [
        pytest.param("1", 128 + signal.SIGTERM, id="the first process of a container"),
        pytest.param("os.getpid()", -signal.SIGTERM, id="any other process"),
    ],
)
def test_a_program_that_is_still_imported_ends_at_once(pid: str, code: int) -> None:
    command = [sys.executable, "-c", SLOW.format(pid=pid)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"importing\n"
        process.terminate()
        assert process.wait() == code
