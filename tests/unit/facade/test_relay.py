import asyncio

import grpc
import pytest

from qdm_driver import InvalidRequestError
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


@pytest.mark.parametrize("value", ["é", "\x7f", "a\tb", "a\nb", "\x00"])
async def test_metadata_that_grpc_does_not_send_is_refused_by_its_key(value: str) -> None:
    relay = GrpcRelay("unix:/nonexistent/s", "", max_message_bytes=1024, methods=["ExecuteCircuit"])
    with pytest.raises(InvalidRequestError) as refused:
        await relay.call("ExecuteCircuit", b"", timeout_seconds=None, metadata=(("x-mine", value),))
    assert [violation.field for violation in refused.value.violations] == ["metadata x-mine"]
    await relay.close(None)


@pytest.mark.parametrize("value", ["", "a ~", "a=b,c=d"])
async def test_metadata_of_printable_ascii_is_sent(value: str) -> None:
    relay = GrpcRelay("unix:/nonexistent/s", "", max_message_bytes=1024, methods=["ExecuteCircuit"])
    metadata = (("user-agent", "é"), ("x-mine", value), ("x-bin", b"\x00\xff"))
    answer = await relay.call("ExecuteCircuit", b"", timeout_seconds=None, metadata=metadata)
    assert answer.code is grpc.StatusCode.UNAVAILABLE
    await relay.close(None)


async def test_a_call_that_grpc_does_not_begin_ends_with_its_error() -> None:
    relay = GrpcRelay("unix:/nonexistent/s", "", max_message_bytes=1024, methods=["ExecuteCircuit"])
    with pytest.raises(Exception, match="execute_batch"):
        await relay.call("ExecuteCircuit", b"", timeout_seconds=None, metadata=(("no key", "1"),))
    await relay.close(None)
