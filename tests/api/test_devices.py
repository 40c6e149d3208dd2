"""What a device's status says and what its owner can change, with an operator and real sidecars.

A sidecar of the ledger driver answers in about 2 s here. START_SECONDS is what one may take on a busy machine.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import pytest

from api_tier.calls import SHOTS, job, manager_at
from api_tier.client import Client, Json, condition
from api_tier.control_plane import ControlPlane
from api_tier.devices import Devices
from api_tier.fault_proxy import FaultProxy
from api_tier.history import recorded
from api_tier.images import RealSidecar
from api_tier.played_nodes import PlayedNodes
from api_tier.pod_status import process_id, restarts
from api_tier.programs import Program, operator
from qdm_cluster.names import DEVICES, EVENTS, PODS, pod_name
from qdm_common.sidecar_watch import watch_sidecar
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2

DRIVERS = Path(__file__).parent / "drivers"

START_SECONDS = 30.0

# What an operator may take to hear of a change and to write it down.
TOLD_SECONDS = 10.0

# A stream that is dead ends 15 s after its last sign of life, and 15 s without a word make a sidecar silent.
SILENT_SECONDS = 35.0

# A killed container is started again after 1 s here, and begins anew.
RESTART_SECONDS = 1.0 + START_SECONDS

LOOKS = 'controller_runtime_reconcile_total{controller="quantumdevice",result="success"}'


@pytest.fixture(autouse=True)
async def nodes(control_plane: ControlPlane, tmp_path: Path) -> AsyncIterator[PlayedNodes]:
    sidecar = RealSidecar({"QDM_PLUGINS_DIR": str(DRIVERS)})
    async with PlayedNodes(control_plane.kubeconfig, tmp_path / "nodes", default=sidecar) as nodes:
        yield nodes


@dataclass
class Owner:
    """The owner of a namespace's devices; its operator is behind ``proxy``."""

    devices: Devices
    proxy: FaultProxy
    program: Program

    async def apply(self, **spec: Any) -> Json:
        """Makes or changes the one device."""
        return await self.devices.apply("dev", **{"driver": "ledger", **spec})

    async def ready(self, **spec: Any) -> Json:
        """Makes or changes the one device, and waits until it takes jobs."""
        await self.apply(**spec)
        return await self.devices.until_ready("dev", seconds=START_SECONDS)

    async def until(self, kind: str, reason: str, seconds: float = TOLD_SECONDS) -> Json:
        """Waits until a condition has a reason, and returns that condition."""
        return condition(await self.devices.until("dev", kind, reason, seconds=seconds), kind)

    async def status(self) -> Json:
        """What the device's status says now."""
        status: Json = (await self.devices.get("dev"))["status"]
        return status

    async def pod(self) -> Json:
        """The device's pod as it is now."""
        return await self.devices.until_pod("dev")

    async def until_restarted(self, times: int = 1) -> Json:
        """Waits until the pod's container was started again so many times and runs."""
        path = PODS.path(self.devices.namespace, pod_name("dev"))

        def runs_again(pod: Json | None) -> bool:
            states = (pod or {}).get("status", {}).get("containerStatuses", [{}])
            return restarts(pod) == times and "running" in states[0].get("state", {})

        pod = await self.devices.client.wait_for(path, runs_again, seconds=RESTART_SECONDS)
        assert pod is not None
        return pod

    async def takes_jobs(self) -> bool:
        """Runs a job on the device's sidecar."""
        async with manager_at((await self.status())["address"]) as manager:
            return dict((await manager.ExecuteCircuit(job("dev"))).counts) == {"0": SHOTS}


@asynccontextmanager
async def looked_after(folder: Path, proxy: FaultProxy, namespace: str) -> AsyncIterator[Program]:
    settings = {"QDM_NAMESPACE": namespace, "QDM_LEASE_NAMESPACE": namespace}
    async with operator(folder, proxy.kubeconfig, **settings) as program:
        await program.until_healthy()
        yield program


@pytest.fixture
async def owner(proxy: FaultProxy, client: Client, namespace: str, tmp_path: Path) -> AsyncIterator[Owner]:
    async with looked_after(tmp_path, proxy, namespace) as program:
        yield Owner(Devices(client, namespace), proxy, program)


def uid(pod: Json) -> str:
    return str(pod["metadata"]["uid"])


def written(proxy: FaultProxy) -> list[str]:
    """Everything that an operator changed, beside its Lease."""
    return [f"{request.verb} {request.path}" for request in proxy.writes() if "/leases" not in request.path]


