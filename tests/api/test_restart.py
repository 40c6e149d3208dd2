"""An operator that was away, or comes in another version, or finds a cluster that is not prepared."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from functools import partial
from pathlib import Path

import pytest

from api_tier.client import NAMESPACES, Client, Json, condition
from api_tier.control_plane import ControlPlane
from api_tier.devices import Devices
from api_tier.fault_proxy import FaultProxy, Match
from api_tier.fleet import PodHistory, until_as_wanted
from api_tier.images import OnPaper
from api_tier.played_nodes import PlayedNodes
from api_tier.programs import READY, Program, operator
from qdm_cluster.names import CONFIG_MAPS, DEFINITIONS, DEVICE, DEVICES, MANAGED_BY, PODS, SERVICE, SERVICES
from qdm_common.manifest import SCHEMA_REVISION, SCHEMA_REVISION_ANNOTATION

SECONDS = 30
# Nobody saw the pod end that was deleted while the operator was away: its successor waits for it so long.
LOST_SECONDS = 20
# The garbage collector's and the namespace controller's own pace; and what is promised of a namespace.
COLLECTED_SECONDS = 60

DEFINITION = DEFINITIONS.path("", "quantumdevices.qdm.eigen-os.io")

Start = Callable[..., AbstractAsyncContextManager[Program]]


@pytest.fixture(autouse=True)
async def nodes(control_plane: ControlPlane, tmp_path: Path) -> AsyncIterator[PlayedNodes]:
    async with PlayedNodes(control_plane.kubeconfig, tmp_path / "nodes", default=OnPaper()) as nodes:
        yield nodes


@pytest.fixture
def start(proxy: FaultProxy, namespace: str, tmp_path: Path) -> Start:
    """Starts an operator of the test's namespace; ``settings`` are added to its environment."""
    ours = {"QDM_NAMESPACE": namespace, "QDM_LEASE_NAMESPACE": namespace, "QDM_RESYNC_SECONDS": "3"}
    return partial(operator, tmp_path, proxy.kubeconfig, **ours)


@pytest.fixture
def devices(client: Client, namespace: str) -> Devices:
    return Devices(client, namespace)


async def test_what_was_changed_while_the_operator_was_away_is_caught_up_with(start: Start, devices: Devices) -> None:
    client, namespace = devices.client, devices.namespace
    names = [
        "retold",
        "deleted",
        "changed",
        "offline",
        "labelled",
        "unlabelled",
        "unconfigured",
        "reconfigured",
        "podless",
    ]
    async with PodHistory(devices) as history:
        async with start() as program:
            for name in names:
                await devices.apply(name)
            await until_as_wanted(devices, dict.fromkeys(names, 1), seconds=SECONDS)
            assert await program.stop() == 0

        def config_map_of(pod: Json | None) -> str:
            assert pod is not None
            (name,) = (volume["configMap"]["name"] for volume in pod["spec"]["volumes"] if "configMap" in volume)
            return CONFIG_MAPS.path(namespace, name)

        await devices.apply("created")
        await devices.delete("deleted")
        await devices.apply("changed", concurrency=2)
        await devices.apply("offline", availability="Offline")
        labels = PODS.path(namespace, "labelled-sidecar")
        await client.patch(labels, {"metadata": {"labels": {DEVICE: "another"}}})
        no_labels = PODS.path(namespace, "unlabelled-sidecar")
        await client.patch(no_labels, {"metadata": {"labels": {MANAGED_BY: None}}})
        await client.delete(config_map_of(await devices.pod("unconfigured")))
        reconfigured = config_map_of(await devices.pod("reconfigured"))
        await client.patch(reconfigured, {"metadata": {"labels": {DEVICE: None}}})
        await client.delete(PODS.path(namespace, "podless-sidecar"), grace_seconds=0)
        await client.delete(SERVICES.path(namespace, SERVICE))
        retold = DEVICES.path(namespace, "retold")
        await client.patch(f"{retold}/status", {"status": {"deviceId": "another"}})

        async with start():
            wanted = dict.fromkeys([*names, "created"], 1) | {"changed": 2}
            del wanted["deleted"]
            await until_as_wanted(devices, wanted, seconds=LOST_SECONDS + SECONDS)
            await client.wait_for(SERVICES.path(namespace, SERVICE), bool, seconds=SECONDS)
            await client.wait_for(labels, has_label(DEVICE, "labelled"), seconds=SECONDS)
            await client.wait_for(no_labels, has_label(MANAGED_BY, "qdm-operator"), seconds=SECONDS)
            await client.wait_for(reconfigured, has_label(DEVICE, "reconfigured"), seconds=SECONDS)
            await client.wait_for(retold, lambda obj: obj and obj["status"]["deviceId"] == "retold", seconds=SECONDS)
        made = {name: history.made(name) for name in [*names, "created"]}
        assert made == dict.fromkeys([*names, "created"], 1) | {"changed": 2, "podless": 2}


def has_label(label: str, value: str) -> Callable[[Json | None], bool]:
    return lambda obj: obj is not None and obj["metadata"].get("labels", {}).get(label) == value


