"""Keeps the device's workers alive: starts them, lends them, replaces those that died."""

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from multiprocessing.context import ForkServerContext

from qdm_common import metrics
from qdm_common.backoff import restart_delay
from qdm_driver import Code, UnavailableError
from qdm_sidecar.device_state import Phase
from qdm_sidecar.worker.main import run_worker
from qdm_sidecar.worker.report import DriverReport
from qdm_sidecar.worker.start import WorkerStart
from qdm_sidecar.worker_process import (
    ForkserverDiedError,
    WorkerDiedError,
    WorkerFailureError,
    WorkerProcess,
    end_forkserver,
)

_LENDING_RETRY_SECONDS = 5.0
# Drivers may log in to slow backends while they start; one that takes longer than this hangs.
_START_SECONDS = 120.0
# A worker that lived this long, or ended a job, is no failed start, however it ends.
_PROVEN_SECONDS = 10.0

# What such an end is counted under: the signal or exit code would tell who was first, the driver or its host.
_FAILED_TO_START = "failed to start"
_NOT_STARTED = "no process of the driver can be started"

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PoolState:
    """Where the pool is in its life; ``problem`` says in a sentence why no worker runs."""

    phase: Phase
    report: DriverReport | None = None
    problem: str = ""


def phase_after_failure(code: int) -> Phase:
    """Returns what a status raised while a driver started says of it."""
    match code:
        case Code.INVALID_ARGUMENT.value:
            return Phase.CONFIG_INVALID
        case Code.FAILED_PRECONDITION.value | Code.INTERNAL.value:
            return Phase.DRIVER_UNUSABLE
    return Phase.BACKEND_DOWN


def _import_ended(how: str) -> str:
    known = {"": "", "SIGKILL": " (SIGKILL, perhaps for want of memory)"}.get(how, f" ({how})")
    return f"{_NOT_STARTED}; importing the driver may have ended it{known}, and the sidecar's log may say why"


