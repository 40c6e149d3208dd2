"""A real sidecar process with the probe driver, spoken to over its socket."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest

from qdm_common.sidecar_watch import watch_sidecar
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.eigen.internal.v1.driver_manager_pb2_grpc import DriverManagerServiceStub
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2
from qdm_proto.qdm.sidecar.v1.sidecar_pb2_grpc import SidecarServiceStub

PROGRAM = "from qdm_sidecar.main import main; main()"
DRIVERS = Path(__file__).parents[1] / "drivers"


@dataclass
class Sidecar:
    """A running sidecar, its folder and its stubs."""

    process: subprocess.Popen[bytes]
    folder: Path
    channel: grpc.aio.Channel
    manager: DriverManagerServiceStub
    internal: SidecarServiceStub

    async def until(self, reason: str) -> sidecar_pb2.WatchResponse:
        """Waits until the device's reason is the wanted one."""
        async for message in self.watch():
            if message.metadata["reason"] == reason:
                return message
        raise AssertionError(f"the stream ended before {reason}")

    def watch(self, instance: str = "") -> AsyncIterator[sidecar_pb2.WatchResponse]:
        """What facade and operator hear; with the sidecar's instance, as those who keep its fence open."""
        return watch_sidecar(self.channel, instance)

    def execute(self, tag: str = "job", *, job_id: str = "", **options: str) -> grpc.aio.UnaryUnaryCall:
        """Sends one circuit; the probe notes its tag."""
        payload = pb.CircuitPayload(format=pb.CIRCUIT_FORMAT_AQO_JSON, data=tag.encode())
        request = pb.ExecuteCircuitRequest(
            job_id=job_id, device_id="probe:1", payload=payload, shots=5, options=options
        )
        return self.manager.ExecuteCircuit(request)

    def ledger(self) -> list[str]:
        """What the driver noted so far."""
        file = self.folder / "ledger"
        return file.read_text().splitlines() if file.exists() else []

    async def noted(self, event: str) -> None:
        """Waits until the driver noted an event."""
        while event not in self.ledger():  # noqa: ASYNC110 - a file is all that two processes share here
            await asyncio.sleep(0.01)

    def log(self) -> list[dict[str, str]]:
        """Everything logged so far."""
        return [json.loads(line) for line in (self.folder / "log").read_text().splitlines() if line.startswith("{")]

    async def stop(self) -> int:
        """Orders it to stop and returns its exit code."""
        self.process.send_signal(signal.SIGTERM)
        return await asyncio.to_thread(self.process.wait)


StartSidecar = Callable[..., Awaitable[Sidecar]]


@asynccontextmanager
async def _running(
    folder: Path, spec: Mapping[str, object], settings: Mapping[str, str], program: str
) -> AsyncIterator[Sidecar]:
    device: dict[str, Any] = {"deviceId": "probe:1", "displayName": "Probe", "driver": "probe", **spec}
    if device["driver"] == "probe":
        config = {"ledger": str(folder / "ledger"), "repeatable": True}
        device["driverConfig"] = config | device.get("driverConfig", {})
    (folder / "device.json").write_text(json.dumps(device))
    address = f"unix:{folder}/s"
    environment = {
        **os.environ,
        "QDM_LISTEN": address,
        "QDM_METRICS_LISTEN": "127.0.0.1:0",
        "QDM_DEVICE_FILE": str(folder / "device.json"),
        "QDM_DATA_DIR": str(folder / "data"),
        "QDM_PLUGINS_DIR": str(DRIVERS),
        "QDM_MEMORY_BYTES": str(2 * 1024**3),
        **settings,
    }
    command = [sys.executable, "-c", program]
    with (folder / "log").open("ab") as log:
        process = subprocess.Popen(command, env=environment, stderr=log)  # noqa: ASYNC220
    async with grpc.aio.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
        sidecar = Sidecar(process, folder, channel, DriverManagerServiceStub(channel), SidecarServiceStub(channel))
        try:
            yield sidecar
        finally:
            process.kill()
            process.wait()


@pytest.fixture
async def start_sidecar(tmp_path: Path) -> AsyncIterator[StartSidecar]:
    """Starts sidecars; all of one test share a folder, as restarts do."""
    async with AsyncExitStack() as stack:

        async def start(
            spec: Mapping[str, object] | None = None, *, until: str = "Ready", program: str = PROGRAM, **settings: str
        ) -> Sidecar:
            sidecar = await stack.enter_async_context(_running(tmp_path, spec or {}, settings, program))
            await sidecar.until(until)
            return sidecar

        yield start
