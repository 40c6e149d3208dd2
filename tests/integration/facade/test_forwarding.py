import asyncio
import struct
from collections.abc import Awaitable, Callable, Mapping
from types import MappingProxyType
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc
from refused_calls import refusal

from qdm_common.rpc import status_of
from qdm_common.server import server_options
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb

Start = Callable[..., Awaitable[Any]]
Make = Callable[[str], Any]

# Raw on purpose, as a kernel of any language sends it: job_id "j", device_id "a", shots 1.
EXECUTE = b"\x0a\x01j\x12\x01a\x20\x01"
CALIBRATE = b"\x0a\x01a"
MIB = 1024**2
PATH = "/eigen.internal.v1.DriverManagerService/ExecuteCircuit"

# Frames of HTTP/2 and their flags (RFC 9113, 6).
DATA, HEADERS, RST_STREAM, SETTINGS, PING = 0, 1, 3, 4, 6
ACK, END_STREAM, END_HEADERS = 1, 1, 4
CANCEL = 8


def details(error: grpc.aio.AioRpcError) -> dict[str, Any]:
    found = {}
    for packed in status_of(error).details:
        message = getattr(error_details_pb2, packed.type_url.rpartition(".")[2])()
        packed.Unpack(message)
        found[message.DESCRIPTOR.name] = message
    return found


async def blocked(begun: asyncio.Event, ended: asyncio.Event) -> bytes:
    begun.set()
    try:
        await asyncio.Event().wait()
    finally:
        ended.set()
    raise AssertionError


async def test_each_device_has_its_own_sidecar_and_bytes_pass_unchanged(start_facade: Start, played: Make) -> None:
    a, b = played("a"), played("b")
    await a.start()
    await b.start()
    facade = await start_facade({"a": a.address, "b": b.address})
    request = pb.ExecuteCircuitRequest(device_id="b", payload=pb.CircuitPayload(data=bytes(range(256)) * 4096))
    raw = request.SerializeToString() + b"\x78\x05"
    assert await facade.call("ExecuteCircuit", raw) == raw
    assert await facade.call("CalibrateDevice", CALIBRATE) == CALIBRATE
    assert (a.requests, b.requests) == ([CALIBRATE], [raw])


async def test_metadata_passes_both_ways(start_facade: Start, played: Make) -> None:
    sidecar, seen = played("a"), []

    async def handle(_request: bytes, context: Any) -> bytes:
        seen.extend(context.invocation_metadata())
        await context.send_initial_metadata((("x-first", "1"),))
        context.set_trailing_metadata((("x-last-bin", b"\x00\xff"),))
        return b""

    sidecar.forwarded = handle
    await sidecar.start()
    facade = await start_facade({"a": sidecar.address})
    theirs = (("x-eigen-sub", "alice"), ("x-eigen-roles", "r1"), ("x-eigen-roles", "r2"), ("z-bin", b"\x00\x01"))
    call = facade.call("ExecuteCircuit", EXECUTE, metadata=theirs)
    await call
    assert [pair for pair in seen if pair[0].startswith(("x-", "z-"))] == list(theirs)
    assert [key for key, _ in seen if key in {"traceparent", "user-agent"}].count("traceparent") == 1
    assert ("x-first", "1") in tuple(await call.initial_metadata())
    assert ("x-last-bin", b"\x00\xff") in tuple(await call.trailing_metadata())


@pytest.mark.parametrize("code", [grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.UNAVAILABLE])
async def test_a_sidecars_status_and_details_pass_unchanged(
    start_facade: Start, played: Make, code: grpc.StatusCode
) -> None:
    async def refuse(_request: bytes, context: Any) -> bytes:
        await context.abort(code, "höchst precise", (("grpc-status-details-bin", b"\x08\x09"), ("x-more", "1")))
        raise AssertionError

    sidecar = played("a")
    sidecar.forwarded = refuse
    await sidecar.start()
    facade = await start_facade({"a": sidecar.address})
    error = await refusal(facade.call("ExecuteCircuit", EXECUTE))
    assert (error.code(), error.details()) == (code, "höchst precise")
    trailing = tuple(error.trailing_metadata() or ())
    assert ("grpc-status-details-bin", b"\x08\x09") in trailing
    assert ("x-more", "1") in trailing