class WorkerPool:
    """``size`` workers of one driver. ``changed`` is called whenever ``state`` is another."""

    def __init__(
        self, context: ForkServerContext, start: WorkerStart, *, size: int, changed: Callable[[], None]
    ) -> None:
        self._context = context
        self._start = start
        self._size = size
        self._changed = changed
        self._ready: set[WorkerProcess] = set()
        self._proven: set[WorkerProcess] = set()
        self._idle: list[WorkerProcess] = []
        self._borrowers: deque[asyncio.Future[WorkerProcess]] = deque()
        self._keepers: list[asyncio.Task[None]] = []
        self.state = PoolState(Phase.STARTING)

    def open(self) -> None:
        """Starts the workers, in the background; after a ``close`` too."""
        self._set_state(PoolState(Phase.STARTING))
        self._keepers = [asyncio.create_task(self._keep_one()) for _ in range(self._size)]

    async def close(self) -> None:
        """Ends all workers."""
        for keeper in self._keepers:
            keeper.cancel()
        await asyncio.gather(*self._keepers, return_exceptions=True)

    @asynccontextmanager
    async def worker(self, *, within_seconds: float | None = None) -> AsyncIterator[WorkerProcess]:
        """Lends a worker, waiting while one is being replaced.

        Raises UnavailableError where none can be started, or none came within the time.
        """
        try:
            async with asyncio.timeout(within_seconds):
                worker = await self._borrow()
        except TimeoutError:
            sentence = f"no process of the driver became ready within {within_seconds:g} s; try again"
            raise UnavailableError(sentence, retry_after=_LENDING_RETRY_SECONDS) from None
        try:
            yield worker
        finally:
            if worker.alive:
                self._proven.add(worker)
            self._take_back(worker)

    def update(self, report: DriverReport) -> None:
        """Takes over what a worker reported of its device."""
        self._set_state(PoolState(Phase.RUNNING, report))
        for name, value in report.status.gauges.items():
            metrics.DRIVER_GAUGE.labels(self._start.driver, self._start.device_id, name).set(value)

    def backend_down(self, problem: str) -> None:
        """Takes over that a worker could not reach its backend."""
        self._set_state(PoolState(Phase.BACKEND_DOWN, self.state.report, problem))

    async def _borrow(self) -> WorkerProcess:
        borrowed: asyncio.Future[WorkerProcess] = asyncio.get_running_loop().create_future()
        self._borrowers.append(borrowed)
        self._lend()
        try:
            return await borrowed
        except asyncio.CancelledError:
            if borrowed.done() and not borrowed.cancelled() and borrowed.exception() is None:
                self._take_back(borrowed.result())
            raise

    def _take_back(self, worker: WorkerProcess) -> None:
        if worker.alive:
            self._idle.append(worker)
            self._lend()

    def _lend(self) -> None:
        self._idle = [worker for worker in self._idle if worker.alive]
        while self._borrowers and (self._idle or self.state.phase not in {Phase.STARTING, Phase.RUNNING}):
            borrower = self._borrowers.popleft()
            if borrower.done():
                continue
            if self._idle:
                borrower.set_result(self._idle.pop())
            else:
                borrower.set_exception(UnavailableError(self.state.problem, retry_after=_LENDING_RETRY_SECONDS))

    async def _keep_one(self) -> None:
        failures = 0
        while True:
            await asyncio.sleep(restart_delay(failures))
            try:
                proved_itself = await self._one_life()
            except Exception as error:  # noqa: BLE001 - whatever it is, the next try may do better
                self._not_forked(error, again=failures > 0)
                proved_itself = False
            failures = 0 if proved_itself else failures + 1

    def _not_forked(self, error: Exception, *, again: bool) -> None:
        """Tells why no worker could be forked; but for an import that hangs, only where that happens ``again``."""
        self._count_end(_FAILED_TO_START)
        match error:
            case TimeoutError():
                problem = f"the driver was not imported within {_START_SECONDS:g} s; its module may hang"
                again = True
            case ForkserverDiedError(how=how):
                problem = _import_ended(how)
                _log.warning("%s", problem)
            case _:
                problem = f"{_NOT_STARTED}; the sidecar's log says why"
                _log.error("a worker could not be started", exc_info=error)
        if again:
            self._failed(Phase.DRIVER_UNUSABLE, problem)

    async def _one_life(self) -> bool:
        """Starts a worker and returns when it has ended: whether it proved itself."""
        worker = await self._fork()
        try:
            started = await self._begin(worker)
            proved_itself = started and await self._attend(worker)
        finally:
            self._ready.discard(worker)
            self._proven.discard(worker)
            worker.kill()
            await worker.gone()  # only then has the driver let go of its backend
        self._count_end(worker.exit_reason if started else _FAILED_TO_START)
        _log.warning("worker ended (%s), starting another", worker.exit_reason)
        return proved_itself

    async def _fork(self) -> WorkerProcess:
        """Forks a worker. Raises TimeoutError where the driver is not imported in time."""
        try:
            async with asyncio.timeout(_START_SECONDS):
                return await WorkerProcess.start(self._context, run_worker, self._start)
        except (TimeoutError, asyncio.CancelledError):
            end_forkserver()
            raise

    async def _begin(self, worker: WorkerProcess) -> bool:
        """Waits until a worker is ready, and returns whether it is."""
        try:
            async with asyncio.timeout(_START_SECONDS):
                report = DriverReport.from_json(await worker.response())
        except TimeoutError:
            self._failed(Phase.DRIVER_UNUSABLE, f"the driver did not become ready within {_START_SECONDS:g} s")
            return False
        except WorkerFailureError as failure:
            worker.kill()  # it may have left threads, for which Python waits
            await worker.gone()
            self._failed(phase_after_failure(failure.status.code), failure.problem)
            return False
        except WorkerDiedError:
            await worker.gone()
            self._failed(Phase.DRIVER_UNUSABLE, f"the driver's process ended while it started ({worker.exit_reason})")
            return False
        self._ready.add(worker)
        self.update(report)
        self._take_back(worker)
        return True

    async def _attend(self, worker: WorkerProcess) -> bool:
        """Waits for the end of a worker that is ready; returns whether it lived for a while or ended a job."""
        clock = asyncio.get_running_loop().time
        began = clock()
        await worker.gone()
        return worker in self._proven or clock() - began >= _PROVEN_SECONDS

    def _failed(self, phase: Phase, problem: str) -> None:
        if not self._ready:
            self._set_state(PoolState(phase, None, problem))
            self._lend()

    def _count_end(self, reason: str) -> None:
        metrics.DRIVER_WORKER_RESTARTS.labels(self._start.driver, self._start.device_id, reason).inc()

    def _set_state(self, state: PoolState) -> None:
        if state != self.state:
            self.state = state
            self._changed()
