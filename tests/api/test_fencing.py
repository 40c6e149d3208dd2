"""At most one pod talks to the hardware, whatever becomes of pods, nodes, operators and facades.

The ledger driver notes every use of the device; its lock, which the kernel holds for as long as its process lives,
notes a use that was shared.
"""

import asyncio
import itertools
import json
import os
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import pytest

from api_tier.calls import SHOTS, code_of, job, manager_at
from api_tier.client import Client, Json
from api_tier.control_plane import ControlPlane
from api_tier.devices import Devices
from api_tier.hammer import hammering
from api_tier.history import recorded
from api_tier.images import RealSidecar
from api_tier.played_nodes import PlayedNodes
from api_tier.pod_status import process_id, restarts
from api_tier.programs import Program, facade, operator
from qdm_cluster.names import PODS, pod_name
from qdm_common.sidecar_watch import watch_sidecar

DRIVERS = Path(__file__).parent / "drivers"

# What a sidecar may take to start on a busy machine.
START_SECONDS = 30.0

# A fence as it is unless somebody sets it, and what may pass between its end and the operator's knowing of it.
FENCE_SECONDS = 15.0
KNOWN_SECONDS = 5.0

# A pod that cannot be asked any more is waited for so long.
LOST_SECONDS = 20.0

SHORT_FENCE_SECONDS = 4.0


class Use(NamedTuple):
    """A use of the device, by the clock of the machine; ``end`` is its start where the process was killed in it."""

    instance: str
    what: str
    start: float
    end: float


@dataclass
class Scene:
    """Two nodes and the programs of the control path, in one namespace."""

    devices: Devices
    nodes: PlayedNodes
    kubeconfig: Path
    folder: Path

    @property
    def ledger(self) -> Path:
        """The device's ledger."""
        return self.folder / "ledger"

    async def apply(self, name: str = "dev", *, job_seconds: float = 0.1, **spec: Any) -> None:
        """Makes or changes a device that has this scene's ledger."""
        config = {"ledger": str(self.ledger), "job_seconds": job_seconds}
        await self.devices.apply(name, driver="ledger", driverConfig=config, **spec)

    async def ready(self, name: str = "dev", *, seconds: float = START_SECONDS, **spec: Any) -> Json:
        """Makes or changes a device, waits until it takes jobs, and returns its pod."""
        await self.apply(name, **spec)
        await self.devices.until_ready(name, seconds=seconds)
        return await self.devices.until_pod(name)

    @asynccontextmanager
    async def operator(self, name: str = "operator") -> AsyncIterator[Program]:
        """Runs an operator."""
        settings = {"QDM_NAMESPACE": self.devices.namespace, "QDM_LEASE_NAMESPACE": self.devices.namespace}
        async with operator(self.folder / name, self.kubeconfig, **settings) as program:
            await program.until_healthy()
            yield program

    @asynccontextmanager
    async def facade(self, name: str = "facade") -> AsyncIterator[Program]:
        """Runs a facade."""
        async with facade(self.folder / name, self.kubeconfig, QDM_NAMESPACE=self.devices.namespace) as program:
            await program.until_healthy()
            yield program

    async def lose(self, pod: Json) -> None:
        """Cuts off the pod's node, where its containers run on, and deletes the pod by force."""
        await self.nodes.kubelets[pod["spec"]["nodeName"]].freeze()
        metadata = pod["metadata"]
        await self.devices.client.delete(PODS.path(metadata["namespace"], metadata["name"]), grace_seconds=0)

    async def successor(self, pod: Json, *, seconds: float) -> Json:
        """Waits for the pod after this one, and until the device takes jobs on it."""
        await self.devices.until_pod("dev", other_than=uid(pod), seconds=seconds)
        await self.devices.until_ready("dev", seconds=START_SECONDS)
        return await self.devices.until_pod("dev")

    def uses(self) -> list[Use]:
        """All uses of the device, in the order in which they began."""
        begun: dict[tuple[int, str], Use] = {}
        ended = []
        for line in map(json.loads, self.ledger.read_text().splitlines()):
            assert line["event"] != "shared", f"another process had the device: {line}"
            use = line["pid"], line["what"]
            if line["event"] == "start":
                begun[use] = Use(line["instance"], line["what"], line["at"], line["at"])
            else:
                ended.append(begun.pop(use)._replace(end=line["at"]))
        return sorted([*ended, *begun.values()], key=lambda use: use.start)

    def assert_used_in_turn(self, *pods: Json) -> None:
        """Asserts that these pods ran jobs, no other did, and that each had ended when the next began."""
        uses = self.uses()
        assert {use.instance for use in uses if use.what == "job"} == {uid(pod) for pod in pods}
        for former, latter in itertools.pairwise(pods):
            end = max(use.end for use in uses if use.instance == uid(former))
            start = min(use.start for use in uses if use.instance == uid(latter))
            assert end < start


