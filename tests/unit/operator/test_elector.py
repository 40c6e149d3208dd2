import asyncio
import itertools
import logging
import math
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress

import pytest
from operator_scenes.fake_lease import ANSWER_LOST, BLACK_HOLED, HEALTHY, REFUSED, LeaseServer, Trip, Wire
from prometheus_client import REGISTRY

from qdm_operator.elector import DURATION_SECONDS, RENEW_DEADLINE_SECONDS, RETRY_SECONDS, Elector, Record, free_to_take

pytestmark = pytest.mark.looptime(noop_cycles=1)


class Candidate:
    """A replica, and when it led: pairs of loop times."""

    def __init__(self, server: LeaseServer, name: str, work: Callable[[], float] = lambda: math.inf) -> None:
        self.wire = Wire(server)
        self.elector = Elector(self.wire, name)
        self.terms: list[tuple[float, float]] = []
        self.entered = asyncio.Event()
        self._work = work

    async def lead(self) -> None:
        began = now()
        self.entered.set()
        try:
            await asyncio.sleep(self._work())
            raise ValueError("the work fails")
        finally:
            self.terms.append((began, now()))
            self.entered.clear()

    async def run(self) -> None:
        await self.elector.run(self.lead)


def now() -> float:
    return asyncio.get_running_loop().time()


@asynccontextmanager
async def running(*candidates: Candidate) -> AsyncIterator[list["asyncio.Task[None]"]]:
    async with AsyncExitStack() as stack:
        tasks = []
        for candidate in candidates:
            task = asyncio.create_task(candidate.run())
            tasks.append(task)
            stack.push_async_callback(stop, task)
        yield tasks


async def stop(task: "asyncio.Task[None]") -> None:
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task


async def leading(candidate: Candidate, within: float) -> float:
    """Waits until a candidate leads, and returns for how long."""
    began = now()
    async with asyncio.timeout(within):
        await candidate.entered.wait()
    return now() - began


HELD = Record("other", "7", 3, "2026-01-01T00:00:00.000000Z")


@pytest.mark.parametrize(
    ("current", "unchanged_seconds", "free"),
    [
        (None, math.inf, True),
        (None, DURATION_SECONDS - 0.1, False),  # it was there a moment ago
        (None, DURATION_SECONDS, True),
        (Record("", "7"), 0.0, True),
        (Record("me", "7"), 0.0, True),
        (HELD, 0.0, False),
        (HELD, DURATION_SECONDS - 0.1, False),
        (HELD, DURATION_SECONDS, True),
    ],
)
def test_a_lease_is_free_where_nobody_holds_it_or_it_stood_still(
    current: Record | None, unchanged_seconds: float, *, free: bool
) -> None:
    assert free_to_take(current, "me", unchanged_seconds=unchanged_seconds) is free


async def test_the_first_replica_leads_at_once_and_says_so() -> None:
    candidate = Candidate(LeaseServer(), "a")
    async with running(candidate):
        assert await leading(candidate, within=1.0) < 0.1
        assert REGISTRY.get_sample_value("leader_election_master_status", {"name": "qdm-operator"}) == 1.0
    assert REGISTRY.get_sample_value("leader_election_master_status", {"name": "qdm-operator"}) == 0.0


async def test_a_leader_keeps_its_lease_though_every_other_request_is_lost() -> None:
    candidate = Candidate(LeaseServer(), "a")
    trips = itertools.cycle([HEALTHY, BLACK_HOLED, REFUSED, HEALTHY, HEALTHY, ANSWER_LOST])
    candidate.wire.weather = lambda: next(trips)
    async with running(candidate):
        await asyncio.sleep(1000.0)
    ((began, ended),) = candidate.terms
    assert ended - began > 990.0


