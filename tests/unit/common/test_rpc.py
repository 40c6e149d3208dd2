from unittest.mock import AsyncMock

import grpc
import pytest
from google.rpc import status_pb2

from qdm_common.rpc import abort, status_of
from qdm_common.status import DETAILS_KEY, to_status
from qdm_driver import Code, DeviceNotFoundError, ExhaustedError


def failed(code: grpc.StatusCode, message: str | None, trailers: grpc.aio.Metadata | None) -> grpc.aio.AioRpcError:
    return grpc.aio.AioRpcError(code, grpc.aio.Metadata(), trailers, message)


@pytest.mark.parametrize("error", [DeviceNotFoundError("no device ⟨x⟩"), ExhaustedError("full", retry_after=1.5)])
def test_what_a_server_aborts_with_is_what_a_client_reads(error: DeviceNotFoundError | ExhaustedError) -> None:
    status = to_status(error, {"device_id": "x"})
    trailers = grpc.aio.Metadata((DETAILS_KEY, status.SerializeToString()))
    assert status_of(failed(grpc.StatusCode[error.code.name], str(error), trailers)) == status


@pytest.mark.parametrize(
    ("code", "message", "trailers"),
    [
        (grpc.StatusCode.UNAVAILABLE, "connection refused", None),
        (grpc.StatusCode.UNAVAILABLE, "connection refused", grpc.aio.Metadata()),
        (grpc.StatusCode.UNAVAILABLE, "connection refused", grpc.aio.Metadata(("other", "x"))),
        (grpc.StatusCode.CANCELLED, None, None),
    ],
)
def test_a_peer_that_sends_no_details_is_read_by_its_code(
    code: grpc.StatusCode, message: str | None, trailers: grpc.aio.Metadata | None
) -> None:
    assert status_of(failed(code, message, trailers)) == status_pb2.Status(code=code.value[0], message=message or "")


@pytest.mark.parametrize("code", Code)
async def test_a_call_is_aborted_with_the_status_s_code_message_and_details(code: Code) -> None:
    context = AsyncMock()
    context.abort.side_effect = grpc.aio.AbortError
    status = status_pb2.Status(code=code.value, message="because")
    with pytest.raises(grpc.aio.AbortError):
        await abort(context, status)
    context.abort.assert_awaited_once_with(
        grpc.StatusCode[code.name], "because", ((DETAILS_KEY, status.SerializeToString()),)
    )


def test_details_that_are_no_status_are_passed_over() -> None:
    trailers = grpc.aio.Metadata((DETAILS_KEY, b"\xff\xff"))
    error = failed(grpc.StatusCode.NOT_FOUND, "gone", trailers)
    assert status_of(error) == status_pb2.Status(code=5, message="gone")
