"""A real facade process, and sidecars that a test plays: in its own process, or in one that can be killed."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from qdm_common.server import ChannelOptions
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2

SERVICE = "eigen.internal.v1.DriverManagerService"
HEARTBEAT_SECONDS = 0.05

Context = grpc.aio.ServicerContext[Any, Any]
Handler = Callable[[bytes, Context], Awaitable[bytes]]


async def echo(request: bytes, _context: Context) -> bytes:
    """Answers with the request itself."""
    return request


@dataclass
class PlayedSidecar:
    """A sidecar inside the test."""

    device_id: str
    address: str
    forwarded: Handler = echo
    options: ChannelOptions = field(default_factory=lambda: [("grpc.so_reuseport", 0)])
    requests: list[bytes] = field(default_factory=list)
    talking: asyncio.Event = field(default_factory=asyncio.Event)
    server: grpc.aio.Server | None = None

    async def start(self) -> None:
        """Serves from now on."""
        self.talking.set()
        methods: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
            name: grpc.unary_unary_rpc_method_handler(self._handle) for name in ("ExecuteCircuit", "CalibrateDevice")
        }
        watch: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
            "Watch": grpc.stream_stream_rpc_method_handler(self._watch)
        }
        self.server = grpc.aio.server(options=self.options)
        self.server.add_generic_rpc_handlers(
            (
                grpc.method_handlers_generic_handler(SERVICE, methods),
                grpc.method_handlers_generic_handler("qdm.sidecar.v1.SidecarService", watch),
            )
        )
        self.server.add_insecure_port(self.address)
        await self.server.start()

    async def stop(self) -> None:
        """Goes away, and its calls with it."""
        if self.server is not None:
            await self.server.stop(None)
            self.server = None

    async def _handle(self, request: bytes, context: Context) -> bytes:
        self.requests.append(request)
        return await self.forwarded(request, context)

    async def _watch(self, _requests: AsyncIterator[bytes], _context: Context) -> AsyncIterator[bytes]:
        device = pb.DeviceInfo(device_id=self.device_id, name="Played", status=pb.DEVICE_STATUS_ONLINE, queue_depth=0)
        report = sidecar_pb2.WatchResponse(device=device, metadata={"reason": "Ready", "driver": "played"})
        while True:
            await self.talking.wait()
            yield report.SerializeToString()
            await asyncio.sleep(HEARTBEAT_SECONDS)


@dataclass
class Facade:
    """A running facade, and a channel to it."""

    process: subprocess.Popen[bytes]
    address: str
    channel: grpc.aio.Channel
    log_file: Path

    def call(self, method: str, request: bytes, **how: Any) -> "grpc.aio.UnaryUnaryCall[bytes, bytes]":
        """Sends raw bytes."""
        path = f"/{SERVICE}/{method}"
        forward: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = self.channel.unary_unary(path)
        return forward(request, **how)

    async def status(self, device_id: str) -> pb.DeviceStatusResponse:
        """What GetDeviceStatus says."""
        request = pb.DeviceStatusRequest(device_id=device_id).SerializeToString()
        return pb.DeviceStatusResponse.FromString(await self.call("GetDeviceStatus", request))

    async def until(self, device_id: str, reason: str) -> pb.DeviceStatusResponse:
        """Waits until the device's reason is the wanted one."""
        while (status := await self.status(device_id)).metadata["reason"] != reason:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.01)
        return status

    async def until_health(self, wanted: int) -> None:
        """Waits until health says so."""
        stub: Any = health_pb2_grpc.HealthStub(self.channel)
        async for message in stub.Watch(health_pb2.HealthCheckRequest(service=SERVICE), wait_for_ready=True):
            if message.status == wanted:
                return
        raise AssertionError("the facade is gone")

    def terminate(self) -> None:
        """Asks it to stop."""
        self.process.send_signal(signal.SIGTERM)

    async def until_closed(self) -> None:
        """Waits until it takes no more connections."""
        with suppress(OSError):
            while True:
                _, writer = await asyncio.open_unix_connection(self.address.removeprefix("unix:"))
                writer.close()
                await asyncio.sleep(0.01)

    async def ended(self) -> int:
        """Waits for its exit code."""
        return await asyncio.to_thread(self.process.wait)

    def log(self) -> list[dict[str, Any]]:
        """Everything logged so far."""
        return [json.loads(line) for line in self.log_file.read_text().splitlines()]


@pytest.fixture
async def played(tmp_path: Path) -> AsyncIterator[Callable[[str], PlayedSidecar]]:
    """Makes sidecars, not yet started."""
    sidecars: list[PlayedSidecar] = []

    def make(device_id: str) -> PlayedSidecar:
        sidecars.append(PlayedSidecar(device_id, f"unix:{tmp_path}/{len(sidecars)}"))
        return sidecars[-1]

    yield make
    for sidecar in sidecars:
        await sidecar.stop()


@pytest.fixture
async def start_facade(tmp_path: Path) -> AsyncIterator[Callable[..., Awaitable[Facade]]]:
    """Starts facades in front of addresses by device_id, and waits until they serve."""
    async with AsyncExitStack() as stack:

        async def start(routes: dict[str, str], *, stdin: int | None = None, **settings: str) -> Facade:
            entries = [{"device_id": device_id, "address": address} for device_id, address in routes.items()]
            (tmp_path / "routes.json").write_text(json.dumps({"routes": entries}))
            address = f"unix:{tmp_path}/f"
            environment = {
                **os.environ,
                "QDM_LISTEN": address,
                "QDM_METRICS_LISTEN": "127.0.0.1:0",
                "QDM_ROUTES_FILE": str(tmp_path / "routes.json"),
                "QDM_DRAIN_SECONDS": "0",
                **settings,
            }
            command = [sys.executable, "-c", "from qdm_facade.main import main; main()"]
            log_file = tmp_path / "facade.log"
            with log_file.open("ab") as log:
                process = subprocess.Popen(command, env=environment, stderr=log, stdin=stdin)  # noqa: ASYNC220
            stack.callback(process.wait)
            stack.callback(process.kill)
            options = [
                ("grpc.use_local_subchannel_pool", 1),
                ("grpc.max_send_message_length", -1),
                ("grpc.initial_reconnect_backoff_ms", 100),
                ("grpc.min_reconnect_backoff_ms", 100),
                ("grpc.max_reconnect_backoff_ms", 200),
            ]
            channel = await stack.enter_async_context(grpc.aio.insecure_channel(address, options))
            facade = Facade(process, address, channel, log_file)
            await facade.until_health(health_pb2.HealthCheckResponse.SERVING)
            return facade

        yield start
