import asyncio
import itertools
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import TYPE_CHECKING, cast

import pytest
from google.rpc import status_pb2

from qdm_driver import Capabilities, CircuitFormat, Code, DeviceInfo, DeviceState, DeviceStatus, UnavailableError
from qdm_sidecar.job_queue import JobQueue
from qdm_sidecar.refresh import keep_fresh
from qdm_sidecar.worker.frames import Kind
from qdm_sidecar.worker.report import DriverReport
from qdm_sidecar.worker_process import WorkerFailureError

if TYPE_CHECKING:
    from qdm_sidecar.worker_pool import WorkerPool
    from qdm_sidecar.worker_process import WorkerProcess

pytestmark = pytest.mark.looptime

INTERVAL_SECONDS = 10.0
CAPABILITIES = Capabilities(max_qubits=1, formats=frozenset({CircuitFormat.AQO_JSON}), max_shots=1)
REPORT = DriverReport("1", DeviceInfo("d", "d", "x", CAPABILITIES), DeviceStatus(DeviceState.ONLINE))


class FakePool:
    """Lends itself as its only worker after whatever ``lend`` does, and notes what it is told."""

    def __init__(self) -> None:
        self.lend: Callable[[], Awaitable[object]] = at_once
        self.answer: Callable[[], Awaitable[object]] = at_once
        self.report = REPORT.to_json()
        self.killed = False
        self.told: list[DriverReport | str] = []

    @asynccontextmanager
    async def worker(self) -> AsyncIterator["WorkerProcess"]:
        await self.lend()
        yield cast("WorkerProcess", self)

    async def request(self, kind: Kind) -> bytes:
        assert kind is Kind.REPORT
        await self.answer()
        return self.report

    def kill(self) -> None:
        self.killed = True

    def update(self, report: DriverReport) -> None:
        self.told.append(report)

    def backend_down(self, problem: str) -> None:
        self.told.append(problem)

    @contextmanager
    def kept_fresh(self) -> Iterator[None]:
        queue = JobQueue(max_depth=1, concurrency=1, clock=lambda: 0.0, changed=lambda: None)
        task = asyncio.ensure_future(keep_fresh(cast("WorkerPool", self), queue))
        yield
        assert not task.done()
        task.cancel()


async def at_once() -> None: ...


async def refuse() -> None:
    raise UnavailableError("no worker can be started", retry_after=5)


async def test_after_any_number_of_failed_starts_the_driver_is_asked_again() -> None:
    pool = FakePool()
    pool.lend = refuse
    with pool.kept_fresh():
        await asyncio.sleep(10.5 * INTERVAL_SECONDS)
        assert pool.told == []
        pool.lend = at_once
        await asyncio.sleep(3 * INTERVAL_SECONDS)
        assert pool.told == [REPORT] * 3


async def test_the_same_bug_in_each_report_is_told_in_the_same_words() -> None:
    pool = FakePool()
    numbers = itertools.count()

    async def fail() -> None:
        message = f"internal error {next(numbers)}; the log of the driver manager has the details"
        raise WorkerFailureError(status_pb2.Status(code=Code.INTERNAL.value, message=message))

    pool.answer = fail
    with pool.kept_fresh():
        await asyncio.sleep(3.5 * INTERVAL_SECONDS)
    assert pool.told == ["internal error of the driver; the sidecar's log has the details"] * 3


async def test_a_driver_that_is_slow_to_start_is_not_said_to_be_silent() -> None:
    pool = FakePool()
    started = asyncio.Event()
    pool.lend = started.wait
    with pool.kept_fresh():
        await asyncio.sleep(100 * INTERVAL_SECONDS)
        assert pool.told == []
        started.set()
        await asyncio.sleep(1)
        assert pool.told == [REPORT]


async def test_a_driver_that_does_not_answer_is_said_to_be_silent() -> None:
    pool = FakePool()
    pool.answer = asyncio.Event().wait
    with pool.kept_fresh():
        await asyncio.sleep(2.5 * INTERVAL_SECONDS)
        assert pool.told == ["the driver did not report within 10 s"]


async def test_a_worker_whose_report_cannot_be_read_is_ended_and_the_device_says_so() -> None:
    pool = FakePool()
    pool.report = b"the answer to another request"
    with pool.kept_fresh():
        await asyncio.sleep(1.5 * INTERVAL_SECONDS)
        assert pool.told == ["the driver's report cannot be read"]
        assert pool.killed