async def test_a_leader_that_reaches_nobody_stops_within_the_deadline_and_leads_again_afterwards() -> None:
    candidate = Candidate(LeaseServer(), "a")
    async with running(candidate):
        await leading(candidate, within=1.0)
        await asyncio.sleep(60.0)
        candidate.wire.weather, cut = lambda: BLACK_HOLED, now()
        await asyncio.sleep(60.0)
        (term,) = candidate.terms
        assert RENEW_DEADLINE_SECONDS - RETRY_SECONDS - 0.1 < term[1] - cut <= RENEW_DEADLINE_SECONDS
        candidate.wire.weather = lambda: HEALTHY
        await leading(candidate, within=RETRY_SECONDS * 1.2 + 1.5)


async def test_a_released_lease_is_taken_within_one_look_of_the_others() -> None:
    server = LeaseServer()
    first, second = Candidate(server, "a"), Candidate(server, "b")
    async with running(first) as (task,):
        await leading(first, within=1.0)
        async with running(second):
            await asyncio.sleep(31.0)
            await stop(task)
            assert await leading(second, within=RETRY_SECONDS * 1.2) > 0
    assert server.record is not None
    assert (server.record.holder, server.record.transitions) == ("", 1)


async def test_after_a_leader_was_killed_another_leads_within_twenty_seconds_and_not_before_the_lease_is_over() -> None:
    server = LeaseServer()
    first, second = Candidate(server, "a"), Candidate(server, "b")
    async with running(first, second):
        await leading(first, within=1.0)
        await asyncio.sleep(31.0)
        first.wire.weather = lambda: BLACK_HOLED
        assert await leading(second, within=20.0) > DURATION_SECONDS - RETRY_SECONDS - 0.1
        assert first.terms[0][1] < now()


@pytest.mark.parametrize("moment", ["standing", "renewing"])
async def test_a_lease_that_was_written_as_the_replica_was_stopped_is_given_back_too(moment: str) -> None:
    server = LeaseServer()
    candidate = Candidate(server, "a")
    if moment == "standing":
        candidate.wire.weather = lambda: Trip(there=0.2, back=0.5)
    async with running(candidate) as (task,):
        if moment == "renewing":
            await leading(candidate, within=1.0)
            candidate.wire.weather = lambda: Trip(there=0.2, back=0.5)
        server.written.clear()
        await server.written.wait()
        await stop(task)
    assert server.record is not None
    assert server.record.holder == ""


async def test_work_that_fails_at_once_makes_no_hot_loop_and_gives_another_its_chance() -> None:
    server = LeaseServer()
    broken, sound = Candidate(server, "broken", lambda: 0.0), Candidate(server, "sound")
    async with running(broken):
        await asyncio.sleep(60.0)
        assert 10 <= len(broken.terms) <= 20
        assert server.requests < 100
        async with running(sound):
            await leading(sound, within=60.0)
            failures = len(broken.terms)
            await asyncio.sleep(60.0)
            assert len(broken.terms) == failures


async def test_replicas_outlive_any_error_of_the_store() -> None:
    candidate = Candidate(LeaseServer(), "a")
    errors: list[type[Exception]] = [KeyError, ValueError, OSError, RuntimeError]

    def fail() -> Trip:
        raise errors.pop()("surprise")

    candidate.wire.weather = lambda: fail() if errors else HEALTHY
    async with running(candidate):
        await leading(candidate, within=10.0)
        errors += [KeyError, ValueError]
        await asyncio.sleep(20.0)
        assert candidate.entered.is_set()


async def test_why_a_replica_cannot_stand_is_said_once(caplog: pytest.LogCaptureFixture) -> None:
    candidate = Candidate(LeaseServer(), "a")
    candidate.wire.weather = lambda: REFUSED
    async with running(candidate):
        await asyncio.sleep(60.0)
        assert [record.getMessage() for record in caplog.records] == ["cannot stand for election: refused"]


async def test_that_another_replica_was_faster_at_an_ordinary_start_is_no_warning(
    caplog: pytest.LogCaptureFixture,
) -> None:
    server = LeaseServer()
    with caplog.at_level(logging.INFO):
        async with running(Candidate(server, "a"), Candidate(server, "b")):
            await asyncio.sleep(10.0)
            said = [(record.levelname, record.getMessage()) for record in caplog.records]
    assert said == [("INFO", "leading"), ("INFO", "cannot stand for election: another version")]


