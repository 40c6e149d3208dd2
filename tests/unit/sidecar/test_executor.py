import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import cast

import pytest
from google.rpc import status_pb2

from qdm_common.tracing import TraceContext
from qdm_driver import (
    Capabilities,
    CircuitFormat,
    Code,
    DeviceInfo,
    DeviceState,
    DeviceStatus,
    ExecutionTimeoutError,
    ExhaustedError,
    JobConflictError,
    OutcomeUnknownError,
    PreconditionError,
    UnavailableError,
)
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_sidecar.device_state import Phase
from qdm_sidecar.executor import Executor, JobKey
from qdm_sidecar.fence import Fence
from qdm_sidecar.job_queue import JobQueue
from qdm_sidecar.journal import Journal
from qdm_sidecar.worker.frames import Kind
from qdm_sidecar.worker.report import DriverReport
from qdm_sidecar.worker_pool import PoolState, WorkerPool
from qdm_sidecar.worker_process import WorkerDiedError, WorkerFailureError, WorkerProcess

TRACE = TraceContext("a" * 32, "b" * 16, "01")

Behaviour = Callable[[], Awaitable[bytes]]


class FakeWorker:
    def __init__(self, behaviour: Behaviour) -> None:
        self.alive = True
        self.requests: list[tuple[Kind, bytes, bytes]] = []
        self.begun, self.ended = asyncio.Event(), asyncio.Event()
        self.late_answer: bytes | None = None
        self.late_failure: WorkerFailureError | None = None
        self._behaviour = behaviour

    async def request(self, kind: Kind, header: bytes, body: bytes, *, answered: Callable[[bytes], None]) -> bytes:
        self.requests.append((kind, header, body))
        self.begun.set()
        try:
            response = await self._behaviour()
        except asyncio.CancelledError:
            if self.late_answer is not None:
                answered(self.late_answer)
            if self.late_failure is not None:
                raise self.late_failure from None
            raise
        except WorkerDiedError:
            self.alive = False
            raise
        else:
            answered(response)
            return response
        finally:
            self.ended.set()


class FakePool:
    """Lends its one worker as soon as that is ``ready``."""

    def __init__(self, worker: FakeWorker, *, repeatable: bool) -> None:
        self.ready = asyncio.Event()
        self.ready.set()
        capabilities = Capabilities(
            max_qubits=1, formats=frozenset({CircuitFormat.AQO_JSON}), max_shots=1, repeatable=repeatable
        )
        report = DriverReport("1", DeviceInfo("d", "d", "x", capabilities), DeviceStatus(DeviceState.ONLINE))
        self.state = PoolState(Phase.RUNNING, report)
        self._worker = worker

    @asynccontextmanager
    async def worker(self, *, within_seconds: float) -> AsyncIterator[WorkerProcess]:
        try:
            await asyncio.wait_for(self.ready.wait(), within_seconds)
        except TimeoutError:
            raise UnavailableError("no worker", retry_after=5) from None
        yield cast("WorkerProcess", self._worker)


class Rig:
    def __init__(
        self, folder: Path, behaviour: Behaviour, *, repeatable: bool = False, seconds: float = 60, instance: str = ""
    ) -> None:
        self.worker = FakeWorker(behaviour)
        self.journal = Journal(folder / "jobs")
        queue = JobQueue(max_depth=9, concurrency=1, clock=lambda: 0.0, changed=lambda: None)
        self.pool = FakePool(self.worker, repeatable=repeatable)
        pool = cast("WorkerPool", self.pool)
        self.now = 100.0
        self.fence = Fence(instance=instance, seconds=15, clock=lambda: self.now)
        self.executor = Executor(queue, pool, self.journal, self.fence, execution_seconds=seconds, labels=("d", "d"))

    def execute(
        self, job_id: str = "", shots: int = 1, *, admit: Callable[[], None] = lambda: None
    ) -> Awaitable[bytes]:
        request = pb.ExecuteCircuitRequest(job_id=job_id, device_id="d", shots=shots)
        return self.executor.execute(JobKey.of(request), request.SerializeToString(), TRACE, admit=admit)


