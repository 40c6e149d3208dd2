import asyncio

import grpc

from qdm_facade.relay import GrpcRelay, NoRelay


async def test_a_relay_that_is_closed_answers_cancelled() -> None:
    relay = GrpcRelay("unix:/nonexistent/s", "", max_message_bytes=1024, methods=["ExecuteCircuit"])
    await relay.close(None)
    answer = await relay.call("ExecuteCircuit", b"", timeout_seconds=None, metadata=())
    assert answer.code is grpc.StatusCode.CANCELLED


async def test_a_relay_to_nowhere_answers_cancelled_and_hears_nothing() -> None:
    relay = NoRelay()
    answer = await relay.call("ExecuteCircuit", b"", timeout_seconds=None, metadata=())
    assert answer.code is grpc.StatusCode.CANCELLED
    hearing = asyncio.ensure_future(anext(relay.watch()))
    await asyncio.sleep(0)
    assert not hearing.done()
    hearing.cancel()
    await relay.close(None)
