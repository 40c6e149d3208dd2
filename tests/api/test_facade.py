"""The facade on a real API server, with real sidecars; pods are made as the operator makes them, but by the test."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2

from api_tier.addresses import pod_addresses
from api_tier.client import Client, Json
from api_tier.control_plane import ControlPlane
from api_tier.devices import Devices
from api_tier.fault_proxy import FaultProxy
from api_tier.images import RealSidecar
from api_tier.played_nodes import PlayedNodes
from api_tier.programs import LIVE, Program, facade
from qdm_cluster.names import GRPC_PORT, PODS, pod_name
from qdm_common.manifest import QuantumDevice
from qdm_common.rpc import status_of
from qdm_common.sidecar_watch import watch_sidecar
from qdm_operator import children
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.eigen.internal.v1.driver_manager_pb2_grpc import DriverManagerServiceStub
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2

FENCE_SECONDS = 2.0
SECONDS = 60.0

BELL = b'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nh q[0];\ncx q[0], q[1];\n'


@pytest.fixture
async def nodes(control_plane: ControlPlane, tmp_path: Path) -> AsyncIterator[PlayedNodes]:
    sidecar = RealSidecar({"QDM_FENCE_SECONDS": str(FENCE_SECONDS)})
    async with PlayedNodes(control_plane.kubeconfig, tmp_path / "nodes", default=sidecar) as nodes:
        yield nodes


@dataclass
class Fleet:
    """The fleet of one namespace: its devices and pods, and the facade in front of them."""

    devices: Devices
    program: Program
    manager: DriverManagerServiceStub

    async def add_pod(self, name: str) -> Json:
        """Makes a device's pod, as the operator does."""
        obj = await self.devices.get(name)
        device = QuantumDevice.read({key: value for key, value in obj.items() if key != "status"})
        client, namespace = self.devices.client, self.devices.namespace
        await client.apply(children.config_map(device, obj), namespace=namespace)
        return await client.create(PODS.path(namespace), children.pod(device, obj, image="simulator"))

    async def delete_pod(self, name: str, *, grace_seconds: int | None = None) -> None:
        """Deletes a device's pod; with a grace of 0 by force, whatever its node does."""
        path = PODS.path(self.devices.namespace, pod_name(name))
        await self.devices.client.delete(path, grace_seconds=grace_seconds)

    async def run(self, device_id: str) -> pb.ExecuteCircuitResponse:
        """Runs a circuit."""
        return await self.manager.ExecuteCircuit(execution(device_id))

    async def until(self, device_id: str, reason: str) -> pb.DeviceStatusResponse:
        """Waits until GetDeviceStatus gives the reason."""
        status = pb.DeviceStatusResponse()
        try:
            async with asyncio.timeout(SECONDS):
                while status.metadata["reason"] != reason:
                    await asyncio.sleep(0.05)
                    if device_id in [device.device_id for device in await self.listed()]:
                        status = await self.manager.GetDeviceStatus(pb.DeviceStatusRequest(device_id=device_id))
        except TimeoutError:
            raise AssertionError(f"waited for {reason}: {status}; {self.program.process.account()}") from None
        return status

    async def until_unknown(self, device_id: str) -> None:
        """Waits until the facade knows of no such device."""
        async with asyncio.timeout(SECONDS):
            while device_id in [device.device_id for device in await self.listed()]:  # noqa: ASYNC110
                await asyncio.sleep(0.05)

    async def listed(self) -> list[pb.DeviceInfo]:
        """What ListDevices says."""
        return list((await self.manager.ListDevices(pb.ListDevicesRequest())).devices)


@asynccontextmanager
async def running(devices: Devices, kubeconfig: Path, folder: Path) -> AsyncIterator[Fleet]:
    """A facade in front of a namespace, not waited for."""
    async with facade(folder, kubeconfig, QDM_NAMESPACE=devices.namespace) as program:
        options = [("grpc.use_local_subchannel_pool", 1)]
        async with grpc.aio.insecure_channel(program.address, options) as channel:
            yield Fleet(devices, program, DriverManagerServiceStub(channel))


@pytest.fixture
def devices(client: Client, namespace: str) -> Devices:
    return Devices(client, namespace)


@pytest.fixture
async def fleet(devices: Devices, control_plane: ControlPlane, tmp_path: Path) -> AsyncIterator[Fleet]:
    async with running(devices, control_plane.kubeconfig, tmp_path) as fleet:
        await fleet.program.until_healthy()
        yield fleet


def execution(device_id: str) -> pb.ExecuteCircuitRequest:
    payload = pb.CircuitPayload(format=pb.CIRCUIT_FORMAT_QASM3_TEXT, data=BELL)
    return pb.ExecuteCircuitRequest(device_id=device_id, payload=payload, shots=10)


async def assert_unavailable(call: Any) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
    assert any(detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR) for detail in status_of(raised.value).details)


@pytest.mark.usefixtures("nodes")
async def test_routes_follow_devices_and_their_pods(fleet: Fleet) -> None:
    assert await fleet.listed() == []
    await fleet.devices.apply("sim", deviceId="sim:local", displayName="Simulator")
    status = await fleet.until("sim:local", "SidecarMissing")
    assert status.status == pb.DEVICE_STATUS_OFFLINE
    assert [device.name for device in await fleet.listed()] == ["Simulator"]
    await assert_unavailable(fleet.run("sim:local"))
    await fleet.add_pod("sim")
    await fleet.until("sim:local", "Ready")
    assert sum((await fleet.run("sim:local")).counts.values()) == 10
    await fleet.delete_pod("sim")
    await fleet.until("sim:local", "SidecarMissing")
    await fleet.devices.delete("sim")
    await fleet.until_unknown("sim:local")


