"""Calls that are meant to fail."""

from collections.abc import Awaitable

import grpc
import pytest


async def refusal(call: Awaitable[object]) -> grpc.aio.AioRpcError:
    """Returns the error that a call ends with."""
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    return raised.value
