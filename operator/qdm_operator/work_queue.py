"""Keys that need a look: each at most once in the queue, at most one look at a key at a time, failures in their time.

A key added while it is looked at is looked at once more afterwards, so no change is missed; a key that fails comes back
after a pause of its own, which grows, and holds up no other.
"""

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Hashable
from typing import Generic, TypeVar

from qdm_common.backoff import restart_delay
from qdm_operator import metrics

KeyT = TypeVar("KeyT", bound=Hashable)

_log = logging.getLogger(__name__)


class RetryLaterError(Exception):
    """A look that failed and says itself after how many seconds the next may do better."""

    def __init__(self, message: str, *, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class WorkQueue(Generic[KeyT]):
    """Needs a running loop; its clock is the loop's."""

    def __init__(self) -> None:
        self._ready: deque[KeyT] = deque()
        self._queued: dict[KeyT, float] = {}
        self._looked_at: dict[KeyT, float] = {}
        self._again: set[KeyT] = set()
        self._timers: dict[KeyT, asyncio.TimerHandle] = {}
        self._failures: dict[KeyT, int] = {}
        self._not_before: dict[KeyT, float] = {}
        self._filled = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        metrics.QUEUE_DEPTH.set_function(lambda: len(self._ready))
        metrics.QUEUE_UNFINISHED_SECONDS.set_function(lambda: sum(self._ages()))
        metrics.QUEUE_LONGEST_SECONDS.set_function(lambda: max(self._ages(), default=0.0))

    def add(self, key: KeyT) -> None:
        """Asks for a look at the key as soon as possible: at once, but for a pause that a failed look asked for."""
        left = self._not_before.get(key, 0.0) - self._loop.time()
        if left > 0:
            self.add_after(key, left)
            return
        self._cancel_timer(key)
        if key in self._looked_at:
            self._again.add(key)
        elif key not in self._queued:
            metrics.QUEUE_ADDS.inc()
            self._queued[key] = self._loop.time()
            self._ready.append(key)
            self._filled.set()

    def add_after(self, key: KeyT, seconds: float) -> None:
        """Asks for a look after so many seconds at the latest."""
        at = self._loop.time() + seconds
        timer = self._timers.get(key)
        if timer is None or timer.when() > at:
            self._cancel_timer(key)
            self._timers[key] = self._loop.call_at(at, self._due, key)

    async def work(self, look: Callable[[KeyT], Awaitable[None]], *, workers: int) -> None:
        """Looks at keys, several at a time, until cancelled; what was not looked at to its end stays queued."""
        metrics.MAX_CONCURRENT_RECONCILES.set(workers)
        async with asyncio.TaskGroup() as group:
            for _ in range(workers):
                group.create_task(self._work_on(look))

    def clear(self) -> None:
        """Forgets all keys, timers and failures."""
        for timer in self._timers.values():
            timer.cancel()
        for memory in (self._ready, self._queued, self._again, self._timers, self._failures, self._not_before):
            memory.clear()

    async def _work_on(self, look: Callable[[KeyT], Awaitable[None]]) -> None:
        while True:
            while not self._ready:
                self._filled.clear()
                await self._filled.wait()
            key = self._ready.popleft()
            began = self._loop.time()
            metrics.QUEUE_WAIT_SECONDS.observe(began - self._queued.pop(key))
            self._looked_at[key] = began
            try:
                with metrics.ACTIVE_RECONCILES.track_inprogress():
                    await look(key)
                self._failures.pop(key, None)
                self._not_before.pop(key, None)
                metrics.RECONCILES["success"].inc()
            except RetryLaterError as error:
                self._retry(key, error.seconds, error)
            except asyncio.CancelledError as error:
                if _is_cancelled():
                    self._again.add(key)
                    raise
                self._retry(key, 0.0, error)  # something within the look was cancelled
            except Exception as error:  # noqa: BLE001 - the boundary: one key's trouble is no other's
                self._retry(key, 0.0, error)
            finally:
                del self._looked_at[key]
                took = self._loop.time() - began
                metrics.QUEUE_WORK_SECONDS.observe(took)
                metrics.RECONCILE_SECONDS.observe(took)
                if key in self._again:
                    self._again.remove(key)
                    self.add(key)

    def _due(self, key: KeyT) -> None:
        del self._timers[key]
        self.add(key)

    def _retry(self, key: KeyT, seconds: float, error: BaseException) -> None:
        failures = self._failures[key] = self._failures.get(key, 0) + 1
        self._not_before[key] = self._loop.time() + seconds
        pause = max(restart_delay(failures), seconds)
        metrics.RECONCILES["error"].inc()
        metrics.RECONCILE_ERRORS.inc()
        metrics.QUEUE_RETRIES.inc()
        expected = isinstance(error, RetryLaterError)
        _log.warning(
            "%s: %s; next try in %.1f s",
            key,
            error if expected else type(error).__name__,
            pause,
            exc_info=None if expected else error,
            extra={"fields": {"stage": "reconcile"}},
        )
        self.add_after(key, pause)

    def _cancel_timer(self, key: KeyT) -> None:
        if (timer := self._timers.pop(key, None)) is not None:
            timer.cancel()

    def _ages(self) -> list[float]:
        """Returns how long each look in progress has taken; metrics ask from a thread of their own."""
        now = self._loop.time()
        return [now - began for began in list(self._looked_at.values())]


def _is_cancelled() -> bool:
    """Tells whether it is this very task that is to end."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
