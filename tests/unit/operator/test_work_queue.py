import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress

import pytest
from prometheus_client import REGISTRY

from qdm_operator.work_queue import RetryLaterError, WorkQueue

pytestmark = pytest.mark.looptime(noop_cycles=1)

Look = Callable[[str], Awaitable[None]]


class Looks:
    """Looks at keys that take a while, and when each began; ``trouble`` is what the next ones of a key raise."""

    def __init__(self, seconds: float = 0.1) -> None:
        self.seconds = seconds
        self.began: list[tuple[str, float]] = []
        self.at_once: Counter[str] = Counter()
        self.most_at_once: Counter[str] = Counter()
        self.trouble: dict[str, list[BaseException]] = {}

    async def look(self, key: str) -> None:
        self.began.append((key, now()))
        self.at_once[key] += 1
        self.most_at_once[key] = max(self.most_at_once[key], self.at_once[key])
        try:
            await asyncio.sleep(self.seconds)
            if trouble := self.trouble.get(key):
                raise trouble.pop(0)
        finally:
            self.at_once[key] -= 1

    def times(self, key: str) -> list[float]:
        return [round(at, 3) for looked_at, at in self.began if looked_at == key]


def now() -> float:
    return asyncio.get_running_loop().time()


def metric(name: str) -> float:
    value = REGISTRY.get_sample_value(name, {"name": "quantumdevice"})
    assert value is not None
    return value


@asynccontextmanager
async def working(queue: WorkQueue[str], look: Look, workers: int = 2) -> AsyncIterator[None]:
    task = asyncio.create_task(queue.work(look, workers=workers))
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
        queue.clear()


async def test_a_key_added_many_times_is_looked_at_once() -> None:
    queue, looks = WorkQueue[str](), Looks()
    for _ in range(5):
        queue.add("a")
    async with working(queue, looks.look):
        await asyncio.sleep(60.0)
    assert looks.times("a") == [0.0]


async def test_a_key_added_while_it_is_looked_at_is_looked_at_once_more_and_never_twice_at_once() -> None:
    queue, looks = WorkQueue[str](), Looks(1.0)
    async with working(queue, looks.look, workers=4):
        queue.add("a")
        await asyncio.sleep(0.3)
        for _ in range(3):
            queue.add("a")
        await asyncio.sleep(60.0)
    assert looks.times("a") == [0.0, 1.0]
    assert looks.most_at_once["a"] == 1


async def test_so_many_keys_are_looked_at_at_once_as_there_are_workers_first_come_first_served() -> None:
    queue, looks = WorkQueue[str](), Looks(1.0)
    for key in "abcdef":
        queue.add(key)
    async with working(queue, looks.look, workers=2):
        await asyncio.sleep(60.0)
    assert looks.began == [("a", 0.0), ("b", 0.0), ("c", 1.0), ("d", 1.0), ("e", 2.0), ("f", 2.0)]


async def test_workers_that_found_nothing_wake_up() -> None:
    queue, looks = WorkQueue[str](), Looks()
    async with working(queue, looks.look, workers=3):
        for at in (10.0, 20.0, 30.0):
            await asyncio.sleep(at - now())
            queue.add("a")
            queue.add("b")
        await asyncio.sleep(10.0)
    assert looks.times("a") == looks.times("b") == [10.0, 20.0, 30.0]


async def test_a_key_that_fails_comes_back_after_pauses_that_grow_and_begin_anew_after_a_success() -> None:
    queue, looks = WorkQueue[str](), Looks(0.0)
    looks.trouble["a"] = [ValueError("no") for _ in range(4)]
    async with working(queue, looks.look):
        queue.add("a")
        await asyncio.sleep(60.0)
        assert looks.times("a") == [0.0, 0.5, 1.5, 3.5, 7.5]
        looks.trouble["a"] = [ValueError("no")]
        queue.add("a")
        await asyncio.sleep(60.0)
    assert looks.times("a")[5:] == [60.0, 60.5]


@pytest.mark.parametrize(("asked", "waited"), [(0.0, 0.5), (0.2, 0.5), (7.0, 7.0)])
async def test_a_failure_that_names_its_pause_gets_at_least_that(asked: float, waited: float) -> None:
    queue, looks = WorkQueue[str](), Looks(0.0)
    looks.trouble["a"] = [RetryLaterError("busy", seconds=asked)]
    async with working(queue, looks.look):
        queue.add("a")
        await asyncio.sleep(60.0)
    assert looks.times("a") == [0.0, waited]


async def test_a_key_that_always_fails_holds_up_no_other() -> None:
    queue, looks = WorkQueue[str](), Looks(0.1)
    looks.trouble["bad"] = [ValueError("no") for _ in range(100)]
    async with working(queue, looks.look, workers=1):
        queue.add("bad")
        for number in range(50):
            queue.add(f"good-{number}")
        await asyncio.sleep(6.0)
    assert len({key for key, _ in looks.began}) == 51
    assert len(looks.times("bad")) < 6


async def test_a_change_is_looked_at_at_once_though_the_key_is_in_a_pause() -> None:
    queue, looks = WorkQueue[str](), Looks(0.0)
    looks.trouble["a"] = [ValueError("no")] * 5
    async with working(queue, looks.look):
        queue.add("a")
        await asyncio.sleep(8.0)
        former = looks.times("a")
        queue.add("a")
        await asyncio.sleep(60.0)
    assert looks.times("a")[: len(former) + 1] == [*former, 8.0]


