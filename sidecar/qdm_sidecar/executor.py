"""How a checked request becomes a response: at most once by its job_id, in its turn, on a worker, within its time."""

import asyncio
import hashlib
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import Self

from qdm_common import metrics
from qdm_common.tracing import TraceContext
from qdm_driver import ExecutionTimeoutError, JobConflictError, OutcomeUnknownError, UnavailableError
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_sidecar.fence import Fence
from qdm_sidecar.job_queue import JobQueue
from qdm_sidecar.journal import Journal
from qdm_sidecar.worker.frames import Kind
from qdm_sidecar.worker_pool import WorkerPool
from qdm_sidecar.worker_process import WorkerDiedError, WorkerFailureError, WorkerProcess

_RETRY_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class JobKey:
    """A job_id and the digest of its request."""

    job_id: str
    content: bytes

    @classmethod
    def of(cls, request: pb.ExecuteCircuitRequest) -> Self | None:
        """Returns the key of a request, ``None`` where it has no job_id."""
        if not request.job_id:
            return None
        return cls(request.job_id, hashlib.sha256(request.SerializeToString(deterministic=True)).digest())

    def check_same_as(self, content: bytes) -> None:
        """Raises JobConflictError where the job_id came with other content before."""
        if self.content != content:
            raise JobConflictError(f"job {self.job_id!r} exists with another circuit, shots or options")


@dataclass(eq=False, slots=True)
class _Job:
    """Work in progress, and how many callers wait for it."""

    task: asyncio.Task[bytes]
    content: bytes = b""
    callers: int = 0
    ended_by: str = "the job was cancelled; try again"

    async def join(self) -> bytes:
        """Waits for the work, which is cancelled when the last of its callers has gone.

        Raises what the work raises, and UnavailableError where it was cancelled though its callers stayed; it may then
        be sent again.
        """
        self.callers += 1
        try:
            await asyncio.wait([self.task])
        finally:
            self.callers -= 1
            if not self.callers:
                self.task.cancel()
        if self.task.cancelled():
            raise UnavailableError(self.ended_by, retry_after=_RETRY_SECONDS)
        return self.task.result()


