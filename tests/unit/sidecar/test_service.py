from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any, cast

import grpc
import pytest

from qdm_sidecar.broadcast import Broadcast
from qdm_sidecar.service import Services

WATCH = SimpleNamespace(method="/qdm.sidecar.v1.SidecarService/Watch", invocation_metadata=())


class BrokenDevice:
    """A device of which nothing can be told."""

    hosted = SimpleNamespace(driver="probe", device_id="d")

    def info(self) -> None:
        raise ValueError("secret")


class Context:
    """What a handler is given beside the requests."""

    async def abort(self, code: grpc.StatusCode, message: str, _trailing: object) -> None:
        self.code, self.message = code, message
        raise grpc.aio.AbortError


async def test_a_bug_in_a_watch_ends_it_as_internal_with_an_id_that_the_log_has_too(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def requests() -> AsyncIterator[bytes]:
        yield b""

    life = SimpleNamespace(acknowledge=lambda *_: None)
    parts: Any = (BrokenDevice(), None, None, Broadcast(), life)
    services = Services(*parts, heartbeat_seconds=1)
    handler: Any = services.handlers()[1].service(cast("grpc.HandlerCallDetails", WATCH))
    context = Context()
    with pytest.raises(grpc.aio.AbortError):
        await anext(handler.stream_stream(requests(), context))
    assert context.code is grpc.StatusCode.INTERNAL
    assert "secret" not in context.message
    (record,) = [record for record in caplog.records if record.exc_info]
    assert record.fields["error_id"] in context.message  # type: ignore[attr-defined]