async def test_a_lease_deleted_by_hand_makes_no_second_leader_while_the_first_may_still_lead() -> None:
    server = LeaseServer()
    first, second = Candidate(server, "a"), Candidate(server, "b")
    async with running(first, second):
        await leading(first, within=1.0)
        await asyncio.sleep(31.0)
        server.record, first.wire.weather = None, lambda: BLACK_HOLED
        assert await leading(second, within=20.0) > RENEW_DEADLINE_SECONDS
        assert first.terms[0][1] < now()


async def test_a_leader_stops_at_its_next_look_where_its_lease_was_deleted() -> None:
    server = LeaseServer()
    candidate = Candidate(server, "a")
    async with running(candidate):
        await leading(candidate, within=1.0)
        server.record, gone = None, now()
        await asyncio.sleep(5.0)
        assert candidate.terms[0][1] - gone <= RETRY_SECONDS + 0.1
        await leading(candidate, within=20.0)


async def test_a_leader_whose_lease_another_took_stops_at_its_next_look() -> None:
    server = LeaseServer()
    candidate = Candidate(server, "a")
    async with running(candidate):
        await leading(candidate, within=1.0)
        server.write(HELD, over=server.record)
        taken = now()
        await asyncio.sleep(5.0)
        assert candidate.terms[0][1] - taken <= RETRY_SECONDS + 0.1


async def test_a_replica_that_is_stopped_in_a_storm_ends_soon() -> None:
    candidate = Candidate(LeaseServer(), "a")
    async with running(candidate) as (task,):
        await leading(candidate, within=1.0)
        candidate.wire.weather = lambda: BLACK_HOLED
        began = now()
        await stop(task)
        assert now() - began <= 3.0


async def test_no_ones_wall_clock_matters(monkeypatch: pytest.MonkeyPatch) -> None:
    days = itertools.cycle([0.0, 9e8, -9e8])
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + next(days))
    server = LeaseServer()
    first, second = Candidate(server, "a"), Candidate(server, "b")
    async with running(first, second):
        await leading(first, within=1.0)
        await asyncio.sleep(300.0)
        assert first.entered.is_set()
        assert not second.terms


@pytest.fixture
def stall(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    """Lets time pass in which the process is stopped: to be called by a callback of the loop."""

    def stop_for(seconds: float) -> None:
        loop = asyncio.get_running_loop()
        clock = loop.time
        monkeypatch.setattr(loop, "time", lambda: clock() + seconds)

    return stop_for


async def test_a_process_that_was_stopped_for_a_minute_does_no_further_step_of_its_work(
    stall: Callable[[float], None],
) -> None:
    server = LeaseServer()
    elector = Elector(Wire(server), "a")
    answer = asyncio.Event()
    steps: list[str] = []

    async def look() -> None:
        await answer.wait()
        steps.append("step")

    async def lead() -> None:
        async with asyncio.TaskGroup() as group:
            for _ in range(3):
                group.create_task(elector.guard(look()))
            await answer.wait()
            steps.append("step")

    def stopped_with_an_answer_on_its_way() -> None:
        stall(60.0)
        server.write(HELD, over=server.record)
        answer.set()

    task = asyncio.create_task(elector.run(lead))
    await asyncio.sleep(5.0)
    asyncio.get_running_loop().call_later(0.5, stopped_with_an_answer_on_its_way)
    await asyncio.sleep(0.6)
    assert steps == []
    await stop(task)


async def test_a_process_that_was_stopped_as_it_was_elected_does_not_begin(stall: Callable[[float], None]) -> None:
    candidate = Candidate(LeaseServer(), "a")
    candidate.wire.weather = lambda: Trip(back=0.5)
    async with running(candidate):
        asyncio.get_running_loop().call_later(0.8, stall, 60.0)
        await asyncio.sleep(1.2)
        assert not candidate.entered.is_set()


async def test_outside_of_a_term_nothing_guarded_begins() -> None:
    elector = Elector(Wire(LeaseServer()), "a")
    with pytest.raises(asyncio.CancelledError):
        await elector.guard(asyncio.sleep(0.0))
