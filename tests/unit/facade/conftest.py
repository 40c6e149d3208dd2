"""A fleet without sockets: relays that answer what a test says, and a clock that stands still."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest

from qdm_common.byte_budget import ByteBudget
from qdm_facade.fleet import Fleet
from qdm_facade.relay import Answer, Metadata
from qdm_facade.routes import Route
from qdm_facade.service import FacadeService
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2

MAX_REQUEST_BYTES = 1_000
"""What requests in progress may have together."""


@dataclass
class FakeRelay:
    """A relay to a sidecar that a test plays."""

    route: Route
    reply: Callable[[], Awaitable[Answer]] | None = None
    calls: list[tuple[str, bytes, float | None, Metadata]] = field(default_factory=list)
    closed_with: list[float | None] = field(default_factory=list)
    _reports: asyncio.Queue[sidecar_pb2.WatchResponse | None] = field(default_factory=asyncio.Queue)

    async def call(self, method: str, request: bytes, *, timeout_seconds: float | None, metadata: Metadata) -> Answer:
        self.calls.append((method, request, timeout_seconds, metadata))
        assert self.reply is not None, "the call should not have been forwarded"
        return await self.reply()

    async def watch(self) -> AsyncIterator[sidecar_pb2.WatchResponse]:
        while (report := await self._reports.get()) is not None:
            yield report
            self._reports.task_done()
        self._reports.task_done()

    async def close(self, grace_seconds: float | None) -> None:
        self.closed_with.append(grace_seconds)

    async def say(self, report: sidecar_pb2.WatchResponse | None) -> None:
        """Sends a report, or with ``None`` ends the stream, and waits until it was taken."""
        await self._reports.put(report)
        await self._reports.join()

    def answers(self, answer: Answer | Exception) -> None:
        """Lets every call from now on have this answer."""

        async def reply() -> Answer:
            if isinstance(answer, Exception):
                raise answer
            return answer

        self.reply = reply


@dataclass
class Clock:
    """A clock that a test sets."""

    now: float = 1000.0

    def __call__(self) -> float:
        return self.now


class Aborted(Exception):  # noqa: N818 - no error: the way a call ends
    """Raised by the fake context as gRPC's own does."""


@dataclass
class FakeContext:
    """What a handler is given beside the request, and what it did with it."""

    metadata: tuple[tuple[str, str | bytes], ...] = ()
    remaining: float | None = None
    code: grpc.StatusCode = grpc.StatusCode.OK
    message: str = ""
    initial: Metadata = ()
    trailing: Metadata = ()
    error: Aborted | None = None

    def invocation_metadata(self) -> tuple[tuple[str, str | bytes], ...]:
        return self.metadata

    def time_remaining(self) -> float | None:
        return self.remaining

    async def send_initial_metadata(self, metadata: Metadata) -> None:
        self.initial = metadata

    def set_trailing_metadata(self, metadata: Metadata) -> None:
        self.trailing = metadata

    async def abort(self, code: grpc.StatusCode, message: str, trailing_metadata: Metadata) -> None:
        self.code, self.message, self.trailing = code, message, trailing_metadata
        self.error = Aborted()  # which gRPC's context keeps as well
        raise self.error


@dataclass(frozen=True)
class _CallDetails:
    method: str
    invocation_metadata: Metadata = ()


@dataclass
class FakeFleet:
    """A fleet, its service, and the relays it made, by device_id and in order."""

    clock: Clock
    relays: dict[str, list[FakeRelay]] = field(default_factory=dict)
    fleet: Fleet = field(init=False)

    def __post_init__(self) -> None:
        self.fleet = Fleet(self._connect, silence_seconds=10, grace_seconds=7, clock=self.clock)
        self.service = FacadeService(self.fleet, ByteBudget(MAX_REQUEST_BYTES))

    def _connect(self, route: Route) -> FakeRelay:
        relay = FakeRelay(route)
        self.relays.setdefault(route.device_id, []).append(relay)
        return relay

    def relay(self, device_id: str) -> FakeRelay:
        return self.relays[device_id][-1]

    async def call(self, method: str, request: bytes, context: FakeContext | None = None) -> tuple[bytes, FakeContext]:
        """Calls a handler as the server does; returns its response, empty where it aborted."""
        path = f"/eigen.internal.v1.DriverManagerService/{method}"
        handler: Any = self.service.handlers()[0].service(_CallDetails(path))  # type: ignore[arg-type]
        assert handler.request_deserializer is None
        assert handler.response_serializer is None
        context = context or FakeContext()
        response = b""
        with suppress(Aborted):
            response = await handler.unary_unary(request, context)
        return response, context


@pytest.fixture
async def fake() -> AsyncIterator[FakeFleet]:
    """An empty fleet."""
    fake = FakeFleet(Clock())
    yield fake
    await fake.fleet.close()


@pytest.fixture
def context() -> Iterator[Callable[..., FakeContext]]:
    """Makes contexts."""
    yield FakeContext  # noqa: PT022 - the type is what tests call