async def test_no_change_cuts_a_pause_short_that_was_asked_for() -> None:
    queue, looks = WorkQueue[str](), Looks(1.0)
    looks.trouble["a"] = [RetryLaterError("busy", seconds=30.0)]
    async with working(queue, looks.look):
        queue.add("a")
        for _ in range(8):
            await asyncio.sleep(0.25)
            queue.add("a")
        await asyncio.sleep(60.0)
    assert looks.times("a") == [0.0, 31.0]


async def test_a_time_that_comes_within_a_pause_that_was_asked_for_means_its_end() -> None:
    queue, looks = WorkQueue[str](), Looks(1.0)
    looks.trouble["a"] = [RetryLaterError("busy", seconds=30.0)]
    async with working(queue, looks.look):
        queue.add("a")
        await asyncio.sleep(0.5)
        queue.add_after("a", 2.0)
        await asyncio.sleep(60.0)
    assert looks.times("a") == [0.0, 31.0]


async def test_a_pause_that_was_asked_for_is_over_after_it() -> None:
    queue, looks = WorkQueue[str](), Looks(0.0)
    looks.trouble["a"] = [RetryLaterError("busy", seconds=30.0)]
    async with working(queue, looks.look):
        queue.add("a")
        await asyncio.sleep(31.0)
        queue.add("a")
        await asyncio.sleep(60.0)
    assert looks.times("a") == [0.0, 30.0, 31.0]


@pytest.mark.parametrize("pauses", [[5.0, 30.0], [30.0, 5.0], [5.0, 5.0, 9.0]])
async def test_of_several_pauses_the_shortest_counts(pauses: list[float]) -> None:
    queue, looks = WorkQueue[str](), Looks()
    async with working(queue, looks.look):
        for pause in pauses:
            queue.add_after("a", pause)
        await asyncio.sleep(60.0)
    assert looks.times("a") == [5.0]


async def test_a_key_whose_time_comes_while_it_is_looked_at_is_looked_at_again() -> None:
    queue, looks = WorkQueue[str](), Looks(2.0)
    async with working(queue, looks.look):
        queue.add("a")
        queue.add_after("a", 1.0)
        await asyncio.sleep(60.0)
    assert looks.times("a") == [0.0, 2.0]


async def test_a_look_that_is_cut_short_is_not_forgotten() -> None:
    queue, looks = WorkQueue[str](), Looks(1.0)
    task = asyncio.create_task(queue.work(looks.look, workers=1))
    queue.add("a")
    queue.add("b")
    await asyncio.sleep(0.5)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    async with working(queue, looks.look):
        await asyncio.sleep(60.0)
    assert looks.times("a") == [0.0, 0.5]
    assert looks.times("b") == [0.5]


async def test_a_look_that_is_cancelled_from_within_costs_no_worker() -> None:
    queue, looks = WorkQueue[str](), Looks(0.0)
    looks.trouble["a"] = [asyncio.CancelledError() for _ in range(5)]
    async with working(queue, looks.look, workers=2):
        queue.add("a")
        await asyncio.sleep(60.0)
    assert looks.times("a") == [0.0, 0.5, 1.5, 3.5, 7.5, 15.5]


async def test_a_cleared_queue_forgets_keys_and_pauses() -> None:
    queue, looks = WorkQueue[str](), Looks()
    queue.add("a")
    queue.add_after("b", 5.0)
    queue.clear()
    async with working(queue, looks.look):
        await asyncio.sleep(60.0)
    assert looks.began == []


async def test_what_fails_is_logged_and_what_was_expected_without_a_stack(caplog: pytest.LogCaptureFixture) -> None:
    queue, looks = WorkQueue[str](), Looks(0.0)
    looks.trouble["a"] = [RetryLaterError("busy", seconds=2.0), ValueError("secret")]
    async with working(queue, looks.look):
        queue.add("a")
        await asyncio.sleep(10.0)
    said = [(record.getMessage(), record.exc_info is not None) for record in caplog.records]
    assert said == [("a: busy; next try in 2.0 s", False), ("a: ValueError; next try in 1.0 s", True)]


async def test_metrics_tell_what_the_queue_does() -> None:
    queue, looks = WorkQueue[str](), Looks(2.0)
    adds, retries = metric("workqueue_adds_total"), metric("workqueue_retries_total")
    for key in "abc":
        queue.add(key)
    looks.trouble["a"] = [ValueError("no")]
    async with working(queue, looks.look, workers=2):
        await asyncio.sleep(1.5)
        assert metric("workqueue_depth") == 1.0
        assert metric("workqueue_unfinished_work_seconds") == pytest.approx(3.0)
        assert metric("workqueue_longest_running_processor_seconds") == pytest.approx(1.5)
        await asyncio.sleep(60.0)
        assert metric("workqueue_depth") == 0.0
        assert metric("workqueue_longest_running_processor_seconds") == 0.0
    assert metric("workqueue_adds_total") - adds == 4
    assert metric("workqueue_retries_total") - retries == 1


@pytest.mark.parametrize("seed", range(20))
async def test_no_key_is_lost_whatever_happens_when(seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a scenario, no secret
    queue = WorkQueue[str]()
    truth: Counter[str] = Counter()
    known: dict[str, int] = {}

    async def look(key: str) -> None:
        seen = truth[key]
        await asyncio.sleep(chance.uniform(0.0, 0.5))
        if chance.random() < 0.3:
            raise ValueError("no")
        known[key] = seen

    async with working(queue, look, workers=3):
        for _ in range(300):
            key = chance.choice("abcdefgh")
            truth[key] += 1
            chance.choice([queue.add, lambda key: queue.add_after(key, chance.uniform(0.0, 3.0))])(key)
            await asyncio.sleep(chance.choice([0.0, 0.0, 0.1, 0.7]))
        await asyncio.sleep(600.0)
    assert known == truth
