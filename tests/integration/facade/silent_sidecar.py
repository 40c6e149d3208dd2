"""A sidecar to be killed: reports itself once, then holds every call until the end. Arguments: device_id, address."""

import asyncio
import sys
from collections.abc import AsyncIterator

import grpc

from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2


async def main(device_id: str, address: str) -> None:
    """Serves until killed; writes a line once a call has arrived."""

    async def execute(_request: bytes, _context: object) -> bytes:
        sys.stdout.write("called\n")
        sys.stdout.flush()
        await asyncio.Event().wait()
        return b""

    async def watch(_requests: AsyncIterator[bytes], _context: object) -> AsyncIterator[bytes]:
        device = pb.DeviceInfo(device_id=device_id, status=pb.DEVICE_STATUS_ONLINE)
        yield sidecar_pb2.WatchResponse(device=device, metadata={"reason": "Ready"}).SerializeToString()
        await asyncio.Event().wait()

    server = grpc.aio.server()
    server.add_generic_rpc_handlers(
        (
            grpc.method_handlers_generic_handler(
                "eigen.internal.v1.DriverManagerService",
                {"ExecuteCircuit": grpc.unary_unary_rpc_method_handler(execute)},
            ),
            grpc.method_handlers_generic_handler(
                "qdm.sidecar.v1.SidecarService", {"Watch": grpc.stream_stream_rpc_method_handler(watch)}
            ),
        )
    )
    server.add_insecure_port(address)
    await server.start()
    await server.wait_for_termination()


asyncio.run(main(*sys.argv[1:]))
