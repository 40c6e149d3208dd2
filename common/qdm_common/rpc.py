"""google.rpc.Status over gRPC: how servers send one, how clients read one."""

from typing import Any, NoReturn

import grpc
from google.rpc import status_pb2

from qdm_common.status import DETAILS_KEY

GRPC_CODES = {code.value[0]: code for code in grpc.StatusCode}


async def abort(context: grpc.aio.ServicerContext[Any, Any], status: status_pb2.Status) -> NoReturn:
    """Ends the call with the status and its details."""
    details = ((DETAILS_KEY, status.SerializeToString()),)
    await context.abort(GRPC_CODES[status.code], status.message, details)


def status_of(error: grpc.aio.AioRpcError) -> status_pb2.Status:
    """Returns what a failed call was told; without details where the peer sent none."""
    details = (error.trailing_metadata() or {}).get(DETAILS_KEY)
    if isinstance(details, bytes):
        return status_pb2.Status.FromString(details)
    return status_pb2.Status(code=error.code().value[0], message=error.details() or "")
