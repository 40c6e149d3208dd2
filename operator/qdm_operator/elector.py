"""Which replica leads: the holder of one Lease.

The holder writes the Lease every few seconds. The others watch it change on a clock of their own, and take it over when
it stood still for its duration; no two machines' clocks are ever compared. Whoever could not write for the renew
deadline, for whatever cause, has stopped leading before the others may begin: the deadline is shorter than the
duration, and it counts from before the last request that went well was sent. Values are those of Kubernetes' own
components.

A Lease that somebody deletes is waited for like one that stands still, by every replica that ever saw it. One that
starts in that very moment cannot know, and may begin up to RETRY_SECONDS before the former leader notices.
"""

import asyncio
import logging
import math
import random
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from qdm_operator import metrics
from qdm_operator.term import Term

DURATION_SECONDS = 15.0
RENEW_DEADLINE_SECONDS = 10.0
RETRY_SECONDS = 2.0
REQUEST_SECONDS = 1.5

ResultT = TypeVar("ResultT")

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Record:
    """What the Lease says: who holds it (nobody where empty) since when, and a version that every write changes."""

    holder: str
    version: str
    transitions: int = 0
    acquired: str = ""


class LeaseConflictError(Exception):
    """The Lease is no longer what was read: another has written it first."""


class LeaseStore(Protocol):
    """One Lease that replicas share. A method may raise anything and take any time; then nothing is known."""

    async def read(self) -> Record | None:
        """Returns the Lease, ``None`` where there is none."""
        ...

    async def write(self, record: Record, *, over: Record | None) -> Record:
        """Makes the Lease say ``record`` if it still is what was read, and returns it as it is now.

        The version of ``record`` does not matter; a holder who is new has acquired it now. Raises LeaseConflictError
        where it is something else.
        """
        ...


class Elector:
    """One replica's part in the election; the clock is the running loop's."""

    def __init__(self, store: LeaseStore, identity: str) -> None:
        self._store = store
        self._identity = identity
        self._seen: Record | None = None
        self._seen_at = -math.inf
        self._trouble = ""
        self._term: Term | None = None

    async def run(self, lead: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Leads whenever it can, until cancelled; then gives the Lease back, so that another need not wait.

        ``lead`` runs while this replica leads. It is cancelled in time, and takes no further step when the term is over
        (see ``guard`` for its other tasks); it must end within DURATION_SECONDS - RENEW_DEADLINE_SECONDS of that. Where
        it ends by itself, the Lease is given back, and this replica lets others go first.
        """
        try:
            while True:
                if await self._lead(*await self._acquire(), lead):
                    await self._release()
                    await asyncio.sleep(2 * RETRY_SECONDS)
        finally:
            if self._term is None:
                await self._release()

    async def guard(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Does work of ``lead`` in a task of its own: it takes no step when the term is over, but is cancelled."""
        if self._term is None:
            work.close()
            raise asyncio.CancelledError
        return await self._term.guard(work)

    async def _acquire(self) -> tuple[Record, Term]:
        while True:
            try:
                if (taken := await self._take()) is not None:
                    return taken
                self._trouble = ""
            except _NoAnswerError as error:
                if str(error) != self._trouble:
                    self._trouble = str(error)
                    level = logging.INFO if isinstance(error.__cause__, LeaseConflictError) else logging.WARNING
                    _log.log(level, "cannot stand for election: %s", error, extra={"fields": {"stage": "election"}})
            pause = RETRY_SECONDS * random.uniform(1.0, 1.1)  # noqa: S311 - spreads load
            free_in = self._seen_at + DURATION_SECONDS - asyncio.get_running_loop().time()
            await asyncio.sleep(min(pause, free_in) if free_in > 0 else pause)

    async def _take(self) -> tuple[Record, Term] | None:
        loop = asyncio.get_running_loop()
        current = await self._ask(self._store.read())
        if current != self._seen:
            self._seen, self._seen_at = current, loop.time()
        if not free_to_take(current, self._identity, unchanged_seconds=loop.time() - self._seen_at):
            return None
        began = loop.time()
        transitions = current.transitions + (current.holder != self._identity) if current is not None else 0
        held = await self._ask(self._store.write(Record(self._identity, "", transitions), over=current))
        return held, Term(began + RENEW_DEADLINE_SECONDS)

    async def _lead(self, held: Record, term: Term, lead: Callable[[], Coroutine[Any, Any, None]]) -> bool:
        """Leads for a term, and tells whether that ended by itself; the term is kept until ``lead`` has ended."""
        self._term = term
        metrics.LEADING.set(1)
        _log.info("leading", extra={"fields": {"stage": "election"}})
        work = asyncio.create_task(term.guard(lead()), name="lead")
        try:
            await self._renew(held, term, work)
            by_itself = work.done() and not term.over
        finally:
            work.cancel()
            await asyncio.wait([work])
            self._term = None
            metrics.LEADING.set(0)
            if not work.cancelled() and (error := work.exception()) is not None:
                _log.error("leading failed", exc_info=error, extra={"fields": {"stage": "election"}})
        _log.warning("no longer leading", extra={"fields": {"stage": "election"}})
        return by_itself

    async def _renew(self, held: Record, term: Term, work: asyncio.Task[None]) -> None:
        """Returns when the Lease could not be renewed in time, is another's, or the work has ended by itself."""
        loop = asyncio.get_running_loop()
        while True:
            left = term.until - loop.time()
            await asyncio.wait([work], timeout=min(RETRY_SECONDS, left))
            if work.done() or term.over or left <= RETRY_SECONDS:  # a timer may fire a little early
                return
            began = loop.time()
            try:
                held = await self._ask(self._store.write(held, over=held), until=term.until)
                term.until = began + RENEW_DEADLINE_SECONDS
            except _NoAnswerError as error:
                _log.warning("cannot renew the lease: %s", error, extra={"fields": {"stage": "election"}})
                try:
                    current = await self._ask(self._store.read(), until=term.until)
                except _NoAnswerError:
                    continue
                if current is None or current.holder != self._identity:
                    return
                held = current

    async def _release(self) -> None:
        """Gives the Lease back where it is this replica's: perhaps by a write whose answer never came."""
        for _ in range(2):
            try:
                current = await self._ask(self._store.read())
                if current is not None and current.holder == self._identity:
                    await self._ask(self._store.write(replace(current, holder=""), over=current))
                    _log.info("lease given back", extra={"fields": {"stage": "election"}})
            except _NoAnswerError as error:
                _log.warning("cannot give the lease back: %s", error, extra={"fields": {"stage": "election"}})
            else:
                return

    async def _ask(self, request: Awaitable[ResultT], *, until: float = math.inf) -> ResultT:
        try:
            async with asyncio.timeout_at(min(asyncio.get_running_loop().time() + REQUEST_SECONDS, until)):
                return await request
        except TimeoutError:
            raise _NoAnswerError("no answer in time") from None
        except Exception as error:
            raise _NoAnswerError(str(error) or type(error).__name__) from error


class _NoAnswerError(Exception):
    """The Lease could not be read or written; nothing is known of what it says now."""


def free_to_take(current: Record | None, identity: str, *, unchanged_seconds: float) -> bool:
    """Tells whether a replica may write its own name into the Lease, which it sees unchanged for so long."""
    return (current is not None and current.holder in {"", identity}) or unchanged_seconds >= DURATION_SECONDS
