import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, cast
from unittest.mock import Mock

import pytest
from google.rpc import status_pb2
from prometheus_client import REGISTRY

from qdm_driver import Capabilities, CircuitFormat, Code, DeviceInfo, DeviceState, DeviceStatus, UnavailableError
from qdm_sidecar import worker_pool
from qdm_sidecar.device_state import Phase
from qdm_sidecar.worker.report import DriverReport
from qdm_sidecar.worker_pool import PoolState, WorkerPool
from qdm_sidecar.worker_process import ForkserverDiedError, WorkerDiedError, WorkerFailureError, WorkerProcess

if TYPE_CHECKING:
    from qdm_sidecar.worker.start import WorkerStart

pytestmark = pytest.mark.looptime

CAPABILITIES = Capabilities(max_qubits=1, formats=frozenset({CircuitFormat.AQO_JSON}), max_shots=1)
REPORT = DriverReport("1", DeviceInfo("d", "d", "x", CAPABILITIES), DeviceStatus(DeviceState.ONLINE))


async def at_once() -> None: ...


async def end() -> None:
    raise ForkserverDiedError("exit code 1")


class FakeProcess:
    """A worker that becomes ready when it is told to, and ends when it is killed."""

    exit_reason = "SIGKILL"

    def __init__(self, failure: Code | None, *, died: bool) -> None:
        self.alive = True
        self.failure = failure
        self.died = died
        self.ready, self._killed = asyncio.Event(), asyncio.Event()

    async def response(self) -> bytes:
        await self.ready.wait()
        if self.died:
            self.kill()
            raise WorkerDiedError
        if self.failure is not None:
            raise WorkerFailureError(status_pb2.Status(code=self.failure.value, message="it failed"))
        return REPORT.to_json()

    def kill(self) -> None:
        self.alive = False
        self._killed.set()

    async def gone(self) -> None:
        await self._killed.wait()


class Rig:
    """A pool of one, and the processes that it started."""

    def __init__(self) -> None:
        self.started: list[FakeProcess] = []
        self.at_once = True
        self.failure: Code | None = None
        self.died = False
        self.import_module: Callable[[], Awaitable[object]] = at_once
        self.servers_ended = 0
        start = cast("WorkerStart", Mock(driver="d", device_id="d"))
        self.pool = WorkerPool(Mock(), start, size=1, changed=lambda: None)

    @asynccontextmanager
    async def opened(self) -> AsyncIterator[WorkerPool]:
        self.pool.open()
        yield self.pool
        await self.pool.close()

    def end_forkserver(self) -> None:
        self.servers_ended += 1

    async def start(self, *_: object) -> WorkerProcess:
        await self.import_module()
        process = FakeProcess(self.failure, died=self.died)
        if self.at_once or self.failure or self.died:
            process.ready.set()
        self.started.append(process)
        return cast("WorkerProcess", process)


@pytest.fixture
def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    rig = Rig()
    monkeypatch.setattr(WorkerProcess, "start", rig.start)
    monkeypatch.setattr(worker_pool, "end_forkserver", rig.end_forkserver)
    return rig


async def until_ready(rig: Rig) -> None:
    """Waits until a worker runs."""
    while not any(worker.alive for worker in rig.pool._ready):  # noqa: ASYNC110 - the clock jumps
        await asyncio.sleep(0.01)


def restarts(reason: str) -> float:
    """How many processes were counted so far under a reason."""
    labels = {"driver": "d", "device_id": "d", "reason": reason}
    return REGISTRY.get_sample_value("eigen_driver_worker_restarts_total", labels) or 0.0


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110 - the clock jumps
        await asyncio.sleep(1)


async def test_a_pool_that_is_opened_anew_says_nothing_of_the_workers_it_had() -> None:
    changes: list[PoolState] = []
    pool = WorkerPool(Mock(), Mock(), size=0, changed=lambda: changes.append(pool.state))
    pool.backend_down("the backend does not answer")
    await pool.close()
    pool.open()
    assert pool.state == PoolState(Phase.STARTING)
    assert [state.phase for state in changes] == [Phase.BACKEND_DOWN, Phase.STARTING]
    await pool.close()


async def test_a_driver_that_never_becomes_ready_is_ended_told_and_started_again(rig: Rig) -> None:
    rig.at_once = False
    async with rig.opened() as pool:
        await until(lambda: pool.state.phase is Phase.DRIVER_UNUSABLE)
        assert pool.state.problem == "the driver did not become ready within 120 s"
        assert not rig.started[0].alive
        rig.at_once = True
        await until(lambda: pool.state.phase is Phase.RUNNING)


async def test_a_driver_that_failed_to_start_is_ended_and_told(rig: Rig) -> None:
    rig.failure = Code.UNAVAILABLE
    async with rig.opened() as pool:
        await until(lambda: pool.state == PoolState(Phase.BACKEND_DOWN, None, "it failed"))
        assert not rig.started[0].alive


