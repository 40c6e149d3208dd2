"""Calls as a kernel makes them, to a facade or to one sidecar."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import grpc

from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.eigen.internal.v1.driver_manager_pb2_grpc import DriverManagerServiceStub

SHOTS = 10


@asynccontextmanager
async def manager_at(address: str) -> AsyncIterator[DriverManagerServiceStub]:
    """Yields a client of the DriverManagerService at an address, on a connection of its own."""
    async with grpc.aio.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
        yield DriverManagerServiceStub(channel)


def job(device_id: str, **options: str) -> pb.ExecuteCircuitRequest:
    """Returns a job for a driver that does not read its circuit."""
    payload = pb.CircuitPayload(format=pb.CIRCUIT_FORMAT_AQO_JSON, data=b"{}")
    return pb.ExecuteCircuitRequest(device_id=device_id, payload=payload, shots=SHOTS, options=options)


def code_of(error: BaseException) -> grpc.StatusCode:
    """Returns the status of a call that failed."""
    assert isinstance(error, grpc.aio.AioRpcError)
    return error.code()
