"""Which replica leads: the holder of one Lease.

The holder writes the Lease every few seconds. The others watch it change on a clock of their own, and take it over when
it stood still for its duration; no two machines' clocks are ever compared. Whoever could not write for the renew
deadline, for whatever cause, has stopped leading before the others may begin: the deadline is shorter than the
duration, and it counts from before the last request that went well was sent. Values are those of Kubernetes' own
components.
"""

import asyncio
import logging
import random
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Protocol

from qdm_operator import metrics

DURATION_SECONDS = 15.0
RENEW_DEADLINE_SECONDS = 10.0
RETRY_SECONDS = 2.0
REQUEST_SECONDS = 1.5

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Record:
    """What the Lease says: who holds it (nobody where empty) since when, and a version that every write changes."""

    holder: str
    version: str
    transitions: int = 0
    acquired: str = ""


class LeaseStore(Protocol):
    """One Lease that replicas share. Every method raises LeaseError, and none takes longer than REQUEST_SECONDS."""

    async def read(self) -> Record | None:
        """Returns the Lease, ``None`` where there is none."""
        ...

    async def write(self, record: Record, *, over: Record | None) -> Record:
        """Makes the Lease say ``record`` if it still is what was read, and returns it as it is now.

        The version of ``record`` does not matter; a holder who is new has acquired it now.
        """
        ...


class LeaseError(Exception):
    """The Lease could not be read or written; nothing is known of what it says now."""


class Elector:
    """One replica's part in the election; the clock is the running loop's."""

    def __init__(self, store: LeaseStore, identity: str) -> None:
        self._store = store
        self._identity = identity
        self._seen: Record | None = None
        self._seen_at = 0.0
        self.leading = False

    async def run(self, lead: Callable[[], Coroutine[None, None, None]]) -> None:
        """Leads whenever it can, until cancelled; then gives the Lease back, so that another need not wait.

        ``lead`` runs while this replica leads. It is cancelled, and has ended, before another replica may lead.
        """
        while True:
            held, written_at = await self._acquire()
            _log.info("leading", extra={"fields": {"stage": "election"}})
            work = asyncio.create_task(lead(), name="lead")
            try:
                self._set_leading(leading=True)
                held = await self._renew(held, written_at, work)
            except asyncio.CancelledError:
                await self._stop(work)
                await self._release()
                raise
            await self._stop(work)
            _log.warning("no longer leading", extra={"fields": {"stage": "election"}})

    async def _acquire(self) -> tuple[Record, float]:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            with suppress(LeaseError):
                current = await self._store.read()
                if current != self._seen:
                    self._seen, self._seen_at = current, loop.time()
                if free_to_take(current, self._identity, unchanged_seconds=loop.time() - self._seen_at):
                    began = loop.time()
                    transitions = current.transitions + 1 if current else 0
                    self._seen = await self._store.write(Record(self._identity, "", transitions), over=current)
                    return self._seen, began
            await asyncio.sleep(RETRY_SECONDS * random.uniform(1.0, 1.1))  # noqa: S311 - spreads load

    async def _renew(self, held: Record, written_at: float, work: asyncio.Task[None]) -> Record:
        """Returns when the Lease could not be renewed in time, is another's, or the work has ended by itself."""
        loop = asyncio.get_running_loop()
        while not work.done():
            until = min(loop.time() + RETRY_SECONDS, written_at + RENEW_DEADLINE_SECONDS)
            await asyncio.wait([work], timeout=until - loop.time())
            if loop.time() >= written_at + RENEW_DEADLINE_SECONDS:
                break
            began = loop.time()
            try:
                async with asyncio.timeout_at(written_at + RENEW_DEADLINE_SECONDS):
                    held = self._seen = await self._store.write(held, over=held)
                written_at = began
            except (LeaseError, TimeoutError) as error:
                _log.warning("cannot renew the lease: %s", error, extra={"fields": {"stage": "election"}})
                with suppress(LeaseError, TimeoutError):
                    async with asyncio.timeout_at(written_at + RENEW_DEADLINE_SECONDS):
                        current = await self._store.read()
                        if current is None or current.holder != self._identity:
                            break
                        held = self._seen = current
        return held

    async def _stop(self, work: asyncio.Task[None]) -> None:
        self._set_leading(leading=False)
        work.cancel()
        await asyncio.wait([work])
        if not work.cancelled() and (error := work.exception()) is not None:
            _log.error("leading failed", exc_info=error, extra={"fields": {"stage": "election"}})

    async def _release(self) -> None:
        with suppress(LeaseError):
            if self._seen is not None and self._seen.holder == self._identity:
                await self._store.write(replace(self._seen, holder=""), over=self._seen)
                _log.info("lease given back", extra={"fields": {"stage": "election"}})

    def _set_leading(self, *, leading: bool) -> None:
        self.leading = leading
        metrics.LEADING.set(leading)


def free_to_take(current: Record | None, identity: str, *, unchanged_seconds: float) -> bool:
    """Tells whether a replica may write its own name into the Lease."""
    return current is None or current.holder in {"", identity} or unchanged_seconds > DURATION_SECONDS
