"""The kit's side: starts the processes of a driver, and makes calls that end within a time."""

import os
import select
import signal
import subprocess
import sys
import tempfile
from contextlib import suppress
from multiprocessing import Pipe, reduction
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from qdm_driver.compliance.host.children import children_of
from qdm_driver.compliance.host.messages import Answer, Call, Cancelling, Imported, NotImported
from qdm_driver.compliance.subject import Subject

_IMPORT_SECONDS = 120.0
_FORK_SECONDS = 20.0
_END_SECONDS = 20.0
_KILL_AFTER_CANCEL_SECONDS = 2.0


class NoAnswerError(Exception):
    """A process of the driver ended or hung; the message says which and where."""


class Host:
    """The process that imported the driver, and the workers forked from it. Closing it ends them all.

    ``answers`` are those of all workers so far, each with the call.
    """

    def __init__(self, subject: Subject, artifacts: Path) -> None:
        self.answers: list[tuple[Call, Answer]] = []
        self._worker_pids: set[int] = set()
        self._channel, theirs = Pipe()
        with tempfile.TemporaryFile() as output:
            self._process = subprocess.Popen(  # noqa: S603 - this very package
                [sys.executable, "-m", "qdm_driver.compliance.host.fork_server", str(theirs.fileno())],
                env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                pass_fds=[theirs.fileno()],
                process_group=0,
                stdout=output,
            )
        theirs.close()
        self._channel.send((subject, artifacts))

    def imported(self) -> Imported | NotImported:
        """Returns what the import came to. Call it once, first."""
        try:
            answer: Imported | NotImported = _receive(self._channel, _IMPORT_SECONDS, "the import")
        except NoAnswerError as error:
            return NotImported(str(error))
        return answer

    def start_worker(self) -> "Worker":
        """Forks a worker that has not initialised its driver yet. Raises NoAnswerError where none comes up."""
        ours, theirs = Pipe()
        self._channel.send(None)
        reduction.send_handle(self._channel, theirs.fileno(), self._process.pid)
        theirs.close()
        pid = _receive(ours, _FORK_SECONDS, "the fork")
        self._worker_pids.add(pid)
        return Worker(ours, pid, self.answers)

    def left_processes(self) -> list[str]:
        """Names the processes that left the group of their worker, and outlived it or what started them."""
        left = []
        for child in children_of(self._process.pid):
            with suppress(ProcessLookupError, FileNotFoundError):
                if os.getpgid(child) not in self._worker_pids:
                    left.append(f"{Path(f'/proc/{child}/comm').read_text().strip()} (process {child})")
        return left

    def close(self) -> None:
        """Ends all processes."""
        self._channel.close()
        with suppress(subprocess.TimeoutExpired):  # such as in an import that hangs
            self._process.wait(_END_SECONDS)
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class Worker:
    """A process with one driver instance."""

    def __init__(self, channel: Connection, pid: int, answers: list[tuple[Call, Answer]]) -> None:
        self._channel = channel
        self._pid = pid
        self._answers = answers
        self.alive = True

    def begin(self, call: Call) -> None:
        """Starts a call; ``end`` waits for it."""
        self._call = call
        with suppress(BrokenPipeError):  # a process that died meanwhile is told by ``end``
            self._channel.send(call)

    def end(self, seconds: float) -> Answer:
        """Returns the answer to what ``begin`` started. Raises NoAnswerError; then the process is dead."""
        name = type(self._call).__name__
        try:
            answer = _receive(self._channel, seconds, name)
            if isinstance(answer, Cancelling):
                answer = _receive(self._channel, _KILL_AFTER_CANCEL_SECONDS, f"{name} with JobCancelled")
        except NoAnswerError:
            self.kill()
            raise
        assert isinstance(answer, Answer)
        self._answers.append((self._call, answer))
        return answer

    def kill(self) -> None:
        """Ends the process with its group, as the host does, and returns when it has ended."""
        if self.alive:
            self.alive = False
            with suppress(ProcessLookupError):
                os.killpg(self._pid, signal.SIGKILL)
                ended = os.pidfd_open(self._pid)
                select.select([ended], [], [])
                os.close(ended)
            self._channel.close()


def _receive(channel: Connection, seconds: float, what: str) -> Any:
    try:
        if channel.poll(seconds):
            return channel.recv()
    except (EOFError, ConnectionError):
        raise NoAnswerError(f"the driver's process ended during {what}") from None
    raise NoAnswerError(f"{what} was not done after {round(seconds, 1):g} s, so the host killed the process")