async def heard_at(pod: Json) -> sidecar_pb2.WatchResponse:
    """What a pod's sidecar says to somebody who only observes."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    async with AsyncExitStack() as stack:
        channel = await stack.enter_async_context(grpc.aio.insecure_channel(f"{pod['status']['podIP']}:50061", options))
        return await anext(watch_sidecar(channel, ""))


async def test_a_device_becomes_ready_and_says_what_it_is(owner: Owner) -> None:
    status = (await owner.ready(deviceId="lab:dev", driverConfig={"qubits": 5}))["status"]
    pod = await owner.pod()
    assert {condition["type"]: condition["status"] for condition in status["conditions"]} == {
        "Ready": "True",
        "ConfigValid": "True",
        "Progressing": "False",
    }
    del status["conditions"]
    assert status == {
        "observedGeneration": 1,
        "deviceId": "lab:dev",
        "state": "Online",
        "pod": {"name": "dev-sidecar", "uid": uid(pod), "node": pod["spec"]["nodeName"]},
        "address": f"{pod['status']['podIP']}:50061",
        "driverVersion": "4.2",
        "qubits": 5,
    }


async def test_a_first_start_with_a_wrong_configuration_is_told_and_not_retried(owner: Owner) -> None:
    await owner.apply(driverConfig={"qubits": 0})
    told = await owner.until("ConfigValid", "ConfigInvalid", START_SECONDS)
    assert told["status"] == "False"
    assert "driverConfig.qubits" in told["message"]
    ready = await owner.until("Ready", "ConfigInvalid")
    assert (ready["status"], restarts(await owner.pod())) == ("False", 0)
    assert (await owner.status())["state"] == "Error"
    await owner.ready(driverConfig={"qubits": 2})
    assert (await owner.status())["qubits"] == 2


async def test_a_wrong_change_of_the_configuration_leaves_the_running_pod_alone(owner: Owner) -> None:
    await owner.devices.apply("other", driver="ledger")
    await owner.ready(driverConfig={"qubits": 2})
    await owner.devices.until_ready("other", seconds=START_SECONDS)
    pod, other = await owner.pod(), await owner.devices.until_pod("other")

    await owner.apply(driverConfig={"qubits": 3, "job_seconds": -1})
    told = await owner.until("ConfigValid", "ConfigInvalid")
    assert told["status"] == "False"
    assert "driverConfig.job_seconds" in told["message"]
    assert (await owner.until("Progressing", "ConfigInvalid"))["status"] == "False"
    assert (await owner.until("Ready", "Ready"))["status"] == "True"
    assert await owner.takes_jobs()
    assert uid(await owner.pod()) == uid(pod)

    await owner.ready(driverConfig={"qubits": 4, "job_seconds": 0})
    assert (await owner.status())["qubits"] == 4
    assert uid(await owner.pod()) != uid(pod)
    assert uid(await owner.devices.until_pod("other")) == uid(other)


async def test_a_driver_that_is_not_installed_is_said_and_another_takes_its_place(owner: Owner) -> None:
    await owner.apply(driver="imaginary")
    told = await owner.until("Ready", "DriverUnusable", START_SECONDS)
    assert told["status"] == "False"
    assert "no driver 'imaginary' is installed" in told["message"]
    assert "ledger" in told["message"]
    pod = await owner.pod()
    assert restarts(pod) == 0
    await owner.apply()
    await owner.devices.until_pod("dev", other_than=uid(pod), seconds=TOLD_SECONDS)
    await owner.ready()


async def test_a_driver_that_ends_its_process_harms_no_sidecar_and_is_said(owner: Owner) -> None:
    await owner.apply(driverConfig={"exits": True})
    told = await owner.until("Ready", "DriverUnusable", START_SECONDS)
    assert "exit code 3" in told["message"]
    assert restarts(await owner.pod()) == 0
    await owner.ready(driverConfig={"exits": False})


async def test_availability_is_changed_without_a_restart(owner: Owner) -> None:
    await owner.ready()
    pod = await owner.pod()
    for availability, reason in (("Maintenance", "Maintenance"), ("Offline", "Offline"), ("Online", "Ready")):
        await owner.apply(availability=availability)
        await owner.until("Ready", reason)
        assert (await owner.status())["state"] == availability
    await owner.until("Progressing", "Settled")
    assert await owner.takes_jobs()
    now = await owner.pod()
    assert (uid(now), restarts(now), process_id(now)) == (uid(pod), 0, process_id(pod))


async def test_availability_survives_the_container_with_and_without_an_operator(owner: Owner) -> None:
    await owner.ready()
    await owner.apply(availability="Maintenance")
    await owner.until("Ready", "Maintenance")
    os.kill(process_id(await owner.pod()), signal.SIGKILL)
    await owner.until_restarted()
    await owner.until("Ready", "Maintenance", RESTART_SECONDS)

    await owner.program.stop()
    os.kill(process_id(await owner.pod()), signal.SIGKILL)
    pod = await owner.until_restarted(2)
    async with asyncio.timeout(START_SECONDS):
        assert (await heard_at(pod)).availability == sidecar_pb2.AVAILABILITY_MAINTENANCE


@pytest.mark.parametrize("qubits", [3, 0])
async def test_a_new_operator_finds_all_as_it_was_and_writes_nothing(owner: Owner, tmp_path: Path, qubits: int) -> None:
    await owner.ready()
    await owner.apply(driverConfig={"qubits": qubits})
    await owner.until("Progressing", "Settled" if qubits else "ConfigInvalid", START_SECONDS)
    await owner.until("Ready", "Ready", START_SECONDS)
    pod = await owner.pod()
    await owner.program.stop()
    owner.proxy.forget()
    async with looked_after(tmp_path / "next", owner.proxy, owner.devices.namespace) as program:
        # It looks at the namespace and at the device, and at the device again when its sidecar has spoken.
        async with asyncio.timeout(START_SECONDS):
            while (await program.metrics()).get(LOOKS, 0) < 3:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)
    assert written(owner.proxy) == []
    assert uid(await owner.pod()) == uid(pod)


async def test_a_restart_of_the_sidecar_is_no_occasion_for_a_wrong_configuration(owner: Owner) -> None:
    await owner.ready()
    await owner.apply(driverConfig={"qubits": 0})
    await owner.until("Progressing", "ConfigInvalid")
    pod = await owner.pod()
    os.kill(process_id(pod), signal.SIGKILL)
    await owner.until_restarted()
    await owner.until("Ready", "Ready", RESTART_SECONDS)
    assert await owner.takes_jobs()
    assert uid(await owner.pod()) == uid(pod)


async def test_a_killed_sidecar_comes_back_in_its_pod(owner: Owner) -> None:
    await owner.ready()
    pod = await owner.pod()
    async with recorded(owner.devices.client, owner.devices.namespace, "dev") as history:
        os.kill(process_id(pod), signal.SIGKILL)
        await owner.until_restarted()
        await owner.until("Ready", "Ready", RESTART_SECONDS)
        await owner.until("Progressing", "Settled")
        assert await owner.takes_jobs()
    assert uid(await owner.pod()) == uid(pod)
    answers = [answer for answer, _ in history.answers("Ready")]
    assert answers[0] == answers[-1] == "True", history.answers("Ready")
    assert set(answers[1:-1]) == {"False"}, history.answers("Ready")


async def test_a_frozen_sidecar_is_told_and_forgiven(owner: Owner) -> None:
    await owner.ready()
    pod = await owner.pod()
    os.killpg(process_id(pod), signal.SIGSTOP)
    told = await owner.until("Ready", "SidecarSilent", SILENT_SECONDS)
    assert told["status"] == "Unknown"
    assert (await owner.status())["state"] == "Unknown"
    os.killpg(process_id(pod), signal.SIGCONT)
    await owner.until("Ready", "Ready", START_SECONDS)
    now = await owner.pod()
    assert (uid(now), restarts(now)) == (uid(pod), 0)


async def test_the_last_calibration_is_told(owner: Owner) -> None:
    status = (await owner.ready())["status"]
    assert "lastCalibration" not in status
    async with manager_at(status["address"]) as manager:
        await manager.CalibrateDevice(pb.CalibrateDeviceRequest(device_id="dev"))
    path = DEVICES.path(owner.devices.namespace, "dev")
    await owner.devices.client.wait_for(
        path, lambda obj: obj and "lastCalibration" in obj["status"], seconds=TOLD_SECONDS
    )


async def test_a_queue_that_fills_and_empties_writes_no_status(owner: Owner) -> None:
    status = (await owner.ready(driverConfig={"job_seconds": 0.1}))["status"]
    # Its Events follow the status that says so.
    await owner.devices.client.wait_for(
        EVENTS.path(owner.devices.namespace),
        lambda found: found and {event["reason"] for event in found["items"]} >= {"Ready", "Accepted"},
        seconds=TOLD_SECONDS,
    )
    owner.proxy.forget()
    async with recorded(owner.devices.client, owner.devices.namespace, "dev") as history:
        async with manager_at(status["address"]) as manager:
            answers = await asyncio.gather(*(manager.ExecuteCircuit(job("dev")) for _ in range(20)))
        assert len(answers) == 20
        assert written(owner.proxy) == []
        await owner.apply(availability="Maintenance")
        await owner.until("Ready", "Maintenance")
    # What came after the first sight of it was this last change, and nothing that was late.
    assert [obj["metadata"]["generation"] for obj in history.objects[:2]] == [1, 2]