async def answer() -> bytes:
    return b"counts"


class Held:
    """Answers once it is released."""

    def __init__(self) -> None:
        self.release = asyncio.Event()

    async def __call__(self) -> bytes:
        await self.release.wait()
        return await answer()


async def die() -> bytes:
    raise WorkerDiedError


def refuse() -> None:
    raise PreconditionError("the device takes no jobs: in maintenance", kind="DEVICE_MAINTENANCE")


def failure(code: Code) -> WorkerFailureError:
    return WorkerFailureError(status_pb2.Status(code=code.value))


async def never() -> bytes:
    await asyncio.get_running_loop().create_future()
    raise AssertionError("unreachable")


async def test_a_request_reaches_the_worker_with_its_trace(tmp_path: Path) -> None:
    rig = Rig(tmp_path, answer)
    assert await rig.execute("j") == b"counts"
    ((kind, header, body),) = rig.worker.requests
    assert (kind, header) == (Kind.EXECUTE, b"a" * 32 + b"b" * 16)
    assert pb.ExecuteCircuitRequest.FromString(body).job_id == "j"


async def test_without_a_job_id_every_call_runs(tmp_path: Path) -> None:
    rig = Rig(tmp_path, answer)
    await rig.execute()
    await rig.execute()
    assert len(rig.worker.requests) == 2


async def test_a_repeat_gets_the_stored_answer(tmp_path: Path) -> None:
    rig = Rig(tmp_path, answer)
    assert await rig.execute("j") == await rig.execute("j")
    assert len(rig.worker.requests) == 1


async def test_a_device_that_takes_no_jobs_still_lets_a_repeat_join_and_gives_it_the_stored_answer(
    tmp_path: Path,
) -> None:
    held = Held()
    rig = Rig(tmp_path, held)
    first = asyncio.ensure_future(rig.execute("j"))
    await rig.worker.begun.wait()
    second = asyncio.ensure_future(rig.execute("j", admit=refuse))
    await asyncio.sleep(0)
    held.release.set()
    assert await first == await second == await rig.execute("j", admit=refuse) == b"counts"
    assert len(rig.worker.requests) == 1


@pytest.mark.parametrize("job_id", ["", "new"])
async def test_a_device_that_takes_no_jobs_begins_none(tmp_path: Path, job_id: str) -> None:
    rig = Rig(tmp_path, answer)
    with pytest.raises(PreconditionError):
        await rig.execute(job_id, admit=refuse)
    assert rig.worker.requests == []


async def test_other_content_under_the_same_job_id_is_a_conflict_running_or_ended(tmp_path: Path) -> None:
    held = Held()
    rig = Rig(tmp_path, held)
    first = asyncio.ensure_future(rig.execute("j"))
    await asyncio.sleep(0)
    with pytest.raises(JobConflictError):
        await rig.execute("j", shots=2)
    held.release.set()
    await first
    with pytest.raises(JobConflictError):
        await rig.execute("j", shots=2)


async def test_a_job_lost_with_its_worker_is_unknown_for_ever_on_hardware(tmp_path: Path) -> None:
    rig = Rig(tmp_path, die)
    for _ in range(3):
        with pytest.raises(OutcomeUnknownError):
            await rig.execute("j")
    assert len(rig.worker.requests) == 1


async def test_a_job_lost_with_its_worker_may_run_again_where_that_harms_nobody(tmp_path: Path) -> None:
    rig = Rig(tmp_path, die, repeatable=True)
    for _ in range(2):
        with pytest.raises(UnavailableError):
            await rig.execute("j")
    assert len(rig.worker.requests) == 2