class Executor:
    """Runs the requests of one device; ``labels`` are its driver and device_id in metrics."""

    def __init__(
        self,
        queue: JobQueue,
        pool: WorkerPool,
        journal: Journal,
        fence: Fence,
        *,
        execution_seconds: float,
        labels: tuple[str, str],
    ) -> None:
        self._queue = queue
        self._pool = pool
        self._journal = journal
        self._fence = fence
        self._execution_seconds = execution_seconds
        self._wait_seconds = metrics.DRIVER_WAIT_SECONDS.labels(*labels)
        self._jobs: set[_Job] = set()
        self._by_id: dict[str, _Job] = {}

    async def execute(
        self, key: JobKey | None, serialized: bytes, trace: TraceContext, *, admit: Callable[[], None]
    ) -> bytes:
        """Returns the serialised response, given the serialised request and its key.

        A repeat of a job_id joins the job while it runs and gets its response after it ended, whatever the device does
        by then. ``admit`` raises where the device does not take the request as a new job. Raises JobConflictError
        where the job_id came with other content, OutcomeUnknownError where nobody knows what became of it,
        WorkerFailureError for what the driver answered, and the errors of queue and pool.
        """
        if key is None:
            admit()
            return await self._begin(self._in_turn(serialized, trace)).join()
        while (job := self._by_id.get(key.job_id)) is not None and job.task.cancelling():
            await asyncio.wait([job.task])
        if job is not None:
            key.check_same_as(job.content)
        else:
            entry = self._journal.find(key.job_id)
            if entry is not None:
                key.check_same_as(entry.content)
                if entry.response is not None:
                    return entry.response
            admit()  # from here on what the device is like is known
            if entry is not None and not self.repeatable():
                raise _unknown_outcome(f"job {key.job_id!r} was begun before")
            job = self._begin(self._in_turn(serialized, trace, key), key)
        return await job.join()

    async def calibrate(self, serialized: bytes, trace: TraceContext) -> bytes:
        """Returns the serialised response, after every job before it has ended and before any job after it starts."""
        return await self._begin(self._alone(serialized, trace)).join()

    def repeatable(self) -> bool:
        """Tells whether a job whose outcome was lost may be run again, as far as the driver has said so."""
        report = self._pool.state.report
        return report is not None and report.info.capabilities.repeatable

    async def cancel_all(self, sentence: str) -> None:
        """Cancels all work; drivers have their second to clean up.

        Callers are told UNAVAILABLE and why, or ABORTED where a driver of hardware did not clean up in time.
        """
        for job in self._jobs:
            job.ended_by = sentence
            job.task.cancel()
        await asyncio.gather(*(job.task for job in self._jobs), return_exceptions=True)

    def _begin(self, work: Coroutine[None, None, bytes], key: JobKey | None = None) -> _Job:
        job = _Job(asyncio.create_task(work), key.content if key else b"")
        self._jobs.add(job)
        if key:
            self._by_id[key.job_id] = job

        def ended(task: asyncio.Task[bytes]) -> None:
            self._jobs.discard(job)
            if key:
                del self._by_id[key.job_id]
            if not task.cancelled():
                task.exception()  # its callers may all have gone

        job.task.add_done_callback(ended)
        return job

    async def _alone(self, serialized: bytes, trace: TraceContext) -> bytes:
        async with self._queue.turn(exclusive=True) as waited, self._worker() as worker:
            self._wait_seconds.observe(waited)
            self._fence.check()
            return await self._request(worker, Kind.CALIBRATE, serialized, trace)

    async def _in_turn(self, serialized: bytes, trace: TraceContext, key: JobKey | None = None) -> bytes:
        async with self._queue.turn() as waited, self._worker() as worker:
            self._wait_seconds.observe(waited)
            self._fence.check()
            if key is None:
                return await self._request(worker, Kind.EXECUTE, serialized, trace)
            self._journal.begin(key.job_id, key.content)
            try:
                return await self._request(
                    worker, Kind.EXECUTE, serialized, trace, answered=partial(self._journal.finish, key.job_id)
                )
            except BaseException as error:
                lost_track = isinstance(error, WorkerFailureError) and error.outcome_unknown
                if self.repeatable() or (worker.alive and not lost_track):
                    self._journal.forget(key.job_id)
                else:
                    self._journal.lose(key.job_id)
                raise

    def _worker(self) -> AbstractAsyncContextManager[WorkerProcess]:
        return self._pool.worker(within_seconds=self._execution_seconds)

    async def _request(
        self,
        worker: WorkerProcess,
        kind: Kind,
        serialized: bytes,
        trace: TraceContext,
        *,
        answered: Callable[[bytes], None] = lambda _response: None,
    ) -> bytes:
        header = f"{trace.trace_id}{trace.span_id}".encode()
        try:
            async with asyncio.timeout(self._execution_seconds):
                return await worker.request(kind, header, serialized, answered=answered)
        except TimeoutError:
            sentence = f"took longer than the device's limit of {self._execution_seconds:g} s"
            raise ExecutionTimeoutError(sentence) from None
        except WorkerDiedError:
            sentence = "the driver's process ended while it ran this request"
            if self.repeatable():
                raise UnavailableError(f"{sentence}; try again", retry_after=_RETRY_SECONDS) from None
            raise _unknown_outcome(sentence) from None
        except asyncio.CancelledError:
            if worker.alive or self.repeatable():
                raise
            raise _unknown_outcome("the request was cut off and the driver did not stop in time") from None


def _unknown_outcome(cause: str) -> OutcomeUnknownError:
    return OutcomeUnknownError(f"{cause}; it may or may not have run")