@pytest.mark.parametrize("seconds", [None, 50.0])
async def test_the_deadline_passes_on_and_none_is_made_up(
    start_facade: Start, played: Make, seconds: float | None
) -> None:
    remaining: list[float | None] = []

    async def handle(_request: bytes, context: Any) -> bytes:
        remaining.append(context.time_remaining())
        return b""

    sidecar = played("a")
    sidecar.forwarded = handle
    await sidecar.start()
    facade = await start_facade({"a": sidecar.address})
    await facade.call("ExecuteCircuit", EXECUTE, timeout=seconds)
    if seconds is None:
        assert remaining == [None]
    else:
        assert remaining[0] is not None
        assert 0 < remaining[0] < seconds + 1  # gRPC writes deadlines with three digits


async def test_metadata_that_cannot_be_passed_on_is_refused_and_holds_up_no_stop(
    start_facade: Start, played: Make
) -> None:
    sidecar = played("a")
    await sidecar.start()
    facade = await start_facade({"a": sidecar.address}, QDM_GRACE_SECONDS="3600")
    reader, writer = await call_by_hand(facade, {"x-eigen-sub": "é"})  # which no gRPC client of ours sends
    while (await next_frame(reader))[:2] != (HEADERS, END_STREAM | END_HEADERS):
        pass
    writer.close()
    facade.terminate()
    assert await facade.ended() == 0
    assert sidecar.requests == []
    (line,) = [line for line in facade.log() if line.get("code")]
    assert (line["code"], line["job_id"]) == ("INVALID_ARGUMENT", "j")
    assert "x-eigen-sub" in line["message"]


async def call_by_hand(
    facade: Any, metadata: Mapping[str, str] = MappingProxyType({})
) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    """Sends ExecuteCircuit on a connection of its own; headers are literals without a table (RFC 7541, 6.2.2)."""
    pairs = {":method": "POST", ":scheme": "http", ":path": PATH, ":authority": "a", "te": "trailers"}
    pairs |= {"content-type": "application/grpc", **metadata}
    header = b"".join(
        b"\0" + b"".join(bytes([len(text.encode())]) + text.encode() for text in pair) for pair in pairs.items()
    )
    reader, writer = await asyncio.open_unix_connection(facade.address.removeprefix("unix:"))
    writer.write(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(SETTINGS, b""))
    writer.write(frame(HEADERS, header, END_HEADERS, stream=1))
    writer.write(frame(DATA, bytes([0, *len(EXECUTE).to_bytes(4), *EXECUTE]), END_STREAM, stream=1))
    return reader, writer


def frame(kind: int, body: bytes, flags: int = 0, stream: int = 0) -> bytes:
    """Returns a frame of HTTP/2 (RFC 9113, 4.1)."""
    return struct.pack("!xHBBI", len(body), kind, flags, stream) + body


async def next_frame(reader: asyncio.StreamReader) -> tuple[int, int]:
    """Returns the kind and the flags of the next frame."""
    length, kind, flags = struct.unpack("!xHBB4x", await reader.readexactly(9))
    await reader.readexactly(length)
    return kind, flags


async def test_a_cancelled_call_is_cancelled_in_the_sidecar(start_facade: Start, played: Make) -> None:
    sidecar, begun, ended = played("a"), asyncio.Event(), asyncio.Event()
    sidecar.forwarded = lambda _request, _context: blocked(begun, ended)
    await sidecar.start()
    facade = await start_facade({"a": sidecar.address})
    call = facade.call("ExecuteCircuit", EXECUTE)
    await begun.wait()
    call.cancel()
    await ended.wait()
    facade.terminate()
    assert await facade.ended() == 0
    assert {line["level"] for line in facade.log()} == {"INFO"}


async def test_a_passed_deadline_ends_the_call_in_the_sidecar_too(start_facade: Start, played: Make) -> None:
    sidecar, begun, ended = played("a"), asyncio.Event(), asyncio.Event()
    sidecar.forwarded = lambda _request, _context: blocked(begun, ended)
    await sidecar.start()
    facade = await start_facade({"a": sidecar.address})
    error = await refusal(facade.call("ExecuteCircuit", EXECUTE, timeout=0.5))
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    await ended.wait()


async def test_a_sidecar_that_cancels_by_itself_is_unavailable(start_facade: Start, played: Make) -> None:
    async def cancel(_request: bytes, context: Any) -> bytes:
        await context.abort(grpc.StatusCode.CANCELLED, "rolled")
        raise AssertionError

    sidecar = played("a")
    sidecar.forwarded = cancel
    await sidecar.start()
    facade = await start_facade({"a": sidecar.address})
    error = await refusal(facade.call("ExecuteCircuit", EXECUTE))
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert "RetryInfo" in details(error)


