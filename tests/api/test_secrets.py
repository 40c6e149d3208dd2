"""A credential stays where it was put: nothing that can be read elsewhere shows it, however careless a driver is."""

import json
import secrets
from base64 import b64encode
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest

from api_tier.calls import job, manager_at
from api_tier.client import Client, Json, condition
from api_tier.control_plane import ControlPlane
from api_tier.devices import Devices
from api_tier.images import SECRETS, RealSidecar
from api_tier.played_nodes import PlayedNodes
from api_tier.pod_status import restarts
from api_tier.programs import Program, facade, operator
from qdm_cluster.names import CONFIG_MAPS, DEVICES, EVENTS, PODS
from qdm_common.rpc import status_of
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb

DRIVERS = Path(__file__).parent / "drivers"

# What a sidecar may take to start on a busy machine.
START_SECONDS = 30.0

# What an operator may take to hear of a change and to write it down.
TOLD_SECONDS = 10.0

MASKED = "***"


@dataclass
class Scene:
    """An operator and a facade in one namespace, and the value that nobody may see."""

    devices: Devices
    front: Program
    folder: Path
    value: str

    async def apply(self, start: str) -> None:
        """Makes or changes a device that mounts the Secret, whose driver starts as it is told."""
        await self.devices.apply("dev", driver="leaky", driverConfig={"start": start}, secretRef={"name": "login"})

    async def keep_secret(self) -> None:
        """Makes the Secret, as its owner does."""
        data = {"token": b64encode(self.value.encode()).decode()}
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "login"}, "data": data}
        await self.devices.client.create(SECRETS.path(self.devices.namespace), secret)

    async def until(self, reason: str, seconds: float) -> Json:
        """Waits until Ready has a reason, and returns that condition."""
        return condition(await self.devices.until("dev", "Ready", reason, seconds=seconds), "Ready")

    def logs(self) -> str:
        """All that operator, facade and sidecars ever logged."""
        return "\n".join(log.read_text() for log in sorted(self.folder.rglob("*.log")))

    async def objects(self) -> str:
        """All that stands in the namespace, but the Secret itself."""
        kinds = (DEVICES, PODS, CONFIG_MAPS, EVENTS)
        found = [await self.devices.client.list(kind.path(self.devices.namespace)) for kind in kinds]
        assert all(found)
        return json.dumps(found, ensure_ascii=False)


@pytest.fixture
async def scene(control_plane: ControlPlane, client: Client, namespace: str, tmp_path: Path) -> AsyncIterator[Scene]:
    sidecar = RealSidecar({"QDM_PLUGINS_DIR": str(DRIVERS)})
    ours = {"QDM_NAMESPACE": namespace}
    kubeconfig = control_plane.kubeconfig
    async with (
        PlayedNodes(kubeconfig, tmp_path / "nodes", default=sidecar),
        operator(tmp_path, kubeconfig, QDM_LEASE_NAMESPACE=namespace, **ours) as control,
        facade(tmp_path, kubeconfig, **ours) as front,
    ):
        await control.until_healthy()
        await front.until_healthy()
        yield Scene(Devices(client, namespace), front, tmp_path, f'unmistakable "{secrets.token_hex(16)}"\\n')


async def answer_of(call: Any) -> str:
    """All that a caller gets to see of a call, whether it succeeds or fails."""
    try:
        return str(await call)
    except grpc.aio.AioRpcError as error:
        return f"{error} {status_of(error)} {error.trailing_metadata()}"


async def test_a_credential_shows_nowhere_whatever_its_driver_says(scene: Scene) -> None:
    await scene.keep_secret()
    told = []
    for start, reason in (
        ("bug", "DriverUnusable"),
        ("unavailable", "BackendUnavailable"),
        ("invalid", "ConfigInvalid"),
    ):
        await scene.apply(start)
        await scene.devices.until("dev", "Progressing", "Settled", seconds=START_SECONDS)
        told.append((await scene.until(reason, START_SECONDS))["message"])
    await scene.apply("well")
    await scene.devices.until_ready("dev", seconds=START_SECONDS)
    async with manager_at(scene.front.address) as manager:
        calls = (
            *(
                manager.ExecuteCircuit(job("dev", job=how))
                for how in ("well", "bug", "unavailable", "invalid", "precondition")
            ),
            manager.CalibrateDevice(pb.CalibrateDeviceRequest(device_id="dev")),
            manager.GetDeviceStatus(pb.DeviceStatusRequest(device_id="dev")),
            manager.ListDevices(pb.ListDevicesRequest()),
        )
        told += [await answer_of(call) for call in calls]
    seen = {"messages": "\n".join(told), "objects": await scene.objects(), "logs": scene.logs()}
    core = scene.value.split('"')[1]
    assert [where for where, text in seen.items() if core in text] == []
    # It was there to be seen: only its own place is empty.
    assert "the backend refused ***" in seen["objects"]
    assert "the backend refused ***" in seen["logs"]
    assert "logged in with ***" in seen["logs"]
    assert all(MASKED in text or "internal error" in text for text in told), told


async def test_a_device_waits_for_its_secret(scene: Scene) -> None:
    await scene.apply("well")
    told = await scene.devices.client.wait_for(
        DEVICES.path(scene.devices.namespace, "dev"),
        lambda obj: "Secret 'login'" in condition(obj, "Ready").get("message", ""),
        seconds=TOLD_SECONDS,
    )
    assert condition(told, "Ready")["reason"] == "SidecarStarting"
    await scene.keep_secret()
    await scene.devices.until_ready("dev", seconds=START_SECONDS)
    assert restarts(await scene.devices.pod("dev")) == 0
