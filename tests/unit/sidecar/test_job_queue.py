import asyncio
from collections.abc import Callable
from contextlib import AsyncExitStack, suppress

import pytest

from qdm_driver import ExhaustedError, UnavailableError
from qdm_sidecar.job_queue import JobQueue


class Clock:
    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def make(
    *, max_depth: int = 2, concurrency: int = 1, clock: Clock | None = None, changed: Callable[[], None] = lambda: None
) -> JobQueue:
    return JobQueue(max_depth=max_depth, concurrency=concurrency, clock=clock or Clock(), changed=changed)


class Job:
    """A job that waits for its turn and then runs until it is told to end."""

    def __init__(self, queue: JobQueue, *, exclusive: bool = False) -> None:
        self.started = asyncio.Event()
        self.end = asyncio.Event()
        self.task = asyncio.create_task(self._run(queue, exclusive=exclusive))

    async def _run(self, queue: JobQueue, *, exclusive: bool) -> float:
        async with queue.turn(exclusive=exclusive) as waited:
            self.started.set()
            await self.end.wait()
            return waited

    async def finish(self) -> float:
        self.end.set()
        return await self.task


async def settle() -> None:
    for _ in range(10):
        await asyncio.sleep(0)


async def test_jobs_run_in_the_order_of_their_arrival() -> None:
    queue = make(max_depth=5)
    jobs = [Job(queue) for _ in range(4)]
    for position, job in enumerate(jobs):
        await settle()
        assert [other.started.is_set() for other in jobs] == [index <= position for index in range(4)]
        await job.finish()
    assert queue.idle


async def test_no_more_than_the_concurrency_run_at_once() -> None:
    queue = make(max_depth=5, concurrency=2)
    jobs = [Job(queue) for _ in range(3)]
    await settle()
    assert [job.started.is_set() for job in jobs] == [True, True, False]
    await jobs[1].finish()
    await settle()
    assert jobs[2].started.is_set()
    await asyncio.gather(jobs[0].finish(), jobs[2].finish())


async def test_a_full_queue_refuses_and_says_when_to_come_back() -> None:
    queue = make(max_depth=1)
    running, waiting = Job(queue), Job(queue)
    await settle()
    with pytest.raises(ExhaustedError) as refused:
        async with queue.turn():
            pass
    assert refused.value.retry_after == 1.0
    assert queue.depth == 1
    await running.finish()
    await waiting.finish()
    assert queue.idle


async def test_an_exclusive_turn_waits_for_running_jobs_and_holds_up_later_ones() -> None:
    queue = make(max_depth=5, concurrency=2)
    before, exclusive, after = Job(queue), Job(queue, exclusive=True), Job(queue)
    await settle()
    assert [job.started.is_set() for job in (before, exclusive, after)] == [True, False, False]
    await before.finish()
    await settle()
    assert [job.started.is_set() for job in (exclusive, after)] == [True, False]
    calibrating = [queue.calibrating]
    await exclusive.finish()
    await settle()
    assert after.started.is_set()
    calibrating.append(queue.calibrating)
    assert calibrating == [True, False]
    await after.finish()


async def test_a_cancelled_waiter_leaves_the_queue_and_lets_the_next_one_through() -> None:
    queue = make(max_depth=5)
    running, cancelled, next_one = Job(queue), Job(queue, exclusive=True), Job(queue)
    await settle()
    cancelled.task.cancel()
    await settle()
    assert queue.depth == 1
    await running.finish()
    await settle()
    assert next_one.started.is_set()
    await next_one.finish()
    assert queue.idle


async def test_a_waiter_cancelled_in_the_moment_its_turn_comes_gives_the_turn_on() -> None:
    queue = make(max_depth=5)
    async with queue.turn():
        cancelled, next_one = Job(queue), Job(queue)
        await settle()
    cancelled.task.cancel()  # its turn has come, but it has not yet been told
    await settle()
    assert not cancelled.started.is_set()
    assert next_one.started.is_set()
    await next_one.finish()
    assert queue.idle


async def test_a_waiter_cancelled_in_the_same_step_as_the_turn_before_it_ends_costs_nobody_a_turn() -> None:
    queue = make(max_depth=5)
    running, cancelled, next_one = Job(queue), Job(queue), Job(queue)
    await settle()
    cancelled.task.cancel()
    running.end.set()
    await settle()
    assert next_one.started.is_set()
    await next_one.finish()
    assert queue.idle


async def test_who_waits_can_be_refused_while_what_runs_goes_on() -> None:
    queue = make(max_depth=5)
    running, waiting = Job(queue), [Job(queue), Job(queue, exclusive=True)]
    await settle()
    queue.refuse_waiting("it is over")
    for job in waiting:
        with pytest.raises(UnavailableError, match="it is over") as refused:
            await job.task
        assert refused.value.retry_after is not None
    assert queue.depth == 0
    await running.finish()
    assert queue.idle


async def test_who_is_refused_in_the_same_step_as_it_leaves_takes_nobodys_turn() -> None:
    queue = make(max_depth=5)
    running, leaving, late = Job(queue), Job(queue), Job(queue)
    await settle()
    queue.refuse_waiting("it is over")
    leaving.task.cancel()
    late.task.cancel()
    await settle()
    assert not queue.idle
    await running.finish()
    assert queue.idle


async def test_the_wait_is_told_to_each_job() -> None:
    clock = Clock()
    queue = make(clock=clock)
    first, second = Job(queue), Job(queue)
    await settle()
    clock.now = 7.0
    assert await first.finish() == 0.0
    assert await second.finish() == 7.0


async def test_the_estimate_is_nothing_when_free_unknown_before_a_measurement_and_then_measured() -> None:
    clock = Clock()
    queue = make(max_depth=5, clock=clock)
    assert queue.estimated_wait() == 0
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(queue.turn())
        assert queue.estimated_wait() is None
        clock.now = 4.0
    assert queue.estimated_wait() == 0
    running, waiting = Job(queue), Job(queue)
    await settle()
    assert queue.estimated_wait() == 8
    await running.finish()
    await waiting.finish()


async def test_calibrations_do_not_count_as_service_time() -> None:
    clock = Clock()
    queue = make(clock=clock)
    async with queue.turn(exclusive=True):
        clock.now = 1000.0
    async with queue.turn():
        assert queue.estimated_wait() is None


async def test_jobs_that_fail_or_are_cancelled_do_not_count_as_service_time() -> None:
    clock = Clock()
    queue = make(max_depth=5, clock=clock)
    async with queue.turn():
        clock.now = 4.0
    for error in (ValueError, asyncio.CancelledError):
        with suppress(error):
            async with queue.turn():
                clock.now += 0.001
                raise error
    async with queue.turn():
        assert queue.estimated_wait() == 4


async def test_every_change_is_told() -> None:
    changes: list[int] = []
    queue = make(changed=lambda: changes.append(queue.depth))
    running, waiting = Job(queue), Job(queue)
    await settle()
    assert changes == [0, 1]
    await running.finish()
    await waiting.finish()
    assert changes == [0, 1, 0, 0]
