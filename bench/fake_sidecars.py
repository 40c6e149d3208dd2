"""Sidecars that say that they are online and can do nothing else, so that any call to one of them fails.

As a program: ``python bench/fake_sidecars.py COUNT FOLDER`` serves them all, and says READY when it does.
"""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import grpc
from processes import program

from qdm_common.rpc import SIDECAR
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2

READY = "READY"
HEARTBEAT_SECONDS = 5.0
CAPABILITIES = {
    "max_qubits": "30",
    "max_shots": "1000000",
    "max_payload_bytes": "4194304",
    "formats": "AQO_JSON,AQO_PROTO,QASM3_TEXT,BACKEND_NATIVE",
    "native_gates": "cx,h,rx,ry,rz,s,sdg,sx,t,tdg,u,x,y,z",
    "dynamic_circuits": "true",
    "seeds": "true",
}


@contextmanager
def fake_sidecars(count: int, folder: Path) -> Iterator[Mapping[str, str]]:
    """Runs so many of them until the block is left; yields the address of each by its device id."""
    with program([sys.executable, __file__, str(count), folder], os.environ, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().strip() == READY
        yield {_device_id(number): _address(folder, number) for number in range(count)}


def _device_id(number: int) -> str:
    return f"fake-{number:04}"


def _address(folder: Path, number: int) -> str:
    return f"unix:{folder}/{number}.s"


async def _serve(count: int, folder: Path) -> None:
    servers = []
    for number in range(count):
        report = _report(_device_id(number))

        async def watch(_requests: object, _context: object, report: bytes = report) -> AsyncIterator[bytes]:
            while True:
                yield report
                await asyncio.sleep(HEARTBEAT_SECONDS)

        server = grpc.aio.server()
        handler: grpc.RpcMethodHandler[object, bytes] = grpc.stream_stream_rpc_method_handler(watch)
        server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(SIDECAR, {"Watch": handler}),))
        server.add_insecure_port(_address(folder, number))
        await server.start()
        servers.append(server)
    print(READY, flush=True)
    await asyncio.Event().wait()


def _report(device_id: str) -> bytes:
    device = pb.DeviceInfo(
        device_id=device_id,
        name=f"Simulator {device_id}",
        backend_type="simulator",
        status=pb.DEVICE_STATUS_ONLINE,
        capabilities=CAPABILITIES,
    )
    metadata = {"driver": "simulator", "driver_version": "1.0", "reason": "Ready", "message": "takes jobs"}
    return sidecar_pb2.WatchResponse(
        device=device,
        metadata=metadata,
        config_valid=True,
        heartbeat_interval_sec=HEARTBEAT_SECONDS,
        availability=sidecar_pb2.AVAILABILITY_ONLINE,
        held=True,
    ).SerializeToString()


if __name__ == "__main__":
    asyncio.run(_serve(int(sys.argv[1]), Path(sys.argv[2])))
