import asyncio
import sys
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import grpc
import pytest

from qdm_common.byte_budget import ByteBudget
from qdm_common.manifest import HostedDevice
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_sidecar.broadcast import Broadcast
from qdm_sidecar.service import Services

WATCH = SimpleNamespace(method="/qdm.sidecar.v1.SidecarService/Watch", invocation_metadata=())
EXECUTE = SimpleNamespace(method="/eigen.internal.v1.DriverManagerService/ExecuteCircuit", invocation_metadata=())


class BrokenDevice:
    """A device of which nothing can be told."""

    hosted = SimpleNamespace(driver="probe", device_id="d")

    def info(self) -> None:
        raise ValueError("secret")


class Context:
    """What a handler is given beside the requests."""

    def invocation_metadata(self) -> tuple[()]:
        return ()

    def time_remaining(self) -> None:
        return None

    async def abort(self, code: grpc.StatusCode, message: str, _trailing: object) -> None:
        self.code, self.message = code, message
        self.error = grpc.aio.AbortError()  # which gRPC's context keeps as well
        raise self.error


class SlowExecutor:
    """An executor whose jobs all wait for the same event."""

    def __init__(self) -> None:
        self.answered = asyncio.Event()

    async def execute(self, _key: object, _serialized: bytes, _trace: object, *, admit: object) -> bytes:
        assert admit
        await self.answered.wait()
        return b"counts"


async def test_a_bug_in_a_watch_ends_it_as_internal_with_an_id_that_the_log_has_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def requests() -> AsyncIterator[bytes]:
        yield b""

    life = SimpleNamespace(acknowledge=lambda *_: None)
    parts: Any = (BrokenDevice(), None, None, Broadcast(), life)
    services = Services(*parts, budget=ByteBudget(0), heartbeat_seconds=1)
    handler: Any = services.handlers()[1].service(cast("grpc.HandlerCallDetails", WATCH))
    context = Context()
    with pytest.raises(grpc.aio.AbortError):
        await anext(handler.stream_stream(requests(), context))
    assert context.code is grpc.StatusCode.INTERNAL
    assert "secret" not in context.message
    (record,) = [record for record in caplog.records if record.exc_info]
    assert record.fields["error_id"] in context.message  # type: ignore[attr-defined]


async def test_many_large_circuits_are_refused_before_they_end_the_sidecar() -> None:
    hosted = HostedDevice.parse(b'{"deviceId": "d", "displayName": "d", "driver": "probe"}')
    executor = SlowExecutor()
    parts: Any = (SimpleNamespace(hosted=hosted), executor, None, Broadcast(), None)
    services = Services(*parts, budget=ByteBudget(1_000), heartbeat_seconds=1)
    handler: Any = services.handlers()[0].service(cast("grpc.HandlerCallDetails", EXECUTE))
    payload = pb.CircuitPayload(format=pb.CIRCUIT_FORMAT_QASM3_TEXT, data=b"x" * 600)
    request = pb.ExecuteCircuitRequest(device_id="d", payload=payload, shots=1).SerializeToString()
    waiting = asyncio.ensure_future(handler.unary_unary(request, Context()))
    await asyncio.sleep(0)
    context = Context()
    references = sys.getrefcount(request)
    with pytest.raises(grpc.aio.AbortError):
        await handler.unary_unary(request, context)
    assert context.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert sys.getrefcount(request) == references, "a call that failed keeps its circuit"
    executor.answered.set()
    assert await waiting == b"counts"
    assert await handler.unary_unary(request, Context()) == b"counts"
