import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from typing import TYPE_CHECKING, cast

import pytest

from qdm_driver import UnavailableError
from qdm_sidecar import driver_life
from qdm_sidecar.driver_life import DriverLife
from qdm_sidecar.fence import Fence
from qdm_sidecar.job_queue import JobQueue

if TYPE_CHECKING:
    from qdm_sidecar.executor import Executor
    from qdm_sidecar.worker_pool import WorkerPool

pytestmark = pytest.mark.looptime(start=101)

POD = "pod"
CLEAN_UP_SECONDS = 1.0


class Rig:
    """A life whose pool and executor note what is done to them, at which second of a clock that jumps."""

    def __init__(self, instance: str = POD) -> None:
        self.loop = asyncio.get_running_loop()
        self.events: list[tuple[str, float]] = []
        self.states: list[tuple[bool, bool]] = []
        self.fence = Fence(instance=instance, seconds=15, clock=lambda: round(self.loop.time(), 6))
        self.life = DriverLife(
            self.fence,
            cast("WorkerPool", self),
            JobQueue(max_depth=1, concurrency=1, clock=self.loop.time, changed=lambda: None),
            cast("Executor", self),
            changed=lambda: self.states.append((self.life.begun, self.life.takes_work)),
        )

    def worker(self) -> AbstractAsyncContextManager[None]:
        raise UnavailableError("no worker can be started", retry_after=5)

    def open(self) -> None:
        self._note("open")

    async def cancel_all(self, sentence: str) -> None:
        assert "confirmed" in sentence
        self._note("cancel")
        await asyncio.sleep(CLEAN_UP_SECONDS)
        self._note("cancelled")

    async def close(self) -> None:
        self._note("close")

    def acknowledge(self) -> None:
        self.life.acknowledge(POD, self.life.beat())

    def _note(self, event: str) -> None:
        self.events.append((event, round(self.loop.time(), 3)))

    @contextmanager
    def running(self) -> Iterator[asyncio.Task[None]]:
        task = asyncio.ensure_future(self.life.run())
        yield task
        task.cancel()


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    rig = Rig()
    with rig.running():
        yield rig


async def test_nothing_of_the_driver_begins_before_the_pod_is_confirmed(rig: Rig) -> None:
    await asyncio.sleep(3600)
    assert rig.events == []
    assert not rig.life.takes_work


async def test_the_first_acknowledgement_begins_it_at_once(rig: Rig) -> None:
    await asyncio.sleep(9)
    rig.acknowledge()
    await asyncio.sleep(1)
    assert rig.events == [("open", 110.0)]
    assert rig.states == [(True, True)]


async def test_while_beats_are_acknowledged_it_goes_on(rig: Rig) -> None:
    for _ in range(100):
        rig.acknowledge()
        await asyncio.sleep(10)
    assert rig.events == [("open", 101.0)]


async def test_the_lapse_comes_on_time_cancels_first_and_then_ends_the_workers(rig: Rig) -> None:
    rig.acknowledge()
    await asyncio.sleep(60)
    assert rig.events == [("open", 101.0), ("cancel", 116.0), ("cancelled", 117.0), ("close", 117.0)]
    # Work may still be ending while none may start: so it has begun until all has ended.
    assert rig.states == [(True, True), (True, False), (False, False)]


async def test_an_acknowledgement_after_the_lapse_begins_it_anew(rig: Rig) -> None:
    rig.acknowledge()
    await asyncio.sleep(60)
    rig.acknowledge()
    await asyncio.sleep(1)
    assert rig.events[-1] == ("open", 161.0)
    assert rig.life.takes_work


async def test_an_acknowledgement_in_mid_lapse_lets_it_end_and_then_begins_it_anew(rig: Rig) -> None:
    rig.acknowledge()
    await asyncio.sleep(15.5)
    rig.acknowledge()
    with pytest.raises(UnavailableError):
        rig.fence.check()
    takes_work = [rig.life.takes_work]
    await asyncio.sleep(1)
    rig.fence.check()
    assert [*takes_work, rig.life.takes_work] == [False, True]
    assert rig.events[1:] == [("cancel", 116.0), ("cancelled", 117.0), ("close", 117.0), ("open", 117.0)]


async def test_without_an_instance_it_begins_by_itself_and_never_lapses() -> None:
    rig = Rig(instance="")
    with rig.running():
        await asyncio.sleep(1000)
        assert [event for event, _ in rig.events] == ["open"]


@pytest.mark.parametrize("acknowledged", [True, False])
async def test_when_it_is_stopped_nothing_of_the_driver_stays(*, acknowledged: bool) -> None:
    rig = Rig()
    with rig.running() as stopped:
        if acknowledged:
            rig.acknowledge()
        await asyncio.sleep(1)
    await asyncio.wait([stopped])
    assert [event for event, _ in rig.events] == (["open", "close"] if acknowledged else [])
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_an_error_of_the_one_who_asks_the_driver_ends_it_all_and_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail(*_: object) -> None:
        await asyncio.sleep(3)
        raise KeyError("a bug")

    monkeypatch.setattr(driver_life, "keep_fresh", fail)
    rig = Rig()
    with rig.running() as life:
        rig.acknowledge()
        await asyncio.wait([life])
    with pytest.raises(ExceptionGroup) as raised:
        await life
    assert raised.group_contains(KeyError, match="a bug")
    assert rig.events == [("open", 101.0), ("close", 104.0)]
    assert not rig.life.takes_work