async def test_a_bug_in_a_sidecar_shows_nothing_of_itself(start_facade: Start, played: Make) -> None:
    async def fail(_request: bytes, _context: Any) -> bytes:
        raise RuntimeError("secret")

    sidecar = played("a")
    sidecar.forwarded = fail
    await sidecar.start()
    facade = await start_facade({"a": sidecar.address})
    error = await refusal(facade.call("ExecuteCircuit", EXECUTE))
    assert error.code() is grpc.StatusCode.INTERNAL
    error_id = details(error)["ErrorInfo"].metadata["error_id"]
    assert "secret" not in str(error)
    (line,) = [line for line in facade.log() if line.get("error_id") == error_id]
    assert (line["job_id"], line["device_id"]) == ("j", "a")


async def test_a_burst_of_calls_is_answered_whole(start_facade: Start) -> None:
    facade = await start_facade({})
    await facade.call("ListDevices", b"", wait_for_ready=True)
    calls = [facade.call("ListDevices", b"") for _ in range(4_000)]
    assert await asyncio.gather(*calls) == [b""] * len(calls)


async def test_metadata_of_16_kib_passes_every_time(start_facade: Start, played: Make) -> None:
    sidecar, seen = played("a"), []

    async def handle(_request: bytes, context: Any) -> bytes:
        seen.append(len(dict(context.invocation_metadata())["x-long"]))
        return b""

    sidecar.forwarded, sidecar.options = handle, server_options(MIB)
    await sidecar.start()
    facade = await start_facade({"a": sidecar.address})
    for _ in range(40):
        await facade.call("ExecuteCircuit", EXECUTE, metadata=(("x-long", "a" * 16 * 1024),))
    assert seen == [16 * 1024] * 40


async def test_a_caller_that_leaves_while_it_is_answered_is_no_error_of_the_facade(
    start_facade: Start, played: Make
) -> None:
    sidecar = played("a")

    async def answer(_request: bytes, _context: Any) -> bytes:
        return bytes(MIB)

    sidecar.forwarded = answer
    await sidecar.start()
    facade = await start_facade({"a": sidecar.address})
    for _ in range(60):
        reader, writer = await call_by_hand(facade)
        while (await next_frame(reader))[0] != DATA:
            pass  # the rest waits until it may be sent (RFC 9113, 5.2)
        writer.write(frame(RST_STREAM, CANCEL.to_bytes(4), stream=1))
        writer.write(frame(PING, bytes(8)))
        while (await next_frame(reader))[:2] != (PING, ACK):
            pass
        writer.close()
    facade.terminate()
    assert await facade.ended() == 0
    assert [line for line in facade.log() if line["level"] == "ERROR"] == []


async def test_a_message_that_the_sidecar_does_not_take_is_exhausted_with_details(
    start_facade: Start, played: Make
) -> None:
    sidecar = played("a")
    await sidecar.start()
    facade = await start_facade({"a": sidecar.address})
    payload = pb.CircuitPayload(data=bytes(5 * 1024**2))
    request = pb.ExecuteCircuitRequest(device_id="a", payload=payload).SerializeToString()
    error = await refusal(facade.call("ExecuteCircuit", request))
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert details(error)["ErrorInfo"].metadata["device_id"] == "a"
    assert await facade.call("ExecuteCircuit", EXECUTE) == EXECUTE


@pytest.mark.parametrize(
    ("request_bytes", "code"),
    [(b"\xff", "INVALID_ARGUMENT"), (b"", "INVALID_ARGUMENT"), (b"\x12\x01z", "NOT_FOUND")],
    ids=["no protobuf", "no device_id", "unknown device"],
)
async def test_what_has_no_device_is_refused_here(
    start_facade: Start, played: Make, request_bytes: bytes, code: str
) -> None:
    sidecar = played("a")
    await sidecar.start()
    facade = await start_facade({"a": sidecar.address})
    error = await refusal(facade.call("ExecuteCircuit", request_bytes))
    assert error.code().name == code
    assert details(error)["ErrorInfo"].domain == "eigen.driver_manager"
    assert sidecar.requests == []
    assert await facade.call("ExecuteCircuit", EXECUTE) == EXECUTE


async def test_the_service_is_found_by_reflection(start_facade: Start) -> None:
    facade = await start_facade({})
    stub: Any = reflection_pb2_grpc.ServerReflectionStub(facade.channel)
    asked = iter([reflection_pb2.ServerReflectionRequest(list_services="")])
    async for answer in stub.ServerReflectionInfo(asked):
        names = {service.name for service in answer.list_services_response.service}
        assert "eigen.internal.v1.DriverManagerService" in names
        return
    raise AssertionError
