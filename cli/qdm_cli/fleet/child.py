"""One process that is kept running until it is told to stop."""

import asyncio
import os
import signal
import sys
import time
from asyncio.subprocess import PIPE, Process
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path

from qdm_cli.fleet.plan import ChildSpec
from qdm_common.backoff import restart_delay

# Credentials are one device's own: a child has those of its spec or none.
_NEVER_INHERITED = {"QDM_SECRETS_DIR"}

_STEADY_SECONDS = 60.0

Tell = Callable[[str], None]


def failures_after(failures: int, ran_seconds: float) -> int:
    """Counts one more failure in a row; a child that ran for a minute begins anew."""
    return 1 if ran_seconds >= _STEADY_SECONDS else failures + 1


class Child:
    """Keeps the process of a spec running; what happens to it is told in sentences.

    The process gets a session of its own, so that a terminal's Ctrl-C reaches the supervisor only, and a standard
    input that ends with the supervisor, however that ends. Of the supervisor's descriptors it has ``inherited``.
    """

    def __init__(self, spec: ChildSpec, tell: Tell, *, inherited: Sequence[int] = ()) -> None:
        self._spec = spec
        self._inherited = inherited
        self._tell = tell
        self._process: Process | None = None
        self._stopping = asyncio.Event()
        self._keeper: asyncio.Task[None] | None = None

    @property
    def runs(self) -> bool:
        """Whether there is a process at present; between two of them there is none."""
        return self._process is not None

    def start(self) -> None:
        """Starts the process, and again whenever it ends."""
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self, *, grace: float) -> None:
        """Asks the process to stop, kills it after ``grace`` seconds, and returns when it is gone."""
        self._stopping.set()
        if self._keeper is None:
            return
        self._signal(signal.SIGTERM)
        _, running = await asyncio.wait([self._keeper], timeout=grace)
        if running:
            self.kill()
            self._tell(f"the {self._spec.name} did not stop within {grace:g} s and is killed")
            await asyncio.wait(running)

    def kill(self) -> None:
        """Kills the process and all of its session, at once."""
        self._stopping.set()
        if self._process is not None:
            _kill_session(self._process)

    async def _keep(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            started = time.monotonic()
            try:
                what = f"ended ({_ending(await self._run())}) and is started again"
            except OSError as error:
                what = f"cannot be started ({error.strerror}) and is tried again"
            if self._stopping.is_set():
                return
            failures = failures_after(failures, time.monotonic() - started)
            delay = restart_delay(failures)
            where = f"; its log is {self._spec.log}" if self._spec.log else ""
            self._tell(f"the {self._spec.name} {what} in {delay:g} s{where}")
            with suppress(TimeoutError):
                await asyncio.wait_for(self._stopping.wait(), delay)

    async def _run(self) -> int:
        self._process = await self._launch()
        if self._stopping.is_set():
            self._signal(signal.SIGTERM)
        code = await self._process.wait()
        _kill_session(self._process)
        self._process = None
        return code

    async def _launch(self) -> Process:
        inherited = {key: value for key, value in os.environ.items() if key not in _NEVER_INHERITED}
        environment = {**inherited, **self._spec.environment, "QDM_STOP_ON_EOF": "true"}
        with ExitStack() as stack:
            output = stack.enter_context(self._spec.log.open("ab")) if self._spec.log else sys.stderr
            return await asyncio.create_subprocess_exec(
                *self._spec.command,
                stdin=PIPE,
                stdout=output,
                stderr=output,
                env=environment,
                pass_fds=self._inherited,
                start_new_session=True,
            )

    def _signal(self, number: signal.Signals) -> None:
        if self._process is not None:
            with suppress(ProcessLookupError):
                self._process.send_signal(number)


def _kill_session(process: Process) -> None:
    """Kills all of the session that the process leads or led; its workers are there too, in groups of their own."""
    for entry in Path("/proc").glob("[0-9]*"):
        with suppress(ProcessLookupError):
            if os.getsid(pid := int(entry.name)) == process.pid:
                os.kill(pid, signal.SIGKILL)


def _ending(code: int) -> str:
    return f"exit code {code}" if code >= 0 else signal.Signals(-code).name