@asynccontextmanager
async def played(
    control_plane: ControlPlane, client: Client, namespace: str, folder: Path, fence_seconds: float
) -> AsyncIterator[Scene]:
    sidecar = RealSidecar({"QDM_PLUGINS_DIR": str(DRIVERS), "QDM_FENCE_SECONDS": str(fence_seconds)})
    async with PlayedNodes(control_plane.kubeconfig, folder / "nodes", default=sidecar) as nodes:
        yield Scene(Devices(client, namespace), nodes, control_plane.kubeconfig, folder)


@pytest.fixture
async def scene(control_plane: ControlPlane, client: Client, namespace: str, tmp_path: Path) -> AsyncIterator[Scene]:
    async with played(control_plane, client, namespace, tmp_path, SHORT_FENCE_SECONDS) as scene:
        yield scene


@pytest.fixture
async def slow_scene(
    control_plane: ControlPlane, client: Client, namespace: str, tmp_path: Path
) -> AsyncIterator[Scene]:
    async with played(control_plane, client, namespace, tmp_path, FENCE_SECONDS) as scene:
        yield scene


def uid(pod: Json) -> str:
    return str(pod["metadata"]["uid"])


def address_of(pod: Json) -> str:
    return f"{pod['status']['podIP']}:50061"


def is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True


async def until_no_longer_held(pod: Json) -> None:
    """Waits until a sidecar says that it has let go of the device."""
    options = [("grpc.use_local_subchannel_pool", 1)]
    async with grpc.aio.insecure_channel(address_of(pod), options) as channel:
        async for report in watch_sidecar(channel, ""):
            if not report.held:
                return
    raise AssertionError("the sidecar went away")


async def test_a_pod_that_was_lost_with_its_node_leaves_the_device_before_the_next_one_has_it(
    slow_scene: Scene,
) -> None:
    scene = slow_scene
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(scene.operator())
        front = await stack.enter_async_context(scene.facade())
        lost = await scene.ready()
        # One who found out where the sidecar is calls it past the facade.
        callers = await stack.enter_async_context(hammering(front.address, "dev"))
        stray = await stack.enter_async_context(hammering(address_of(lost), "dev"))
        history = await stack.enter_async_context(recorded(scene.devices.client, scene.devices.namespace, "dev"))
        await callers.until_served(seconds=START_SECONDS)
        await stray.until_served(seconds=START_SECONDS)
        await scene.lose(lost)
        found = await scene.successor(lost, seconds=FENCE_SECONDS + KNOWN_SECONDS)
        await callers.until_served(seconds=KNOWN_SECONDS)
        assert is_alive(process_id(lost))
        assert found["spec"]["nodeName"] != lost["spec"]["nodeName"]
        assert "WaitingForLostPod" in history.reasons("Ready")
    scene.assert_used_in_turn(lost, found)
    assert set(callers.codes) == set(stray.codes) == {grpc.StatusCode.OK, grpc.StatusCode.UNAVAILABLE}


async def test_a_pod_that_died_with_its_node_is_waited_for_all_the_same(scene: Scene) -> None:
    async with scene.operator(), scene.facade() as front:
        lost = await scene.ready()
        async with hammering(front.address, "dev") as callers:
            await callers.until_served(seconds=START_SECONDS)
            await scene.lose(lost)
            os.killpg(process_id(lost), signal.SIGKILL)
            began = asyncio.get_running_loop().time()
            found = await scene.successor(lost, seconds=LOST_SECONDS + KNOWN_SECONDS)
            assert asyncio.get_running_loop().time() - began > FENCE_SECONDS
            await callers.until_served(seconds=KNOWN_SECONDS)
    scene.assert_used_in_turn(lost, found)


