"""A real fleet, started by `qdm up` from manifests and spoken to over its facade's socket."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import grpc
import pytest

from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.eigen.internal.v1.driver_manager_pb2_grpc import DriverManagerServiceStub

MANIFESTS = """
apiVersion: qdm.eigen-os.io/v1alpha1
kind: QuantumDevice
metadata: {name: sim-local}
spec: {deviceId: "sim:local", displayName: Simulator, driver: simulator, limits: {payloadBytes: 6291456}}
---
apiVersion: qdm.eigen-os.io/v1alpha1
kind: QuantumDevice
metadata: {name: sim-small}
spec: {deviceId: "sim:small", driver: simulator, limits: {shots: 100, payloadBytes: 1024}}
---
apiVersion: qdm.eigen-os.io/v1alpha1
kind: QuantumDevice
metadata: {name: sim-again}
spec: {deviceId: "sim:local", driver: simulator}
---
apiVersion: qdm.eigen-os.io/v1alpha1
kind: QuantumDevice
metadata: {name: bad-config}
spec: {driver: simulator, driverConfig: {colour: blue}}
---
apiVersion: qdm.eigen-os.io/v1alpha1
kind: QuantumDevice
metadata: {name: no-driver}
spec: {driver: nonesuch}
---
apiVersion: qdm.eigen-os.io/v1alpha1
kind: QuantumDevice
metadata: {name: resting}
spec: {driver: simulator, availability: Maintenance}
"""

SETTLED = {"Ready", "ConfigInvalid", "DriverUnusable", "Maintenance"}


async def _settled(address: str) -> None:
    async with grpc.aio.insecure_channel(address) as channel:
        manager = DriverManagerServiceStub(channel)
        devices = await manager.ListDevices(pb.ListDevicesRequest(), wait_for_ready=True)
        for device in devices.devices:
            request = pb.DeviceStatusRequest(device_id=device.device_id)
            while (await manager.GetDeviceStatus(request)).metadata["reason"] not in SETTLED:  # noqa: ASYNC110
                await asyncio.sleep(0.05)


@pytest.fixture(scope="session")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running fleet with two good devices and four others."""
    folder = tmp_path_factory.mktemp("fleet")
    (folder / "fleet.yaml").write_text(MANIFESTS)
    address = f"unix:{folder}/s"
    command = [sys.executable, "-m", "qdm_cli", "up", "-f", str(folder / "fleet.yaml"), "--listen", address]
    process = subprocess.Popen([*command, "--metrics-listen", "127.0.0.1:0"], env=os.environ | {"NO_COLOR": "1"})
    try:
        asyncio.run(_settled(address))
        yield address
    finally:
        process.terminate()
        assert process.wait() == 0


@pytest.fixture
async def channel(fleet: str) -> AsyncIterator[grpc.aio.Channel]:
    """A channel to the fleet's facade, as a client makes one that knows nothing of this project."""
    options = [("grpc.max_send_message_length", -1), ("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.insecure_channel(fleet, options) as channel:
        yield channel


@pytest.fixture
def examples() -> Path:
    """The folder of the example circuits."""
    return Path(__file__).parents[3] / "examples"