async def test_a_driver_that_ends_while_it_starts_is_told_and_started_again(rig: Rig) -> None:
    rig.died = True
    async with rig.opened() as pool:
        await until(lambda: pool.state.phase is Phase.DRIVER_UNUSABLE)
        assert pool.state.problem == "the driver's process ended while it started (SIGKILL)"
        rig.died = False
        await until(lambda: pool.state.phase is Phase.RUNNING)


@pytest.mark.parametrize("how", ["it raised", "it ended", "it hung", "its import ended", "its import hung"])
async def test_a_start_that_failed_is_counted_under_one_reason_however_it_failed(rig: Rig, how: str) -> None:
    rig.at_once = False
    rig.import_module = {"its import ended": end, "its import hung": asyncio.Event().wait}.get(how, at_once)
    rig.failure = Code.INTERNAL if how == "it raised" else None
    rig.died = how == "it ended"
    before = restarts("failed to start"), restarts("SIGKILL")
    async with rig.opened():
        await until(lambda: restarts("failed to start") > before[0])
        assert restarts("SIGKILL") == before[1]


async def test_a_worker_that_ended_after_its_start_is_counted_under_how_it_ended(rig: Rig) -> None:
    before = restarts("failed to start"), restarts("SIGKILL")
    async with rig.opened():
        await until_ready(rig)
        rig.started[-1].kill()
        await until(lambda: restarts("SIGKILL") > before[1])
        assert restarts("failed to start") == before[0]


async def test_a_driver_whose_import_hangs_is_told_and_imported_again_from_the_start(rig: Rig) -> None:
    rig.import_module = asyncio.Event().wait
    async with rig.opened() as pool:
        await until(lambda: pool.state.phase is Phase.DRIVER_UNUSABLE)
        assert pool.state.problem == "the driver was not imported within 120 s; its module may hang"
        assert rig.servers_ended == 1
        rig.import_module = at_once
        await until(lambda: pool.state.phase is Phase.RUNNING)


async def test_a_driver_whose_import_hangs_holds_up_no_stop(rig: Rig) -> None:
    rig.import_module = asyncio.Event().wait
    async with rig.opened():
        await asyncio.sleep(1)
    assert rig.servers_ended == 1


async def test_a_driver_whose_import_ends_its_process_again_and_again_is_told(rig: Rig) -> None:
    rig.import_module = end
    async with rig.opened() as pool:
        await until(lambda: pool.state.phase is Phase.DRIVER_UNUSABLE)
        assert pool.state.problem.startswith("no process of the driver can be started")
        assert "(exit code 1)" in pool.state.problem
        rig.import_module = at_once
        await until(lambda: pool.state.phase is Phase.RUNNING)


async def test_a_server_that_ended_once_makes_no_driver_unusable(rig: Rig) -> None:
    rig.import_module = end
    phases: list[Phase] = []
    rig.pool._changed = lambda: phases.append(rig.pool.state.phase)
    async with rig.opened():
        await asyncio.sleep(0.1)
        rig.import_module = at_once
        await until_ready(rig)
    assert phases == [Phase.RUNNING]


async def test_who_asks_for_a_worker_gets_it_or_a_refusal_within_its_time(rig: Rig) -> None:
    async with rig.opened() as pool:
        async with pool.worker(within_seconds=60) as worker:
            rig.at_once = False
        worker.kill()
        with pytest.raises(UnavailableError, match="60 s") as refused:
            async with pool.worker(within_seconds=60):
                raise AssertionError
        assert refused.value.retry_after is not None
        rig.started[-1].ready.set()
        async with pool.worker(within_seconds=60) as worker:
            assert worker is cast("WorkerProcess", rig.started[-1])


async def test_workers_that_end_soon_after_they_were_ready_are_started_again_less_and_less_often(rig: Rig) -> None:
    async with rig.opened():
        for _ in range(5):
            await until_ready(rig)
            rig.started[-1].kill()
        await until_ready(rig)
        assert asyncio.get_running_loop().time() == pytest.approx(0.5 + 1 + 2 + 4 + 8, abs=0.2)


@pytest.mark.parametrize("proof", ["lived for a while", "ended a job"])
async def test_a_worker_that_proved_itself_is_replaced_at_once(rig: Rig, proof: str) -> None:
    async with rig.opened() as pool:
        for _ in range(5):
            await until_ready(rig)
            if proof == "ended a job":
                async with pool.worker():
                    pass
            else:
                await asyncio.sleep(10)
            before = asyncio.get_running_loop().time()
            rig.started[-1].kill()
            await until_ready(rig)
            assert asyncio.get_running_loop().time() == pytest.approx(before, abs=0.2)


async def test_a_worker_that_ends_in_its_first_job_has_proved_nothing(rig: Rig) -> None:
    async with rig.opened() as pool:
        async with pool.worker() as worker:
            worker.kill()
        await until_ready(rig)
        assert asyncio.get_running_loop().time() == pytest.approx(0.5, abs=0.2)