@pytest.mark.parametrize("repeatable", [True, False])
async def test_a_job_that_failed_may_be_tried_again(tmp_path: Path, *, repeatable: bool) -> None:
    async def fail() -> bytes:
        raise UnavailableError("down", retry_after=1)

    rig = Rig(tmp_path, fail, repeatable=repeatable)
    for _ in range(2):
        with pytest.raises(UnavailableError):
            await rig.execute("j")
    assert len(rig.worker.requests) == 2


async def test_a_job_whose_driver_lost_track_of_it_is_unknown_for_ever_on_hardware(tmp_path: Path) -> None:
    async def lose_track() -> bytes:
        raise failure(Code.ABORTED)

    rig = Rig(tmp_path, lose_track)
    with pytest.raises(WorkerFailureError):
        await rig.execute("j")
    with pytest.raises(OutcomeUnknownError):
        await rig.execute("j")
    assert len(rig.worker.requests) == 1


@pytest.mark.parametrize("by", ["its caller", "its limit", "the sidecar"])
async def test_a_job_whose_driver_lost_track_of_it_when_it_was_ended_is_unknown_too(tmp_path: Path, by: str) -> None:
    rig = Rig(tmp_path, never, seconds=0.01 if by == "its limit" else 60)
    rig.worker.late_failure = failure(Code.ABORTED)
    caller = asyncio.ensure_future(rig.execute("j"))
    await rig.worker.begun.wait()
    if by == "its caller":
        caller.cancel()
    if by == "the sidecar":
        await rig.executor.cancel_all("it is over")
    await asyncio.wait([caller])
    await rig.worker.ended.wait()
    if by != "its caller":
        assert isinstance(caller.exception(), WorkerFailureError)
    with pytest.raises(OutcomeUnknownError):
        await rig.execute("j")
    assert len(rig.worker.requests) == 1


async def test_a_job_over_the_limit_is_told_so(tmp_path: Path) -> None:
    rig = Rig(tmp_path, never, seconds=0.01)
    with pytest.raises(ExecutionTimeoutError, match=r"0\.01 s"):
        await rig.execute("j")


@pytest.mark.looptime
async def test_a_job_waits_for_a_worker_no_longer_than_it_may_run_and_then_may_be_sent_again(tmp_path: Path) -> None:
    rig = Rig(tmp_path, answer, seconds=60)
    rig.pool.ready.clear()
    with pytest.raises(UnavailableError):
        await rig.execute("j")
    assert asyncio.get_running_loop().time() == pytest.approx(60)
    rig.pool.ready.set()
    assert await rig.execute("j") == b"counts"


async def test_a_job_ends_when_the_last_of_its_callers_leaves(tmp_path: Path) -> None:
    rig = Rig(tmp_path, never)
    callers = [asyncio.ensure_future(rig.execute("j")) for _ in range(2)]
    await rig.worker.begun.wait()
    callers[0].cancel()
    await asyncio.wait([callers[0]])
    assert rig.journal.find("j") is not None
    callers[1].cancel()
    await asyncio.wait([callers[1]])
    await rig.worker.ended.wait()
    assert rig.journal.find("j") is None
    assert len(rig.worker.requests) == 1


@pytest.mark.parametrize("by", ["its caller", "its limit"])
async def test_an_answer_that_comes_when_a_job_is_ended_is_kept_for_its_repeat(tmp_path: Path, by: str) -> None:
    rig = Rig(tmp_path, never, seconds=0.01 if by == "its limit" else 60)
    rig.worker.late_answer = b"counts"
    caller = asyncio.ensure_future(rig.execute("j"))
    await rig.worker.begun.wait()
    if by == "its caller":
        caller.cancel()
    await asyncio.wait([caller])
    await rig.worker.ended.wait()
    assert await rig.execute("j") == b"counts"
    assert len(rig.worker.requests) == 1


async def test_a_job_that_cannot_be_noted_is_not_run(tmp_path: Path) -> None:
    rig = Rig(tmp_path, answer)
    rig.journal._database.execute("PRAGMA query_only = 1")
    with pytest.raises(ExhaustedError):
        await rig.execute("j")
    assert rig.worker.requests == []