async def test_an_operator_that_starts_after_the_pod_was_lost_knows_of_it(scene: Scene) -> None:
    async with scene.facade() as front:
        async with scene.operator("former") as former:
            lost = await scene.ready()
            await former.stop()
        async with (
            hammering(front.address, "dev") as callers,
            hammering(address_of(lost), "dev") as stray,
            recorded(scene.devices.client, scene.devices.namespace, "dev") as history,
        ):
            await stray.until_served(seconds=START_SECONDS)
            await scene.lose(lost)
            async with scene.operator("next"):
                found = await scene.successor(lost, seconds=SHORT_FENCE_SECONDS + KNOWN_SECONDS)
                await callers.until_served(seconds=KNOWN_SECONDS)
            assert "WaitingForLostPod" in history.reasons("Ready")
    scene.assert_used_in_turn(lost, found)


async def test_a_pod_that_ended_in_good_order_is_followed_at_once(scene: Scene) -> None:
    async with scene.operator(), scene.facade() as front:
        first = await scene.ready()
        async with (
            hammering(front.address, "dev") as callers,
            recorded(scene.devices.client, scene.devices.namespace, "dev") as history,
        ):
            await callers.until_served(seconds=START_SECONDS)
            await scene.apply(job_seconds=0.05)
            second = await scene.successor(first, seconds=START_SECONDS)
            await callers.until_served(seconds=KNOWN_SECONDS)
            await scene.devices.client.delete(PODS.path(scene.devices.namespace, pod_name("dev")))
            third = await scene.successor(second, seconds=START_SECONDS)
            await callers.until_served(seconds=KNOWN_SECONDS)
        assert "WaitingForLostPod" not in history.reasons("Ready") | history.reasons("Progressing")
    scene.assert_used_in_turn(first, second, third)


async def test_a_younger_device_takes_over_when_the_last_job_of_the_elder_has_ended(scene: Scene) -> None:
    async with scene.operator(), scene.facade() as front, manager_at(front.address) as manager:
        elder = await scene.ready("elder", deviceId="lab:one", job_seconds=2 * SHORT_FENCE_SECONDS)
        await asyncio.sleep(1)  # creation times have a resolution of one second
        await scene.apply("younger", deviceId="lab:one", job_seconds=0)
        await scene.devices.until("younger", "Ready", "DuplicateDeviceId", seconds=KNOWN_SECONDS)
        running = asyncio.ensure_future(manager.ExecuteCircuit(job("lab:one")))
        async with asyncio.timeout(KNOWN_SECONDS):
            while not any(use.what == "job" for use in scene.uses()):  # noqa: ASYNC110 - a file tells
                await asyncio.sleep(0.05)
        await scene.devices.delete("elder")
        assert sum((await running).counts.values()) == SHOTS
        await scene.devices.until_ready("younger", seconds=START_SECONDS)
        younger = await scene.devices.until_pod("younger")
        async with hammering(front.address, "lab:one") as callers:
            await callers.until_served(seconds=KNOWN_SECONDS)
    scene.assert_used_in_turn(elder, younger)


async def test_a_sidecar_that_nobody_confirms_stops_and_goes_on_with_a_facade_alone(scene: Scene) -> None:
    async with scene.operator() as control, scene.facade("former") as front:
        pod = await scene.ready()
        async with hammering(front.address, "dev") as callers:
            await callers.until_served(seconds=START_SECONDS)
        await control.stop()
        await front.stop()
    async with asyncio.timeout(SHORT_FENCE_SECONDS + KNOWN_SECONDS):
        await until_no_longer_held(pod)
    before = scene.uses()
    async with manager_at(address_of(pod)) as manager:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await manager.ExecuteCircuit(job("dev"))
    assert code_of(raised.value) is grpc.StatusCode.UNAVAILABLE
    assert scene.uses() == before

    async with scene.facade("next") as front, hammering(front.address, "dev") as callers:
        await callers.until_served(seconds=START_SECONDS)
        # Longer than the fence: it is the facade that keeps it open.
        until = asyncio.get_running_loop().time() + 2 * SHORT_FENCE_SECONDS
        callers.codes.clear()
        while asyncio.get_running_loop().time() < until:
            await callers.until_served(seconds=KNOWN_SECONDS)
        assert set(callers.codes) == {grpc.StatusCode.OK}
        async with scene.operator("next-operator"):
            now = await scene.ready()
    assert (uid(now), restarts(now)) == (uid(pod), 0)
    scene.assert_used_in_turn(pod)
