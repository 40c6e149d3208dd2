"""Devices are served, whatever becomes of the operators and of the API server: with real facades and sidecars."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest

from api_tier.calls import code_of, manager_at
from api_tier.client import Client, Json
from api_tier.control_plane import ControlPlane
from api_tier.devices import Devices
from api_tier.hammer import hammering
from api_tier.history import recorded
from api_tier.images import RealSidecar
from api_tier.played_nodes import PlayedNodes
from api_tier.pod_status import restarts
from api_tier.programs import Program, facade, operator
from qdm_cluster.names import DEVICES
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.eigen.internal.v1.driver_manager_pb2_grpc import DriverManagerServiceStub

DRIVERS = Path(__file__).parent / "drivers"

# What a sidecar may take to start on a busy machine; one with the simulator needs 2 to 4 s on an idle one.
START_SECONDS = 30.0

# The bound for another operator to take over from one that was killed.
TAKEOVER_SECONDS = 20.0

# Longer than the fence, than a Lease, and than a sidecar may be silent.
AWAY_SECONDS = 20.0

LEADING = 'leader_election_master_status{name="qdm-operator"}'

BELL = b'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nh q[0];\ncx q[0], q[1];\n'
SHOTS = 1000

# Of a fair coin, 1,000 throws give less than 370 or more than 630 heads once in 10^15 times.
FEWEST_SHOTS = 370


@dataclass
class Scene:
    """One namespace with two nodes."""

    devices: Devices
    kubeconfig: Path
    folder: Path

    @asynccontextmanager
    async def operator(self, identity: str) -> AsyncIterator[Program]:
        """Runs one replica of the operator."""
        ours = {"QDM_NAMESPACE": self.devices.namespace, "QDM_LEASE_NAMESPACE": self.devices.namespace}
        async with operator(self.folder / identity, self.kubeconfig, identity=identity, **ours) as program:
            await program.until_healthy()
            yield program

    @asynccontextmanager
    async def facade(self) -> AsyncIterator[Program]:
        """Runs a facade."""
        async with facade(self.folder, self.kubeconfig, QDM_NAMESPACE=self.devices.namespace) as program:
            await program.until_healthy()
            yield program

    async def ready(self, name: str, **spec: Any) -> Json:
        """Makes or changes a device without an engine, waits until it takes jobs, and returns its pod."""
        await self.devices.apply(name, driver="ledger", **spec)
        await self.devices.until_ready(name, seconds=START_SECONDS)
        return await self.devices.until_pod(name)

    async def pods_as_they_were(self, *pods: Json) -> None:
        """Asserts that these are all pods, and that no container of theirs was started again."""
        now = {pod["metadata"]["uid"]: restarts(pod) for pod in await self.devices.pods()}
        assert now == {pod["metadata"]["uid"]: 0 for pod in pods}


@pytest.fixture
async def scene(control_plane: ControlPlane, client: Client, namespace: str, tmp_path: Path) -> AsyncIterator[Scene]:
    sidecar = RealSidecar({"QDM_PLUGINS_DIR": str(DRIVERS)})
    async with PlayedNodes(control_plane.kubeconfig, tmp_path / "nodes", default=sidecar):
        yield Scene(Devices(client, namespace), control_plane.kubeconfig, tmp_path)


async def bell_pair(manager: DriverManagerServiceStub, device_id: str) -> dict[str, int]:
    """Runs a Bell pair as soon as the device takes it, and returns its counts."""
    payload = pb.CircuitPayload(format=pb.CIRCUIT_FORMAT_QASM3_TEXT, data=BELL)
    request = pb.ExecuteCircuitRequest(device_id=device_id, payload=payload, shots=SHOTS)
    while True:
        try:
            return dict((await manager.ExecuteCircuit(request)).counts)
        except grpc.aio.AioRpcError as error:
            if code_of(error) not in {grpc.StatusCode.NOT_FOUND, grpc.StatusCode.UNAVAILABLE}:
                raise
            await asyncio.sleep(0.1)


async def until_leading(program: Program) -> None:
    """Waits until an operator leads."""
    async with asyncio.timeout(TAKEOVER_SECONDS):
        while (await program.metrics()).get(LEADING) != 1:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.1)


async def test_a_device_that_is_applied_while_the_leader_dies_is_served_in_time(scene: Scene) -> None:
    async with (
        scene.facade() as front,
        scene.operator("first") as first,
        manager_at(front.address) as manager,
    ):
        await until_leading(first)
        async with scene.operator("second"):
            first.kill()
            await scene.devices.apply("sim", deviceId="sim:local")
            async with asyncio.timeout(TAKEOVER_SECONDS + START_SECONDS):
                counts = await bell_pair(manager, "sim:local")
            assert counts.keys() == {"00", "11"}
            assert min(counts.values()) > FEWEST_SHOTS
            await scene.devices.until_ready("sim", seconds=START_SECONDS)


async def test_without_any_operator_calls_go_on_and_what_was_changed_is_caught_up_on(scene: Scene) -> None:
    async with scene.facade() as front, AsyncExitStack() as stack:
        async with scene.operator("former") as former:
            kept, changed = await scene.ready("kept"), await scene.ready("changed")
            parked = await scene.ready("parked")
            await scene.ready("deleted")
            await former.stop()
        callers = await stack.enter_async_context(hammering(front.address, "kept"))
        await scene.devices.apply("added", driver="ledger")
        await scene.devices.apply("changed", driver="ledger", driverConfig={"qubits": 7})
        await scene.devices.apply("parked", driver="ledger", availability="Maintenance")
        await scene.devices.delete("deleted")
        await callers.until_served(seconds=START_SECONDS)
        async with scene.operator("next"):
            added = await scene.ready("added")
            await scene.devices.until_ready("changed", seconds=START_SECONDS)
            assert (await scene.devices.get("changed"))["status"]["qubits"] == 7
            await scene.devices.until("parked", "Ready", "Maintenance", seconds=START_SECONDS)
            await callers.until_served(seconds=START_SECONDS)
            replaced = await scene.devices.until_pod("changed", other_than=changed["metadata"]["uid"])
            await scene.devices.client.wait_for(
                DEVICES.path(scene.devices.namespace, "deleted"), lambda obj: obj is None, seconds=START_SECONDS
            )
            async with asyncio.timeout(START_SECONDS):
                while await scene.devices.pod("deleted") is not None:  # noqa: ASYNC110 - the cluster's own pace
                    await asyncio.sleep(0.1)
            await scene.pods_as_they_were(kept, parked, added, replaced)
        assert set(callers.codes) == {grpc.StatusCode.OK}


async def test_an_api_server_that_is_away_costs_no_call_and_no_restart(
    scene: Scene, control_plane: ControlPlane
) -> None:
    async with scene.facade() as front, scene.operator("only") as only, AsyncExitStack() as stack:
        pods = [await scene.ready("one"), await scene.ready("two")]
        hammers = [await stack.enter_async_context(hammering(front.address, name)) for name in ("one", "two")]
        histories = [
            await stack.enter_async_context(recorded(scene.devices.client, scene.devices.namespace, name))
            for name in ("one", "two")
        ]
        async with control_plane.api_server_away():
            await asyncio.sleep(AWAY_SECONDS)
            for hammer in hammers:
                await hammer.until_served(seconds=START_SECONDS)
        await until_leading(only)
        third = await scene.ready("three")
        for name in ("one", "two"):
            await scene.devices.until_ready(name, seconds=START_SECONDS)
        for hammer in hammers:
            await hammer.until_served(seconds=START_SECONDS)
        await scene.pods_as_they_were(*pods, third)
        assert [set(hammer.codes) for hammer in hammers] == [{grpc.StatusCode.OK}] * 2
        assert [history.reasons("Ready") for history in histories] == [{"Ready"}] * 2