@pytest.mark.usefixtures("nodes")
async def test_calls_go_on_while_the_api_server_is_away_and_then_it_catches_up(
    control_plane: ControlPlane, fleet: Fleet
) -> None:
    await fleet.devices.apply("sim")
    await fleet.add_pod("sim")
    await fleet.until("sim", "Ready")
    loop = asyncio.get_running_loop()
    async with control_plane.api_server_away():
        # Longer than the fence: what keeps it open is not the API server.
        until, calls = loop.time() + 2 * FENCE_SECONDS, 0
        while loop.time() < until:
            assert sum((await fleet.run("sim")).counts.values()) == 10
            calls += 1
    assert calls > 0
    await fleet.devices.apply("late", deviceId="sim:late")
    await fleet.until("sim:late", "SidecarMissing")
    assert sum((await fleet.run("sim")).counts.values()) == 10


async def test_it_serves_nothing_until_it_has_seen_the_cluster(
    devices: Devices, proxy: FaultProxy, tmp_path: Path
) -> None:
    await devices.apply("sim")
    async with running(devices, proxy.kubeconfig, tmp_path) as fleet:
        async with proxy.refusing():
            while not any("watching" in line["message"] for line in logged(fleet.program)):
                assert fleet.program.process.exit_code is None, fleet.program.process.account()
                await asyncio.sleep(0.05)
            assert not await fleet.program.is_healthy()
            assert await fleet.program.is_healthy(LIVE)
            await assert_unavailable(fleet.listed())
            await assert_unavailable(fleet.run("sim"))
        await fleet.program.until_healthy()
        assert [device.device_id for device in await fleet.listed()] == ["sim"]


@dataclass
class PlayedSidecar:
    """A sidecar inside the test that notes who means which instance, each with its connection."""

    device_id: str
    heard: "asyncio.Queue[tuple[str, str]]"

    async def watch(self, requests: AsyncIterator[bytes], context: Any) -> AsyncIterator[bytes]:
        async for data in requests:
            self.heard.put_nowait((sidecar_pb2.WatchRequest.FromString(data).instance, context.peer()))
            device = pb.DeviceInfo(device_id=self.device_id, status=pb.DEVICE_STATUS_ONLINE)
            report = sidecar_pb2.WatchResponse(device=device, metadata={"reason": "Ready"}, beat=1)
            yield report.SerializeToString()
            await asyncio.sleep(0.05)


async def test_a_new_pod_at_an_old_address_gets_a_connection_of_its_own_and_is_meant_by_its_own_uid(
    client: Client, fleet: Fleet
) -> None:
    address = next(pod_addresses())
    played = PlayedSidecar("sim", asyncio.Queue())
    methods: dict[str, grpc.RpcMethodHandler[bytes, bytes]] = {
        "Watch": grpc.stream_stream_rpc_method_handler(played.watch)
    }
    server = grpc.aio.server()
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler("qdm.sidecar.v1.SidecarService", methods),))
    server.add_insecure_port(f"{address}:{GRPC_PORT}")
    await server.start()
    try:
        await fleet.devices.apply("sim")
        connections = []
        for _ in range(2):
            # No node takes it, so that its status is the test's.
            pod = await fleet.add_pod("sim")
            status = {"status": {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}]}}
            await client.patch(PODS.path(fleet.devices.namespace, pod_name("sim"), "status"), status)
            async with asyncio.timeout(SECONDS):
                while (meant := await played.heard.get())[0] != pod["metadata"]["uid"]:
                    assert meant in connections
            connections.append(meant)
            await fleet.until("sim", "Ready")
            await fleet.delete_pod("sim", grace_seconds=0)
        assert len({instance for instance, _ in connections}) == len({peer for _, peer in connections}) == 2
    finally:
        await server.stop(None)


async def test_a_sidecar_whose_pod_was_deleted_by_force_works_no_more_though_it_runs_on(
    fleet: Fleet, nodes: PlayedNodes
) -> None:
    await fleet.devices.apply("sim")
    pod = await fleet.add_pod("sim")
    await fleet.until("sim", "Ready")
    assert sum((await fleet.run("sim")).counts.values()) == 10
    pod = await fleet.devices.until_pod("sim")
    for kubelet in nodes.kubelets.values():
        await kubelet.freeze()
    await fleet.delete_pod("sim", grace_seconds=0)
    await fleet.until("sim", "SidecarMissing")
    options = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.insecure_channel(f"{pod['status']['podIP']}:{GRPC_PORT}", options) as orphan:
        async with asyncio.timeout(SECONDS):
            async for report in watch_sidecar(orphan, ""):
                if not report.held:
                    break
        assert report.metadata["reason"] == "Fenced"
        await assert_unavailable(DriverManagerServiceStub(orphan).ExecuteCircuit(execution("sim")))


def logged(program: Program) -> list[dict[str, Any]]:
    return program.log() if program.process.log.exists() else []