async def test_an_upgraded_operator_changes_no_pod_and_no_config_map(
    start: Start, devices: Devices, proxy: FaultProxy
) -> None:
    async with start() as program:
        await devices.apply("one")
        await devices.apply("two", concurrency=2, limits={"shots": 100})
        await devices.apply("own-image", image="its/own:1")
        await until_as_wanted(devices, {"one": 1, "two": 2, "own-image": 1}, seconds=SECONDS)
        assert await program.stop() == 0
    before = await versions(devices)
    proxy.forget()
    async with start(QDM_SIDECAR_IMAGE="qdm-sidecar:2.0", QDM_SOMETHING_NEW="2.0") as program:
        await program.until_healthy()
        await devices.apply("three")
        await until_as_wanted(devices, {"one": 1, "two": 2, "own-image": 1, "three": 1}, seconds=SECONDS)
        while await looks_done(program) < 12:  # noqa: ASYNC110 - the operator's own pace
            await asyncio.sleep(0.1)
        after = await versions(devices)
        pod = await devices.pod("three")
    assert {path: after.get(path) for path in before} == before
    assert pod is not None
    assert pod["spec"]["containers"][0]["image"] == "qdm-sidecar:2.0"
    changes = Match(path="/(pods|configmaps)/")
    assert [write for write in proxy.writes() if changes.fits(write) and "/three-" not in write.path] == []


async def looks_done(program: Program) -> float:
    metrics = await program.metrics()
    return metrics['controller_runtime_reconcile_total{controller="quantumdevice",result="success"}']


async def versions(devices: Devices) -> dict[str, tuple[str, str]]:
    """Returns UID and version of every pod and ConfigMap."""
    found = [
        (kind.path("", obj["metadata"]["name"]), obj["metadata"])
        for kind in (PODS, CONFIG_MAPS)
        for obj in await devices.client.list(kind.path(devices.namespace))
    ]
    return {path: (metadata["uid"], metadata["resourceVersion"]) for path, metadata in found}


async def test_a_device_deleted_while_the_operator_is_away_takes_its_children_with_it(
    start: Start, devices: Devices
) -> None:
    async with start() as program:
        await devices.apply("deleted")
        await devices.apply("kept")
        await until_as_wanted(devices, {"deleted": 1, "kept": 1}, seconds=SECONDS)
        assert await program.stop() == 0
    await devices.delete("deleted")
    await until_as_wanted(devices, {"kept": 1}, seconds=COLLECTED_SECONDS)


async def test_a_namespace_of_devices_can_be_deleted_while_the_operator_is_away(start: Start, devices: Devices) -> None:
    async with start() as program:
        names = [f"sim-{number}" for number in range(5)]
        for name in names:
            await devices.apply(name)
        await until_as_wanted(devices, dict.fromkeys(names, 1), seconds=SECONDS)
        assert await program.stop() == 0
    path = NAMESPACES.path("", devices.namespace)
    await devices.client.delete(path)
    await devices.client.wait_for(path, lambda obj: obj is None, seconds=COLLECTED_SECONDS)
    await devices.client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": devices.namespace}})


async def test_a_cluster_without_the_definition_is_waited_for_and_the_log_says_how_to_mend_it(tmp_path: Path) -> None:
    """A control plane of its own: what the others have installed must stay."""
    with ControlPlane(tmp_path / "control-plane") as plane:
        async with Client(plane.kubeconfig) as api, operator(tmp_path, plane.kubeconfig) as program:
            while not any("kubectl apply --server-side -f crds/" in line["message"] for line in program.log()):
                assert program.process.exit_code is None
                await asyncio.sleep(0.1)
            assert not await program.is_healthy(READY)
            plane.apply_crds()
            await program.until_healthy()
            devices = Devices(api, "default")
            await devices.apply("sim")
            await devices.until_pod("sim")
            assert program.process.exit_code is None


@pytest.fixture
async def older_definition(client: Client) -> AsyncIterator[None]:
    """The definition as an operator one revision ago needed it."""

    async def say(revision: int) -> None:
        await client.patch(DEFINITION, {"metadata": {"annotations": {SCHEMA_REVISION_ANNOTATION: str(revision)}}})

    await say(SCHEMA_REVISION - 1)
    yield
    await say(SCHEMA_REVISION)


@pytest.mark.usefixtures("older_definition")
async def test_a_definition_older_than_the_operator_is_noticed_and_the_device_says_what_to_do(
    start: Start, devices: Devices
) -> None:
    async with start() as program:
        await devices.apply("sim")
        device = await devices.until("sim", "ConfigValid", "DefinitionOutdated", seconds=SECONDS)
        told = condition(device, "ConfigValid")
        assert told["status"] == "Unknown"
        assert f"revision {SCHEMA_REVISION - 1}, this operator needs {SCHEMA_REVISION}" in told["message"]
        assert "kubectl apply --server-side -f crds/" in told["message"]
        assert (await program.metrics())["qdm_operator_definition_outdated"] == 1
        await devices.until_pod("sim")

        mended = {"metadata": {"annotations": {SCHEMA_REVISION_ANNOTATION: str(SCHEMA_REVISION)}}}
        await devices.client.patch(DEFINITION, mended)
        await devices.until("sim", "ConfigValid", "NotChecked", seconds=SECONDS)


async def test_a_definition_that_is_deleted_and_applied_again_is_watched_again(tmp_path: Path) -> None:
    """A control plane of its own: what the others have installed must stay."""
    with ControlPlane(tmp_path / "control-plane") as plane:
        plane.apply_crds()
        async with (
            Client(plane.kubeconfig) as api,
            operator(tmp_path, plane.kubeconfig, QDM_RESYNC_SECONDS="600") as program,
        ):
            await program.until_healthy()
            devices = Devices(api, "default")
            await devices.apply("before")
            await devices.until_pod("before")
            await asyncio.to_thread(plane.kubectl, "delete", "crd", "quantumdevices.qdm.eigen-os.io")
            while not any("it starts again" in line["message"] for line in program.log()):
                assert program.process.exit_code is None
                await asyncio.sleep(0.1)
            await asyncio.to_thread(plane.apply_crds)
            await devices.apply("after")
            await devices.until_pod("after", seconds=SECONDS)
            metrics = await program.metrics()
            assert metrics["qdm_operator_resync_corrections_total"] == 0
            assert any(name.startswith('qdm_device_ready{device_id="after"') for name in metrics)
