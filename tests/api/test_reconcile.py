"""What the operator makes of QuantumDevices, on a real API server; nodes are played on paper."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from api_tier.client import Client, Json, condition
from api_tier.control_plane import ControlPlane
from api_tier.devices import Devices
from api_tier.fault_proxy import FaultProxy, Match
from api_tier.images import CannotBePulled, Crashes, Image, OnPaper
from api_tier.played_nodes import PlayedNodes
from api_tier.programs import LIVE, Program, operator
from qdm_cluster.names import CONFIG_MAPS, DEVICES, EVENTS, PODS, SERVICE, SERVICES

IMAGES: dict[str, Image] = {"crashes": Crashes(), "missing": CannotBePulled()}


@pytest.fixture(autouse=True)
async def nodes(control_plane: ControlPlane, tmp_path: Path) -> AsyncIterator[PlayedNodes]:
    async with PlayedNodes(control_plane.kubeconfig, tmp_path / "nodes", default=OnPaper(), images=IMAGES) as nodes:
        yield nodes


@pytest.fixture
async def running(proxy: FaultProxy, namespace: str, tmp_path: Path) -> AsyncIterator[Program]:
    """An operator that looks after one namespace, behind the proxy; it looks at everything every two seconds."""
    settings = {"QDM_NAMESPACE": namespace, "QDM_LEASE_NAMESPACE": namespace, "QDM_RESYNC_SECONDS": "2"}
    async with operator(tmp_path, proxy.kubeconfig, **settings) as program:
        await program.until_healthy()
        yield program


@pytest.fixture
def devices(client: Client, namespace: str) -> Devices:
    return Devices(client, namespace)


def uid(pod: Json | None) -> str:
    assert pod is not None
    return str(pod["metadata"]["uid"])


async def config_maps(devices: Devices) -> list[Json]:
    return await devices.client.list(CONFIG_MAPS.path(devices.namespace))


@pytest.mark.usefixtures("running")
async def test_a_device_gets_its_pod_config_map_and_service(devices: Devices) -> None:
    await devices.apply("sim", deviceId="sim:local")
    (pod,) = await devices.until_pods_run(1, seconds=20)
    (config_map,) = await config_maps(devices)
    assert pod["metadata"]["name"] == "sim-sidecar"
    assert '"deviceId":"sim:local"' in config_map["data"]["device.json"]
    assert await devices.client.get(SERVICES.path(devices.namespace, SERVICE))
    device = await devices.client.wait_for(
        DEVICES.path(devices.namespace, "sim"), lambda obj: obj and "node" in obj["status"].get("pod", {}), seconds=10
    )
    assert device is not None
    assert device["status"]["pod"] == {"name": "sim-sidecar", "uid": uid(pod), "node": pod["spec"]["nodeName"]}
    assert device["status"]["deviceId"] == "sim:local"


async def test_a_fleet_at_rest_is_only_looked_at(running: Program, proxy: FaultProxy, devices: Devices) -> None:
    for number in range(5):
        await devices.apply(f"sim-{number}")
    await devices.until_pods_run(5, seconds=20)
    looks = Match("GET", f"/namespaces/{devices.namespace}/pods$", is_watch=False)
    await at_rest(proxy, looks)
    proxy.forget()
    while proxy.count(looks) < 4:  # noqa: ASYNC110 - the operator's own pace
        await asyncio.sleep(0.1)
    written = [request for request in proxy.writes() if "/leases/" not in request.path]
    assert written == []
    assert (await running.metrics())["qdm_operator_resync_corrections_total"] == 0


async def at_rest(proxy: FaultProxy, looks: Match) -> None:
    """Waits until the operator has looked at everything once more and had nothing to write."""
    while True:
        proxy.forget()
        while proxy.count(looks) < 2:  # noqa: ASYNC110 - the operator's own pace
            await asyncio.sleep(0.1)
        if not [request for request in proxy.writes() if "/leases/" not in request.path]:
            return


@pytest.mark.usefixtures("running")
async def test_kopf_leaves_no_trace_on_an_object(devices: Devices) -> None:
    await devices.apply("sim")
    await devices.until_pods_run(1, seconds=20)
    metadata = (await devices.until("sim", "Ready", "SidecarStarting", seconds=10))["metadata"]
    assert "finalizers" not in metadata
    assert "kopf" not in str(metadata.get("annotations"))
    assert {entry["manager"] for entry in metadata["managedFields"]} == {"api-tier", "qdm-operator"}


@pytest.mark.usefixtures("running")
async def test_what_was_deleted_or_edited_by_hand_is_put_right(devices: Devices) -> None:
    await devices.apply("sim")
    first = await devices.until_pod("sim")
    await devices.until_pods_run(1, seconds=20)
    await devices.client.delete(PODS.path(devices.namespace, "sim-sidecar"))
    second = await devices.until_pod("sim", other_than=uid(first))

    await devices.client.delete(SERVICES.path(devices.namespace, SERVICE))
    await devices.client.wait_for(SERVICES.path(devices.namespace, SERVICE), bool, seconds=10)

    (config_map,) = await config_maps(devices)
    path = CONFIG_MAPS.path(devices.namespace, config_map["metadata"]["name"])
    await devices.client.delete(path)
    await devices.client.wait_for(path, bool, seconds=10)
    await devices.client.patch(path, {"data": {"device.json": "{}"}})
    await devices.client.wait_for(path, lambda obj: obj and obj["data"] == config_map["data"], seconds=10)

    pod = PODS.path(devices.namespace, "sim-sidecar")
    await devices.client.patch(pod, {"metadata": {"labels": {"qdm.eigen-os.io/device": "another"}}})
    await devices.client.wait_for(pod, labelled("qdm.eigen-os.io/device", "sim"), seconds=10)
    await devices.client.patch(pod, {"metadata": {"labels": {"app.kubernetes.io/managed-by": None}}})
    await devices.client.wait_for(pod, labelled("app.kubernetes.io/managed-by", "qdm-operator"), seconds=10)
    assert uid(await devices.pod("sim")) == uid(second)


def labelled(label: str, value: str) -> Any:
    return lambda obj: obj is not None and obj["metadata"]["labels"].get(label) == value


@pytest.mark.usefixtures("running")
async def test_a_changed_spec_replaces_exactly_its_pod(devices: Devices) -> None:
    await devices.apply("changed")
    await devices.apply("other")
    await devices.until_pods_run(2, seconds=20)
    other = uid(await devices.pod("other"))
    before = await devices.pod("changed")
    await devices.apply("changed", concurrency=2)
    await devices.until_pod("changed", other_than=uid(before))
    await devices.until_pods_run(2, seconds=20)
    assert uid(await devices.pod("other")) == other
    of_changed = f"{CONFIG_MAPS.path(devices.namespace)}?labelSelector=qdm.eigen-os.io/device=changed"
    await devices.client.wait_for(of_changed, lambda found: found and len(found["items"]) == 1, seconds=10)


@pytest.mark.usefixtures("running")
async def test_a_crash_looping_pod_is_replaced_as_soon_as_its_spec_is_mended(devices: Devices) -> None:
    await devices.apply("sim", image="crashes")
    await devices.until("sim", "Ready", "SidecarCrashing", seconds=30)
    before = await devices.pod("sim")
    await devices.apply("sim", image="well")
    await devices.until_pod("sim", other_than=uid(before), seconds=5)
    await devices.until("sim", "Ready", "SidecarStarting", seconds=10)


@pytest.mark.usefixtures("running")
async def test_an_image_that_cannot_be_had_is_said(devices: Devices) -> None:
    await devices.apply("sim", image="missing")
    device = await devices.until("sim", "Ready", "ImagePullFailed", seconds=20)
    assert "kubectl -n" in condition(device, "Ready")["message"]


@pytest.mark.usefixtures("running")
async def test_of_two_devices_with_one_id_the_older_works(devices: Devices) -> None:
    await devices.apply("elder", deviceId="sim:one")
    await devices.until_pods_run(1, seconds=20)
    await asyncio.sleep(1)  # creation times have a resolution of one second
    await devices.apply("younger", deviceId="sim:one")
    device = await devices.until("younger", "Ready", "DuplicateDeviceId", seconds=10)
    assert f"{devices.namespace}/elder" in condition(device, "Ready")["message"]
    assert await devices.pod("younger") is None
    await devices.delete("elder")
    await devices.until_pod("younger", seconds=20)
    assert await devices.pod("elder") is None


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": 7}}}, "affinity"),
        ({"affinity": {"fooAffinity": {"a": 1}}}, "fooAffinity"),
        ({"resources": {"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}}}, "memory"),
        ({"runtimeClassName": "there-is-none"}, "there-is-none"),
        ({"priorityClassName": "there-is-none"}, "there-is-none"),
    ],
)
@pytest.mark.usefixtures("running")
async def test_an_object_that_makes_no_sense_to_the_cluster_becomes_a_condition(
    devices: Devices, spec: Json, sentence: str
) -> None:
    await devices.apply("odd", **spec)
    await devices.apply("well")
    device = await devices.until("odd", "Ready", "PodRefused", seconds=20)
    assert sentence in condition(device, "Ready")["message"]
    await devices.until_pod("well")
    await devices.apply("odd")
    await devices.until_pod("odd")


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ({"priorityClassName": "there-is-none"}, "there-is-none"),
        ({"affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": 7}}}, "affinity"),
        ({"affinity": {"fooAffinity": {"a": 1}}}, "fooAffinity"),
    ],
)
@pytest.mark.usefixtures("running")
async def test_a_running_pod_outlives_a_spec_that_the_cluster_refuses(
    devices: Devices, spec: Json, sentence: str
) -> None:
    await devices.apply("sim")
    first = await devices.until_pod("sim")
    await devices.until_pods_run(1, seconds=20)
    await devices.apply("sim", **spec)
    device = await devices.until("sim", "Progressing", "SuccessorRefused", seconds=20)
    assert sentence in condition(device, "Progressing")["message"]
    assert uid(await devices.until_pod("sim")) == uid(first)
    await devices.apply("sim", displayName="mended")
    await devices.until_pod("sim", other_than=uid(first))


@pytest.mark.usefixtures("running")
async def test_a_quota_that_the_running_pod_uses_up_does_not_keep_it_from_being_replaced(devices: Devices) -> None:
    await devices.apply("sim")
    first = await devices.until_pod("sim")
    await devices.until_pods_run(1, seconds=20)
    quotas = f"/api/v1/namespaces/{devices.namespace}/resourcequotas"
    quota = {"apiVersion": "v1", "kind": "ResourceQuota", "metadata": {"name": "few"}, "spec": {"hard": {"pods": "1"}}}
    await devices.client.create(quotas, quota)
    await devices.apply("sim", displayName="another")
    await devices.until_pod("sim", other_than=uid(first))


@pytest.mark.usefixtures("running")
async def test_events_are_written_on_transitions_alone(devices: Devices, proxy: FaultProxy) -> None:
    await devices.apply("sim", image="missing")
    await devices.until("sim", "Ready", "ImagePullFailed", seconds=20)
    await at_rest(proxy, Match("GET", f"/namespaces/{devices.namespace}/pods$", is_watch=False))
    events = await devices.client.list(EVENTS.path(devices.namespace))
    told = [event["reason"] for event in events if event["involvedObject"]["kind"] == "QuantumDevice"]
    assert sorted(told) == ["CreatedPod", "ImagePullFailed", "SidecarStarting"]


@pytest.mark.usefixtures("running")
async def test_two_hundred_devices_have_their_pods_within_a_minute_and_one_that_fails_holds_up_none(
    devices: Devices,
) -> None:
    await devices.apply("failing", resources={"requests": {"memory": "2Gi"}, "limits": {"memory": "1Gi"}})
    await devices.until("failing", "Ready", "PodRefused", seconds=20)
    await asyncio.gather(*(devices.apply(f"sim-{number:03}") for number in range(200)))
    pods = PODS.path(devices.namespace)
    await devices.client.wait_for(pods, lambda found: found and len(found["items"]) == 200, seconds=60)


async def test_a_controllers_dashboards_show_this_one(running: Program, devices: Devices) -> None:
    await devices.apply("sim")
    await devices.until_pods_run(1, seconds=20)
    assert await running.is_healthy(LIVE)
    metrics = await running.metrics()
    assert metrics['controller_runtime_reconcile_total{controller="quantumdevice",result="success"}'] > 0
    assert metrics['workqueue_adds_total{name="quantumdevice"}'] > 0
    assert metrics['workqueue_depth{name="quantumdevice"}'] == 0
    assert metrics['rest_client_requests_total{code="201",method="POST"}'] > 0
