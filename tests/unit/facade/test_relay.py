import grpc

from qdm_facade.relay import GrpcRelay


async def test_a_relay_that_is_closed_answers_cancelled() -> None:
    relay = GrpcRelay("unix:/nonexistent/s", max_message_bytes=1024, methods=["ExecuteCircuit"])
    await relay.close(None)
    answer = await relay.call("ExecuteCircuit", b"", timeout_seconds=None, metadata=())
    assert answer.code is grpc.StatusCode.CANCELLED
