"""The sidecar's side of one worker process."""

import asyncio
import multiprocessing
import os
import select
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing import forkserver
from multiprocessing.context import ForkServerContext
from typing import Any

from google.rpc import status_pb2

from qdm_driver import Code
from qdm_sidecar.worker.frames import HEADER, Kind
from qdm_sidecar.worker.main import CANCEL_SIGNAL
from qdm_sidecar.worker.preload import DRIVER_VARIABLE, FOLDERS_VARIABLE
from qdm_sidecar.worker.start import WorkerStart

# How long a driver may clean up after JobCancelled before its process is killed.
CLEAN_UP_SECONDS = 1.0
# A process that ends lets go of its sockets a moment before it has ended.
_DYING_SECONDS = 1.0

WorkerTarget = Callable[[WorkerStart, socket.socket], None]


class WorkerFailureError(Exception):
    """The worker answered with a status that is not OK."""

    def __init__(self, status: status_pb2.Status) -> None:
        super().__init__(status.message)
        self.status = status

    @property
    def problem(self) -> str:
        """What to say of the device: the same each time, so without the error id of a bug, which is always another."""
        if self.status.code == Code.INTERNAL.value:
            return "internal error of the driver; the sidecar's log has the details"
        return str(self.status.message)

    @property
    def outcome_unknown(self) -> bool:
        """Whether the driver does not know what became of its job."""
        return bool(self.status.code == Code.ABORTED.value)


class WorkerDiedError(Exception):
    """The worker's process ended before it answered."""


class ForkserverDiedError(WorkerDiedError):
    """There is no process, since the server to fork from ended; ``how``, or an empty text where that is unknown."""

    def __init__(self, how: str) -> None:
        super().__init__(how)
        self.how = how


def fork_context(start: WorkerStart) -> ForkServerContext:
    """Returns the context whose processes fork from one server with the driver's engines already imported."""
    os.environ[DRIVER_VARIABLE] = start.driver
    os.environ[FOLDERS_VARIABLE] = os.pathsep.join(map(str, start.plugin_folders))
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["qdm_sidecar.worker.preload"])
    return context


def end_forkserver() -> None:
    """Ends the server that processes fork from, though it may hang, and with it all of them; the next start makes one.

    Starts that wait for it fail.
    """
    server: Any = forkserver._forkserver  # noqa: SLF001
    with server._lock:  # noqa: SLF001
        if server._forkserver_pid is not None:  # noqa: SLF001
            os.kill(server._forkserver_pid, signal.SIGKILL)  # noqa: SLF001
            server._stop_unlocked()  # noqa: SLF001