async def test_an_answer_that_cannot_be_noted_reaches_its_caller_and_a_failure_stays_what_it_is(tmp_path: Path) -> None:
    async def end() -> bytes:
        rig.journal._database.execute("PRAGMA query_only = 1")
        if len(rig.worker.requests) == 1:
            return b"counts"
        raise UnavailableError("the backend is away", retry_after=1)

    rig = Rig(tmp_path, end)
    assert await rig.execute("j") == b"counts"
    rig.journal._database.execute("PRAGMA query_only = 0")
    with pytest.raises(UnavailableError, match="away"):
        await rig.execute("other")


async def test_work_that_is_ended_by_the_sidecar_is_told_unavailable(tmp_path: Path) -> None:
    rig = Rig(tmp_path, never)
    callers = [asyncio.ensure_future(rig.execute(job_id)) for job_id in ("", "j")]
    await rig.worker.begun.wait()
    await rig.executor.cancel_all("it is over")
    for outcome in await asyncio.gather(*callers, return_exceptions=True):
        assert isinstance(outcome, UnavailableError)
        assert outcome.message == "it is over"
    assert rig.journal.find("j") is None


async def test_work_that_waited_does_not_start_once_the_fence_has_lapsed(tmp_path: Path) -> None:
    held = Held()
    rig = Rig(tmp_path, held, instance="pod")
    rig.fence.acknowledge("pod", rig.fence.beat())
    running = asyncio.ensure_future(rig.execute("running"))
    await rig.worker.begun.wait()
    waiting = [asyncio.ensure_future(rig.execute("waiting")), asyncio.ensure_future(rig.executor.calibrate(b"", TRACE))]
    await asyncio.sleep(0)
    rig.now += 15
    held.release.set()
    assert await running == b"counts"
    for outcome in await asyncio.gather(*waiting, return_exceptions=True):
        assert isinstance(outcome, UnavailableError)
    assert len(rig.worker.requests) == 1
    assert rig.journal.find("waiting") is None


@pytest.mark.parametrize("job_id", ["", "j"])
async def test_a_job_cut_off_on_hardware_with_its_worker_is_unknown_at_once_and_from_then_on(
    tmp_path: Path, job_id: str
) -> None:
    rig = Rig(tmp_path, never)
    running = asyncio.ensure_future(rig.execute(job_id))
    await rig.worker.begun.wait()
    waiting = asyncio.ensure_future(rig.execute("waiting"))
    await asyncio.sleep(0)
    rig.worker.alive = False
    await rig.executor.cancel_all("the fence lapsed")
    with pytest.raises(OutcomeUnknownError, match="may or may not have run"):
        await running
    with pytest.raises(UnavailableError, match="the fence lapsed"):
        await waiting
    if job_id:
        with pytest.raises(OutcomeUnknownError):
            await rig.execute(job_id)


async def test_a_calibration_cut_off_on_hardware_with_its_worker_is_unknown(tmp_path: Path) -> None:
    rig = Rig(tmp_path, never)
    running = asyncio.ensure_future(rig.executor.calibrate(b"", TRACE))
    await rig.worker.begun.wait()
    rig.worker.alive = False
    await rig.executor.cancel_all("the fence lapsed")
    with pytest.raises(OutcomeUnknownError):
        await running


async def test_a_job_cut_off_with_its_worker_may_be_sent_again_where_that_harms_nobody(tmp_path: Path) -> None:
    rig = Rig(tmp_path, never, repeatable=True)
    caller = asyncio.ensure_future(rig.execute("j"))
    await rig.worker.begun.wait()
    rig.worker.alive = False
    await rig.executor.cancel_all("the fence lapsed")
    with pytest.raises(UnavailableError, match="the fence lapsed"):
        await caller
    assert rig.journal.find("j") is None
