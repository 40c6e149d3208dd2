from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any, TypeAlias

import grpc
import pytest
from google.rpc import status_pb2
from operator_scenes import device_object, typed

from qdm_common.rpc import GRPC_CODES
from qdm_common.status import DETAILS_KEY, internal_status, to_status
from qdm_driver import ExhaustedError, PreconditionError, UnavailableError, UnsupportedError, Violation
from qdm_operator.children import inputs_digest
from qdm_operator.sidecars import SidecarConnection
from qdm_operator.verdict import Verdict
from qdm_operator.work_queue import RetryLaterError
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2

DEVICE = typed(device_object(driverConfig={"noise": 5}))
ASKED = ("pod-uid", inputs_digest(DEVICE))

Said: TypeAlias = sidecar_pb2.ValidateResponse | status_pb2.Status


class FakeChannel:
    """Answers every call alike, with a response or a status; a stream never begins."""

    def __init__(self, said: Said) -> None:
        self._said = said

    def unary_unary(self, _path: str, **_: Any) -> Callable[..., Awaitable[sidecar_pb2.ValidateResponse]]:
        async def call(_request: object, *, timeout: float) -> sidecar_pb2.ValidateResponse:  # noqa: ASYNC109 - gRPC's
            assert timeout > 0
            if isinstance(self._said, sidecar_pb2.ValidateResponse):
                return self._said
            raise failure(self._said)

        return call

    def stream_stream(self, _path: str, **_: Any) -> Callable[..., object]:
        def call(**_: Any) -> object:
            raise grpc.aio.UsageError

        return call

    async def close(self, _grace: float | None) -> None:
        pass


def failure(status: status_pb2.Status) -> grpc.aio.AioRpcError:
    """A call that failed; what a sidecar says of itself has details, and what gRPC says on the way has none."""
    trailers = grpc.aio.Metadata((DETAILS_KEY, status.SerializeToString())) if status.details else None
    return grpc.aio.AioRpcError(GRPC_CODES[status.code], grpc.aio.Metadata(), trailers, status.message)


@pytest.fixture
async def connected(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Callable[[Said], SidecarConnection]]:
    """Makes connections to a sidecar that has one thing to say."""
    connections: list[SidecarConnection] = []

    def connect(said: Said) -> SidecarConnection:
        monkeypatch.setattr("grpc.aio.insecure_channel", lambda *_: FakeChannel(said))
        connection = SidecarConnection(
            "10.0.0.7:50061",
            "pod-uid",
            observe=False,
            device_id="sim:local",
            max_message_bytes=2**20,
            clock=lambda: 0.0,
            changed=lambda: None,
        )
        connections.append(connection)
        return connection

    yield connect
    for connection in connections:
        await connection.close()


BUG = internal_status(KeyError("noise"), {})
UNSUPPORTED = to_status(UnsupportedError("noise needs another engine"), {})


@pytest.mark.parametrize(
    ("said", "verdict"),
    [
        (sidecar_pb2.ValidateResponse(), Verdict(*ASKED, ())),
        (
            sidecar_pb2.ValidateResponse(violations=[sidecar_pb2.FieldViolation(field="a", description="is odd")]),
            Verdict(*ASKED, (Violation("a", "is odd"),)),
        ),
        (to_status(PreconditionError("no such driver", kind="DRIVER"), {}), Verdict(*ASKED, checkable=False)),
        # a driver that fails on a configuration would fail on it again
        (BUG, Verdict(*ASKED, (Violation("driverConfig", f"the driver cannot check it: {BUG.message}"),))),
        (
            UNSUPPORTED,
            Verdict(*ASKED, (Violation("driverConfig", "the driver cannot check it: noise needs another engine"),)),
        ),
    ],
    ids=["accepted", "refused", "no driver", "a bug of the driver", "unsupported"],
)
async def test_what_a_sidecar_answers_is_its_verdict(
    connected: Callable[[Said], SidecarConnection], said: Said, verdict: Verdict
) -> None:
    assert await connected(said).verdict_on(DEVICE) == verdict


@pytest.mark.parametrize(
    "said",
    [
        status_pb2.Status(code=13, message="Received RST_STREAM with error code 2"),
        status_pb2.Status(code=2, message="Stream removed"),
        status_pb2.Status(code=1),
        status_pb2.Status(code=4, message="Deadline Exceeded"),
        status_pb2.Status(code=14, message="connection refused"),
        to_status(UnavailableError("the check ended unexpectedly; try again", retry_after=1.0), {}),
        to_status(ExhaustedError("too little memory just now", retry_after=None), {}),
    ],
    ids=lambda said: f"{GRPC_CODES[said.code].name} {said.message}",
)
async def test_a_sidecar_that_does_not_say_what_it_thinks_is_asked_again(
    connected: Callable[[Said], SidecarConnection], said: status_pb2.Status
) -> None:
    with pytest.raises(RetryLaterError) as raised:
        await connected(said).verdict_on(DEVICE)
    assert str(raised.value) == f"the sidecar's Validate failed: {GRPC_CODES[said.code].name}"
    assert raised.value.seconds == 2.0
