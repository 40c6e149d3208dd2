"""A Lease as an API server keeps it, and one replica's way to it, on which requests and answers get lost or late."""

import asyncio
import itertools
import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

from qdm_operator.elector import LeaseConflictError, Record

T = TypeVar("T")


@dataclass(frozen=True)
class Trip:
    """Seconds that a request takes to the server, and its answer back; infinite where one is lost on its way.

    A request that is still under way takes effect though nobody waits for it any more.
    """

    there: float = 0.01
    back: float = 0.01
    refused: bool = False


HEALTHY = Trip()
REFUSED = Trip(refused=True)
BLACK_HOLED = Trip(there=math.inf)
ANSWER_LOST = Trip(back=math.inf)


class LeaseServer:
    """Every write makes a new version, must name the one that it replaces, and sets ``written``."""

    def __init__(self) -> None:
        self.record: Record | None = None
        self.requests = 0
        self.written = asyncio.Event()
        self._versions = itertools.count(1)

    def read(self) -> Record | None:
        self.requests += 1
        return self.record

    def write(self, record: Record, over: Record | None) -> Record:
        self.requests += 1
        if (over and over.version) != (self.record and self.record.version):
            raise LeaseConflictError("another version")
        self.record = replace(record, version=str(next(self._versions)))
        self.written.set()
        return self.record


class Wire:
    """The LeaseStore of one replica; ``weather`` is asked how every request travels."""

    def __init__(self, server: LeaseServer, weather: Callable[[], Trip] = lambda: HEALTHY) -> None:
        self.weather = weather
        self._server = server

    async def read(self) -> Record | None:
        return await self._send(self._server.read)

    async def write(self, record: Record, *, over: Record | None) -> Record:
        return await self._send(lambda: self._server.write(record, over))

    async def _send(self, request: Callable[[], T]) -> T:
        trip = self.weather()
        if trip.refused:
            raise ConnectionRefusedError("refused")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def arrive() -> None:
            try:
                result = request()
            except LeaseConflictError as error:
                _later(trip.back, _unless_left(answer, answer.set_exception), error)
            else:
                _later(trip.back, _unless_left(answer, answer.set_result), result)

        _later(trip.there, arrive)
        return await answer


def _later(seconds: float, call: Callable[..., None], *arguments: object) -> None:
    if seconds < math.inf:
        asyncio.get_running_loop().call_later(seconds, call, *arguments)


def _unless_left(answer: asyncio.Future[T], tell: Callable[..., None]) -> Callable[..., None]:
    return lambda said: None if answer.done() else tell(said)
