"""What every handler of a call needs: its message, its trace, its outcome; and google.rpc.Status over gRPC."""

import asyncio
from contextlib import suppress
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message
from google.rpc import status_pb2

from qdm_common.status import DETAILS_KEY
from qdm_common.tracing import TRACEPARENT, TraceContext
from qdm_driver import InvalidRequestError, Violation

DRIVER_MANAGER = "eigen.internal.v1.DriverManagerService"
SIDECAR = "qdm.sidecar.v1.SidecarService"

GRPC_CODES = {code.value[0]: code for code in grpc.StatusCode}

_LONGEST_SECONDS = 1e9
_NO_SERVER_REACHED = ("failed to connect to all addresses", "errors resolving", "empty address list")

Context = grpc.aio.ServicerContext[Any, Any]
MessageT = TypeVar("MessageT", bound=Message)


def parse(message: type[MessageT], data: bytes) -> MessageT:
    """Decodes a request. Raises InvalidRequestError where the bytes are none."""
    try:
        return message.FromString(data)
    except DecodeError:
        raise InvalidRequestError(Violation("", f"the bytes are no {message.DESCRIPTOR.name}")) from None


def trace_of(context: Context) -> TraceContext:
    """Returns a span of the caller's trace, or of a new one."""
    for key, value in context.invocation_metadata() or ():
        if key == TRACEPARENT and isinstance(value, str):
            return TraceContext.continued(value)
    return TraceContext.continued(None)


def time_remaining(context: Context) -> float | None:
    """Returns the seconds until the caller's deadline, from 0 to 30 years; ``None`` where it set none.

    gRPC takes a deadline after the year 2262, as "for ever" comes to in some languages, for one that has passed.
    """
    remaining: float | None = context.time_remaining()  # the stubs know no call without a deadline
    return remaining if remaining is None else min(max(remaining, 0.0), _LONGEST_SECONDS)


def code_of_cancellation(context: Context) -> grpc.StatusCode:
    """Returns how a cancelled call ended for its caller."""
    return grpc.StatusCode.DEADLINE_EXCEEDED if time_remaining(context) == 0 else grpc.StatusCode.CANCELLED


def caller_left() -> bool:
    """Tells, where a call of ours raised CancelledError, whether this task was cancelled.

    A call that ends because its channel was closed raises CancelledError too, in a task that nobody cancelled.
    """
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0


def never_sent(error: grpc.aio.AioRpcError) -> bool:
    """Tells whether gRPC ended a call of ours with UNAVAILABLE because it reached no server; its text alone says so."""
    return (error.details() or "").startswith(_NO_SERVER_REACHED)


async def abort(context: Context, status: status_pb2.Status) -> NoReturn:
    """Ends the call with the status and its details."""
    details = ((DETAILS_KEY, status.SerializeToString()),)
    await context.abort(GRPC_CODES[status.code], status.message, details)


def status_of(error: grpc.aio.AioRpcError) -> status_pb2.Status:
    """Returns what a failed call was told; without details where the peer sent none that can be read."""
    details = (error.trailing_metadata() or {}).get(DETAILS_KEY)
    if isinstance(details, bytes):
        with suppress(DecodeError):
            return status_pb2.Status.FromString(details)
    return status_pb2.Status(code=error.code().value[0], message=error.details() or "")
