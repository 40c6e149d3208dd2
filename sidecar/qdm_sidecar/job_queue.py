"""The device's one queue: bounded, first in first out, with exclusive turns for calibration."""

import asyncio
import math
from collections import deque
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from qdm_driver import ExhaustedError, UnavailableError

# Weight of the newest measurement in the moving average of service times.
_SMOOTHING = 0.2
_RETRY_SECONDS = 1.0


@dataclass(eq=False, slots=True)
class _Ticket:
    exclusive: bool
    turn: asyncio.Future[None] = field(default_factory=lambda: asyncio.get_running_loop().create_future())


class JobQueue:
    """Lets at most ``concurrency`` jobs run and at most ``max_depth`` wait.

    ``clock`` returns seconds; ``changed`` is called whenever depth or occupation changes.
    """

    def __init__(
        self, *, max_depth: int, concurrency: int, clock: Callable[[], float], changed: Callable[[], None]
    ) -> None:
        self._max_depth = max_depth
        self._concurrency = concurrency
        self._clock = clock
        self._changed = changed
        self._waiting: deque[_Ticket] = deque()
        self._running = 0
        self._exclusive = False
        self._service_seconds: float | None = None

    @property
    def depth(self) -> int:
        """Jobs that wait."""
        return len(self._waiting)

    @property
    def calibrating(self) -> bool:
        """Whether an exclusive turn is taken."""
        return self._exclusive

    @property
    def idle(self) -> bool:
        """Whether nothing runs and nothing waits."""
        return not self._running and not self._waiting

    def estimated_wait(self) -> int | None:
        """Returns the seconds a job sent now would wait, from what jobs that ended well took; ``None`` if unknown."""
        ahead = self._running + len(self._waiting)
        if ahead < self._concurrency and not self._exclusive:
            return 0
        if self._service_seconds is None:
            return None
        return math.ceil(ahead * self._service_seconds / self._concurrency)

    @asynccontextmanager
    async def turn(self, *, exclusive: bool = False) -> AsyncIterator[float]:
        """Waits for its turn, yields the seconds waited, and ends the turn on leaving.

        Raises ExhaustedError where the queue is full, and UnavailableError where those who wait are refused.
        """
        arrived = self._clock()
        ticket = _Ticket(exclusive)
        self._waiting.append(ticket)
        self._admit()
        if not ticket.turn.done() and len(self._waiting) > self._max_depth:
            self._waiting.remove(ticket)
            raise ExhaustedError(
                f"the device's queue is full ({self._max_depth} jobs wait); try again later",
                retry_after=max(_RETRY_SECONDS, float(self.estimated_wait() or 0) / 2),
            )
        self._changed()
        try:
            await ticket.turn
        except asyncio.CancelledError:
            self._abandon(ticket)
            raise
        started = self._clock()
        try:
            yield started - arrived
            if not exclusive:
                self._measure(self._clock() - started)
        finally:
            self._leave(ticket)

    def refuse_waiting(self, sentence: str) -> None:
        """Refuses all who wait; what runs goes on."""
        for ticket in self._waiting:
            if not ticket.turn.done():
                ticket.turn.set_exception(UnavailableError(sentence, retry_after=_RETRY_SECONDS))
        self._waiting.clear()
        self._changed()

    def _admit(self) -> None:
        while self._waiting and not self._exclusive:
            if self._waiting[0].turn.cancelled():
                self._waiting.popleft()
                continue
            free = self._running == 0 if self._waiting[0].exclusive else self._running < self._concurrency
            if not free:
                return
            ticket = self._waiting.popleft()
            self._running += 1
            self._exclusive = ticket.exclusive
            ticket.turn.set_result(None)

    def _abandon(self, ticket: _Ticket) -> None:
        if ticket in self._waiting:
            self._waiting.remove(ticket)
            self._admit()
            self._changed()
        elif not ticket.turn.cancelled() and ticket.turn.exception() is None:
            self._leave(ticket)

    def _leave(self, ticket: _Ticket) -> None:
        self._running -= 1
        self._exclusive = self._exclusive and not ticket.exclusive
        self._admit()
        self._changed()

    def _measure(self, seconds: float) -> None:
        known = self._service_seconds
        self._service_seconds = seconds if known is None else known + _SMOOTHING * (seconds - known)
