"""The way to one sidecar: the seam behind which another relay, such as one on HTTP/2 frames, may take over.

Requests and responses are bytes here and are never decoded.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol

import grpc

from qdm_common.calls_in_progress import CallsInProgress
from qdm_common.rpc import DRIVER_MANAGER, caller_left, never_sent
from qdm_common.server import channel_options
from qdm_common.sidecar_watch import watch_sidecar
from qdm_common.status import DETAILS_KEY
from qdm_driver import InvalidRequestError, Violation
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2

# What belongs to one connection and not to the call; gRPC reserves all that begins with "grpc-".
_HOP_BY_HOP = frozenset({"user-agent", "te", "content-type", "host"})

Metadata = Sequence[tuple[str, str | bytes]]


class Answer(NamedTuple):
    """What came back for one call: a response where the code is OK, and otherwise none.

    ``sent`` is whether the sidecar may have got the call.
    """

    code: grpc.StatusCode
    response: bytes
    message: str = ""
    initial_metadata: Metadata = ()
    trailing_metadata: Metadata = ()
    sent: bool = True

    @property
    def has_details(self) -> bool:
        """Whether a ``google.rpc.Status`` came along."""
        return any(key == DETAILS_KEY for key, _ in self.trailing_metadata)


_CLOSED = Answer(grpc.StatusCode.CANCELLED, b"")
_NOT_SENT = _CLOSED._replace(sent=False)


class Relay(Protocol):
    """A connection to one sidecar that mends itself."""

    async def call(self, method: str, request: bytes, *, timeout_seconds: float | None, metadata: Metadata) -> Answer:
        """Forwards one call of DriverManagerService, within ``timeout_seconds``; failures are answers too.

        Never waits for a connection that cannot be made. A cancelled caller cancels the call. Raises
        InvalidRequestError for metadata that cannot be passed on.
        """
        ...

    def watch(self) -> AsyncIterator[sidecar_pb2.WatchResponse]:
        """Waits for the sidecar, yields what it reports, and ends when the stream does, for whatever cause."""
        ...

    async def close(self, grace_seconds: float | None) -> None:
        """Takes no more calls, lets those in progress end within the grace, and cancels the rest.

        A second ``close`` without grace ends the grace of the first.
        """
        ...


class NoRelay:
    """The Relay of a device that has no sidecar just now: connects to nothing, and every call fails at once."""

    async def call(
        self,
        method: str,  # noqa: ARG002
        request: bytes,  # noqa: ARG002
        *,
        timeout_seconds: float | None,  # noqa: ARG002
        metadata: Metadata,  # noqa: ARG002
    ) -> Answer:
        """Answers CANCELLED, as a channel that is closed."""
        return _NOT_SENT

    async def watch(self) -> AsyncIterator[sidecar_pb2.WatchResponse]:
        """Hears nothing until it is no longer wanted."""
        await asyncio.get_running_loop().create_future()
        yield sidecar_pb2.WatchResponse()

    async def close(self, grace_seconds: float | None) -> None:
        """Has nothing to close."""


class GrpcRelay:
    """A Relay on one grpc.aio channel, to the sidecar of this instance."""

    def __init__(self, address: str, instance: str, *, max_message_bytes: int, methods: Iterable[str]) -> None:
        self._instance = instance
        self._channel = grpc.aio.insecure_channel(address, channel_options(max_message_bytes))
        self._calls: dict[str, grpc.aio.UnaryUnaryMultiCallable[bytes, bytes]] = {
            method: self._channel.unary_unary(f"/{DRIVER_MANAGER}/{method}") for method in methods
        }
        self._in_progress = CallsInProgress()
        self._leaving = False

    async def call(self, method: str, request: bytes, *, timeout_seconds: float | None, metadata: Metadata) -> Answer:
        """Forwards one call; a channel that is or gets closed answers CANCELLED."""
        if self._leaving:
            return _NOT_SENT
        with self._in_progress:
            return await self._forward(method, request, timeout_seconds, metadata)

    async def _forward(self, method: str, request: bytes, timeout_seconds: float | None, metadata: Metadata) -> Answer:
        try:
            call = self._calls[method](request, timeout=timeout_seconds, metadata=_sendable(end_to_end(metadata)))
            await _ended(call)
            response = await call
        except grpc.aio.AioRpcError as error:
            return Answer(
                error.code(),
                b"",
                error.details() or "",
                end_to_end(error.initial_metadata()),
                end_to_end(error.trailing_metadata()),
                sent=not never_sent(error),
            )
        except asyncio.CancelledError:
            if caller_left():
                raise
            return _CLOSED
        return Answer(
            grpc.StatusCode.OK,
            response,
            "",
            end_to_end(await call.initial_metadata()),
            end_to_end(await call.trailing_metadata()),
        )

    def watch(self) -> AsyncIterator[sidecar_pb2.WatchResponse]:
        """Yields the sidecar's reports; the channel's own back-off, at most 5 s, decides when it connects again."""
        return watch_sidecar(self._channel, self._instance)

    async def close(self, grace_seconds: float | None) -> None:
        """Closes the channel.

        The grace is not given to the channel: once it waits it would not be closed, and its calls not cancelled, by a
        second ``close`` without grace.
        """
        self._leaving = True
        if grace_seconds is not None:
            with suppress(TimeoutError):
                async with asyncio.timeout(grace_seconds):
                    await self._in_progress.until_none()
        await self._channel.close(None)


async def _ended(call: "grpc.aio.UnaryUnaryCall[bytes, bytes]") -> None:
    """Waits until the call has ended, or did not begin. A cancelled caller cancels it.

    The task inside a call must not be cancelled while it waits for gRPC's core, as ``call.cancel()`` and whoever awaits
    the call would do: the KB that it waits with is never freed then (https://github.com/grpc/grpc/issues/43360).
    The core is told instead, and lets the task end.
    """
    try:
        await asyncio.wait([call._invocation_task])  # type: ignore[attr-defined]  # noqa: SLF001
    except asyncio.CancelledError:
        call._cython_call.cancel("the caller left")  # type: ignore[attr-defined]  # noqa: SLF001
        raise


def _sendable(metadata: Metadata) -> Metadata:
    """Returns the metadata. Raises InvalidRequestError for values that gRPC's server takes and its client refuses."""
    for key, value in metadata:
        if isinstance(value, str) and not (value.isascii() and value.isprintable()):
            text = "the value cannot be passed on; it must be printable ASCII, or the key must end in -bin"
            raise InvalidRequestError(Violation(f"metadata {key}", text))
    return metadata


def end_to_end(metadata: Iterable[tuple[str, str | bytes]] | None) -> Metadata:
    """Returns what of the metadata is the caller's or the sidecar's own, and so travels on."""
    return tuple(
        (key, value)
        for key, value in metadata or ()
        if key == DETAILS_KEY or not (key in _HOP_BY_HOP or key.startswith("grpc-"))
    )