class WorkerProcess:
    """One running worker; ``request`` one thing at a time."""

    def __init__(
        self, process: multiprocessing.process.BaseProcess, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        self._process = process
        self._reader = reader
        self._writer = writer
        self._header: tuple[int, int] | None = None  # of a frame whose body is still to come
        self.alive = True

    @classmethod
    async def start(cls, context: ForkServerContext, target: WorkerTarget, start: WorkerStart) -> "WorkerProcess":
        """Forks a worker and returns at once; the worker's first frame is read by ``response``.

        Waits while the forkserver still imports the engines. Raises ForkserverDiedError where it ends instead.
        Cancelled, it leaves a thread that waits on, until the forkserver answers or ends, and kills what was started
        by then.
        """
        ours, theirs = socket.socketpair()
        process = context.Process(target=target, args=(start, theirs), daemon=True)
        reader, writer = await asyncio.open_connection(sock=ours)
        starting = asyncio.create_task(asyncio.to_thread(_start, process))
        starting.add_done_callback(lambda _: theirs.close())
        try:
            await asyncio.shield(starting)
        except BaseException:
            writer.close()
            starting.add_done_callback(partial(_kill_if_started, process))
            raise
        return cls(process, reader, writer)

    async def request(
        self, kind: Kind, *body: bytes, answered: Callable[[bytes], None] = lambda _response: None
    ) -> bytes:
        """Sends a request and returns the response. Raises WorkerFailureError or WorkerDiedError.

        Cancelled, it orders the worker to stop, gives the driver one second to clean up, and then kills the process.
        Where the driver then does not know what became of its job, the request ends with that WorkerFailureError.
        ``answered`` is told every response, also one that came too late to be returned.
        """
        try:
            self._writer.writelines([HEADER.pack(kind, sum(map(len, body))), *body])
            await self._drain()
            response = await self.response()
        except asyncio.CancelledError:
            if (late := await self._interrupt()) is not None:
                answered(late)
            raise
        answered(response)
        return response

    async def response(self) -> bytes:
        """Waits for the worker's next frame. Raises WorkerFailureError or WorkerDiedError.

        Cancelled, it loses nothing of the frame: the next call goes on with it.
        """
        try:
            if self._header is None:
                self._header = HEADER.unpack(await self._reader.readexactly(HEADER.size))
            kind, length = self._header
            body = await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError):
            self.kill()
            raise WorkerDiedError from None
        self._header = None
        if kind == Kind.FAILURE:
            raise WorkerFailureError(status_pb2.Status.FromString(body))
        return body

    def kill(self) -> None:
        """Ends the process, with all that it started, and forgets it; harmless where it has ended."""
        self.alive = False
        if self._process.pid is not None:
            with suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)
        self._process.kill()
        self._writer.close()

    async def gone(self) -> None:
        """Waits until the process has ended."""
        loop = asyncio.get_running_loop()
        ended = asyncio.Event()
        loop.add_reader(self._process.sentinel, ended.set)
        try:
            await ended.wait()
        finally:
            loop.remove_reader(self._process.sentinel)
        self._process.join()
        self.alive = False

    @property
    def exit_reason(self) -> str:
        """Says how the process ended: the name of a signal, or an exit code."""
        return _how_it_ended(self._process.exitcode)

    async def _drain(self) -> None:
        with suppress(ConnectionError):  # a worker that died is noticed where its answer is awaited
            await self._writer.drain()

    async def _interrupt(self) -> bytes | None:
        """Returns the response where there is one all the same. Raises WorkerFailureError for an unknown outcome."""
        if not self.alive or self._process.pid is None:
            return None
        try:
            self._writer.write(HEADER.pack(Kind.CANCEL, 0))
            os.kill(self._process.pid, CANCEL_SIGNAL)
            async with asyncio.timeout(CLEAN_UP_SECONDS):
                return await self.response()
        except WorkerFailureError as failure:
            if failure.outcome_unknown:
                raise
        except BaseException:  # noqa: BLE001 - an answer left unread would be taken for the next request's
            self.kill()
        return None


def _start(process: multiprocessing.process.BaseProcess) -> None:
    try:
        process.start()
    except (EOFError, ConnectionError):
        raise ForkserverDiedError(_how_the_forkserver_ended()) from None


def _how_the_forkserver_ended() -> str:
    """Returns an empty text where it runs, or another has taken its place, or there is none."""
    server: Any = forkserver._forkserver  # noqa: SLF001
    process = server._forkserver_pid  # noqa: SLF001
    if process is None:
        return ""
    try:
        with os.fdopen(os.pidfd_open(process), "rb", buffering=0) as handle:
            ending = select.poll()
            ending.register(handle, select.POLLIN)
            ending.poll(_DYING_SECONDS * 1000)
        # Only looked at: it is multiprocessing that reaps it.
        end = os.waitid(os.P_PID, process, os.WEXITED | os.WNOHANG | os.WNOWAIT)
    except OSError:
        return ""
    if end is None:
        return ""
    return _how_it_ended(end.si_status if end.si_code == os.CLD_EXITED else -end.si_status)


def _how_it_ended(code: int | None) -> str:
    return signal.Signals(-code).name if code is not None and code < 0 else f"exit code {code}"


def _kill_if_started(process: multiprocessing.process.BaseProcess, starting: asyncio.Task[None]) -> None:
    if not starting.cancelled() and starting.exception() is None:
        process.kill()
