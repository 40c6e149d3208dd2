"""The relay's connection to a sidecar that a test plays."""

import asyncio
import ctypes
import gc
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import pytest

from qdm_common.rpc import DRIVER_MANAGER
from qdm_facade.fleet import Fleet
from qdm_facade.relay import GrpcRelay
from qdm_facade.routes import Route

METHOD = "ExecuteCircuit"
AT_ONCE, CALLS = 100, 6_000
MOST_BYTES_A_CALL = 500  # about 1,000 where each call leaves something behind


class SlowSidecar:
    """Answers no call; ``left`` counts callers that gave up."""

    def __init__(self, folder: Path) -> None:
        self.address = f"unix:{folder}/s"
        self.begun = asyncio.Semaphore(0)
        self.left = asyncio.Semaphore(0)

    async def serve(self, _request: bytes, _context: object) -> bytes:
        self.begun.release()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            self.left.release()
        raise AssertionError


@pytest.fixture
async def sidecar(tmp_path: Path) -> AsyncIterator[SlowSidecar]:
    sidecar = SlowSidecar(tmp_path)
    server = grpc.aio.server()
    handler: grpc.RpcMethodHandler[Any, Any] = grpc.unary_unary_rpc_method_handler(sidecar.serve)
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(DRIVER_MANAGER, {METHOD: handler}),))
    server.add_insecure_port(sidecar.address)
    await server.start()
    yield sidecar
    await server.stop(None)


async def test_callers_that_leave_take_their_calls_with_them_and_no_memory_stays(sidecar: SlowSidecar) -> None:
    relay = GrpcRelay(sidecar.address, "", max_message_bytes=1024, methods=[METHOD])

    async def leave() -> None:
        calls = [
            asyncio.create_task(relay.call(METHOD, b"", timeout_seconds=None, metadata=())) for _ in range(AT_ONCE)
        ]
        for _ in calls:
            await sidecar.begun.acquire()
        for call in calls:
            call.cancel()
        ended = await asyncio.gather(*calls, return_exceptions=True)
        assert all(isinstance(end, asyncio.CancelledError) for end in ended)
        for _ in calls:
            await sidecar.left.acquire()

    await leave()
    before = _allocated_bytes()
    for _ in range(CALLS // AT_ONCE):
        await leave()
    assert (_allocated_bytes() - before) / CALLS < MOST_BYTES_A_CALL
    await relay.close(None)


async def test_a_fleet_that_closes_ends_calls_to_a_sidecar_it_is_leaving(sidecar: SlowSidecar) -> None:
    leaving = asyncio.Event()

    class Relay(GrpcRelay):
        async def close(self, grace_seconds: float | None) -> None:
            leaving.set()
            await super().close(grace_seconds)

    relay = Relay(sidecar.address, "", max_message_bytes=1024, methods=[METHOD])
    fleet = Fleet(lambda _: relay, silence_seconds=10, grace_seconds=3600, clock=time.monotonic)
    fleet.update([Route("a", "a", sidecar.address, "")])
    call = asyncio.create_task(relay.call(METHOD, b"", timeout_seconds=None, metadata=()))
    await sidecar.begun.acquire()
    fleet.update([])
    await leaving.wait()
    await fleet.close()
    assert (await call).code is grpc.StatusCode.CANCELLED
    await sidecar.left.acquire()


class _MallInfo(ctypes.Structure):
    """``struct mallinfo2`` of glibc (man 3 mallinfo)."""

    _fields_ = (
        ("before", ctypes.c_size_t * 7),  # arena to fsmblks
        ("uordblks", ctypes.c_size_t),
        ("after", ctypes.c_size_t * 2),  # fordblks and keepcost
    )


def _allocated_bytes() -> int:
    """Returns what the main thread has allocated and not freed, without objects that only wait for their collection."""
    gc.collect()
    mallinfo = ctypes.CDLL(None).mallinfo2
    mallinfo.restype = _MallInfo
    return int(mallinfo().uordblks)
