"""One process with a log file, that never outlives the test run that started it, however that ends.

The kernel's own way, a death signal for children, is tied to the thread that started them, and a test's threads come
and go. So a guard, a process that does nothing else, is told of every start and end, and kills what is left when its
standard input ends.
"""

import asyncio
import functools
import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

_LAST_LINES = 15

_GUARD = """
import os, signal, sys
for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
    signal.signal(number, signal.SIG_IGN)
alive = set()
for line in sys.stdin:
    number = int(line)
    alive.add(number) if number > 0 else alive.discard(-number)
for leader in alive:
    try:
        os.killpg(leader, signal.SIGKILL)
    except OSError:
        pass
"""


class Process:
    """A running program, leader of a session of its own, so that what it starts goes with it."""

    def __init__(self, name: str, command: Sequence[str | Path], environment: Mapping[str, str], log: Path) -> None:
        self.name = name
        self.log = log
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        _tell_guard(self.pid)

    @property
    def pid(self) -> int:
        """The process and its group."""
        return self._popen.pid

    @property
    def exit_code(self) -> int | None:
        """How it ended, negative for a signal; ``None`` while it runs."""
        return self._popen.poll()

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the process alone; none where it has ended."""
        self._popen.send_signal(number)

    def terminate(self) -> None:
        """Asks it to stop."""
        self.send(signal.SIGTERM)

    def freeze(self) -> None:
        """Stops it and all it started in their tracks: to others it is a black hole."""
        self._signal_all(signal.SIGSTOP)
        # A program of many threads runs on for a moment; what it did then would look like an answer from beyond.
        os.waitid(os.P_PID, self.pid, os.WSTOPPED | os.WEXITED | os.WNOWAIT)

    def thaw(self) -> None:
        """Lets it go on."""
        self._signal_all(signal.SIGCONT)

    def kill(self) -> int:
        """Kills it and all it started, and returns its exit code when it is gone."""
        self._signal_all(signal.SIGKILL)
        code = self._popen.wait()
        _tell_guard(-self.pid)
        return code

    async def ended(self) -> int:
        """Waits for the process to end by itself, kills what it left behind, and returns its exit code."""
        loop = asyncio.get_running_loop()
        over = asyncio.Event()
        with suppress(ProcessLookupError):
            descriptor = os.pidfd_open(self.pid)
            loop.add_reader(descriptor, over.set)
            try:
                await over.wait()
            finally:
                loop.remove_reader(descriptor)
                os.close(descriptor)
        return self.kill()

    def account(self) -> str:
        """Returns a sentence on how it is, and the end of its log."""
        code = self.exit_code
        state = "is running" if code is None else f"ended with exit code {code}"
        lines = self.log.read_text(errors="replace").splitlines()[-_LAST_LINES:]
        return "\n".join([f"{self.name} {state}; its log is {self.log}, which ends with:", *lines])

    def _signal_all(self, number: signal.Signals) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self.pid, number)


def clean_environment() -> dict[str, str]:
    """Returns this process's environment without what would set a program of ours, or send it to another cluster."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("QDM_", "KUBE"))}


@functools.cache
def _guard() -> "subprocess.Popen[str]":
    command = [sys.executable, "-I", "-S", "-c", _GUARD]
    return subprocess.Popen(command, stdin=subprocess.PIPE, text=True, bufsize=1, start_new_session=True)


def _tell_guard(number: int) -> None:
    pipe = _guard().stdin
    assert pipe is not None
    pipe.write(f"{number}\n")
