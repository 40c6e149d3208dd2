"""The tier's own promises: what is played behaves as the real thing does, and faults are those that were asked for."""

import asyncio
import os
import select
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiohttp
import grpc
import pytest

from api_tier.client import NODES, Client, Json, Refused, condition
from api_tier.control_plane import ControlPlane
from api_tier.fault_proxy import WATCHES, FaultProxy, Match
from api_tier.images import CannotBePulled, Crashes, Image, OnPaper
from api_tier.played_nodes import PlayedNodes
from api_tier.pod_status import is_ready, process_id, restarts, waiting_reason
from qdm_cluster.names import CONFIG_MAPS, DEFINITIONS, PODS, SIDECAR_LABELS
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.eigen.internal.v1.driver_manager_pb2_grpc import DriverManagerServiceStub

SECONDS = 20


def note(namespace: str, name: str = "note", **data: str) -> Json:
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace},
        "data": data,
    }


def pod(namespace: str, name: str, *, image: str = "anything", **spec: Any) -> Json:
    containers = [{"name": "c", "image": image}]
    metadata = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": {"containers": containers, **spec}}


def sidecar_pod(namespace: str) -> Json:
    environment = [
        {"name": "QDM_DEVICE_FILE", "value": "/etc/qdm/device/device.json"},
        {"name": "QDM_DATA_DIR", "value": "/var/lib/qdm"},
    ]
    mounts = [{"name": "device", "mountPath": "/etc/qdm/device"}, {"name": "data", "mountPath": "/var/lib/qdm"}]
    container = {"name": "sidecar", "image": "any", "args": ["sidecar"], "env": environment, "volumeMounts": mounts}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "real", "namespace": namespace, "labels": SIDECAR_LABELS},
        "spec": {
            "containers": [container],
            "volumes": [{"name": "device", "configMap": {"name": "device"}}, {"name": "data", "emptyDir": {}}],
        },
    }


@pytest.fixture
async def proxied(proxy: FaultProxy) -> AsyncIterator[Client]:
    """The API by way of the proxy."""
    async with Client(proxy.kubeconfig) as client:
        yield client


async def test_the_api_server_knows_quantum_devices(control_plane: ControlPlane, client: Client) -> None:
    definition = await client.get(DEFINITIONS.path("", "quantumdevices.qdm.eigen-os.io"))
    assert condition(definition, "Established")["status"] == "True"
    assert "quantumdevices" in control_plane.kubectl("api-resources", "--api-group=qdm.eigen-os.io")


async def test_what_was_written_outlives_an_api_server_that_was_away(
    control_plane: ControlPlane, client: Client, namespace: str
) -> None:
    await client.apply(note(namespace, text="kept"))
    async with control_plane.api_server_away():
        with pytest.raises(aiohttp.ClientConnectionError):
            await client.get(CONFIG_MAPS.path(namespace, "note"))
    assert (await client.get(CONFIG_MAPS.path(namespace, "note")))["data"] == {"text": "kept"}


async def test_a_frozen_api_server_takes_requests_and_answers_once_it_is_thawed(
    control_plane: ControlPlane, client: Client, namespace: str
) -> None:
    with control_plane.api_server_frozen():
        request = asyncio.create_task(client.apply(note(namespace)))
        done, _ = await asyncio.wait({request}, timeout=0.5)
        assert not done
    assert (await request)["kind"] == "ConfigMap"


async def test_children_of_a_deleted_owner_are_collected(client: Client, namespace: str) -> None:
    owner = await client.apply(note(namespace, "owner"))
    child = note(namespace, "child")
    child["metadata"]["ownerReferences"] = [
        {"apiVersion": "v1", "kind": "ConfigMap", "name": "owner", "uid": owner["metadata"]["uid"]}
    ]
    await client.apply(child)
    await client.delete(CONFIG_MAPS.path(namespace, "owner"))
    await client.wait_for(CONFIG_MAPS.path(namespace, "child"), lambda obj: obj is None, seconds=SECONDS)


async def test_the_proxy_counts_what_is_asked(proxy: FaultProxy, proxied: Client, namespace: str) -> None:
    await proxied.apply(note(namespace))
    await proxied.get(CONFIG_MAPS.path(namespace, "note"))
    await proxied.get(CONFIG_MAPS.path(namespace, "note"))
    assert proxy.count(Match("GET", "/configmaps/note$", is_watch=False)) == 2
    assert [request.verb for request in proxy.writes()] == ["PATCH"]
    proxy.forget()
    assert proxy.count() == 0


@pytest.mark.parametrize("status", [409, 410, 429, 500])
async def test_the_proxy_answers_the_next_requests_itself(
    proxy: FaultProxy, proxied: Client, namespace: str, status: int
) -> None:
    proxy.answer(status, Match("PATCH", "/configmaps/"), times=2)
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            await proxied.apply(note(namespace))
        assert refused.value.status == status
    await proxied.apply(note(namespace))


async def test_the_proxy_says_when_to_try_again(proxy: FaultProxy, proxied: Client) -> None:
    proxy.answer(429, retry_after_seconds=7)
    async with aiohttp.ClientSession() as session, session.get(f"{proxied.url}/version") as response:
        assert response.headers["Retry-After"] == "7"


async def test_the_proxy_refuses_connections(proxy: FaultProxy, proxied: Client) -> None:
    await proxied.get("/version")
    async with proxy.refusing():
        with pytest.raises(aiohttp.ClientConnectionError):
            await proxied.get("/version")
    await proxied.get("/version")


async def test_a_black_hole_concerns_only_what_it_was_made_for(
    proxy: FaultProxy, proxied: Client, namespace: str
) -> None:
    with proxy.black_hole(Match("PATCH")):
        swallowed = asyncio.create_task(proxied.apply(note(namespace)))
        await proxied.get("/version")
        done, _ = await asyncio.wait({swallowed}, timeout=0.3)
        assert not done
        swallowed.cancel()
    assert await proxied.find(CONFIG_MAPS.path(namespace, "note")) is None


async def test_the_proxy_delays(proxy: FaultProxy, proxied: Client) -> None:
    began = time.monotonic()
    with proxy.delay(0.3):
        await proxied.get("/version")
    assert time.monotonic() - began >= 0.3


async def test_a_late_answer_is_that_of_a_request_which_was_done_in_time(
    proxy: FaultProxy, proxied: Client, client: Client, namespace: str
) -> None:
    path = CONFIG_MAPS.path(namespace, "note")
    with proxy.late_answers(0.5, Match("PATCH")):
        late = asyncio.create_task(proxied.apply(note(namespace)))
        await client.wait_for(path, bool, seconds=SECONDS)
        assert not late.done()
        assert (await late)["kind"] == "ConfigMap"


async def test_what_was_asked_for_is_done_though_its_answer_is_lost(
    proxy: FaultProxy, proxied: Client, client: Client, namespace: str
) -> None:
    losses = proxy.lose_answers(Match("PATCH"))
    with pytest.raises(aiohttp.ClientConnectionError):
        await proxied.apply(note(namespace))
    assert losses.left == 0
    assert await client.get(CONFIG_MAPS.path(namespace, "note"))
    await proxied.apply(note(namespace))


async def test_a_short_watch_ends_as_soon_as_it_has_begun(proxy: FaultProxy, proxied: Client, namespace: str) -> None:
    path = CONFIG_MAPS.path(namespace)
    version = (await proxied.get(path))["metadata"]["resourceVersion"]
    watch = proxied.watch(path, version)
    await proxied.apply(note(namespace))
    await anext(watch)
    with proxy.short_watches():
        assert [event async for event in watch if event["object"]["metadata"]["name"] != "note"] == []
        assert [event async for event in proxied.watch(path, version) if event["type"] == "BOOKMARK"] == []
    await anext(proxied.watch(path, version))


async def test_a_silenced_watch_stays_open_and_hears_nothing_while_a_new_one_does(
    proxy: FaultProxy, proxied: Client, namespace: str
) -> None:
    path = CONFIG_MAPS.path(namespace)
    version = (await proxied.get(path))["metadata"]["resourceVersion"]
    watch = proxied.watch(path, version)
    await proxied.apply(note(namespace, "before"))
    while (await anext(watch))["object"]["metadata"]["name"] != "before":
        pass
    proxy.silence_watches()
    await proxied.apply(note(namespace, "after"))
    more = asyncio.ensure_future(anext(watch))
    async for event in proxied.watch(path, version):
        if event["object"]["metadata"]["name"] == "after":
            break
    assert not more.done()
    proxy.end_watches()
    with pytest.raises(StopAsyncIteration):
        await more


async def test_watches_are_told_twice_that_their_version_is_too_old(
    proxy: FaultProxy, proxied: Client, namespace: str
) -> None:
    path = CONFIG_MAPS.path(namespace)
    version = (await proxied.get(path))["metadata"]["resourceVersion"]
    proxy.expire_watches(times=2)
    for _ in range(2):
        with pytest.raises(Refused) as refused:
            await anext(proxied.watch(path, version))
        assert refused.value.status == 410
    await proxied.apply(note(namespace))
    await anext(proxied.watch(path, version))
    assert proxy.count(WATCHES) == 3


async def test_a_played_pod_runs_and_says_how_it_ended_before_it_goes(
    client: Client, namespace: str, paper_nodes: PlayedNodes
) -> None:
    path = PODS.path(namespace, "played")
    await client.apply(pod(namespace, "played"))
    ready = await client.wait_for(path, is_ready, seconds=SECONDS)
    assert ready is not None
    assert ready["status"]["podIP"].startswith("127.")
    assert ready["spec"]["nodeName"] in paper_nodes.kubelets
    watch = client.watch(PODS.path(namespace), ready["metadata"]["resourceVersion"])
    await client.delete(path)
    seen = [event async for event in _until_deleted(watch)]
    assert [event["object"]["status"]["phase"] for event in seen][-2:] == ["Succeeded", "Succeeded"]
    assert "terminated" in seen[-1]["object"]["status"]["containerStatuses"][0]["state"]


async def _until_deleted(watch: AsyncIterator[Json]) -> AsyncIterator[Json]:
    async for event in watch:
        yield event
        if event["type"] == "DELETED":
            return


async def test_an_image_decides_what_becomes_of_a_container(
    control_plane: ControlPlane, client: Client, namespace: str, tmp_path: Path
) -> None:
    images: dict[str, Image] = {"crashes": Crashes(), "unknown": CannotBePulled()}
    async with PlayedNodes(control_plane.kubeconfig, tmp_path, default=OnPaper(), images=images):
        for image in ("crashes", "unknown", "other"):
            await client.apply(pod(namespace, image, image=image))
        crashed = await client.wait_for(
            PODS.path(namespace, "crashes"),
            lambda obj: waiting_reason(obj) == "CrashLoopBackOff" and restarts(obj) > 0,
            seconds=SECONDS,
        )
        assert crashed is not None
        assert crashed["status"]["containerStatuses"][0]["lastState"]["terminated"]["exitCode"] == 1
        await client.wait_for(
            PODS.path(namespace, "unknown"), lambda obj: waiting_reason(obj) == "ImagePullBackOff", seconds=SECONDS
        )
        await client.wait_for(PODS.path(namespace, "other"), is_ready, seconds=SECONDS)


async def test_a_pod_that_no_node_takes_says_so(client: Client, namespace: str, paper_nodes: PlayedNodes) -> None:
    assert paper_nodes.kubelets
    await client.apply(pod(namespace, "picky", nodeSelector={"no": "where"}))
    await client.wait_for(
        PODS.path(namespace, "picky"),
        lambda obj: condition(obj, "PodScheduled").get("reason") == "Unschedulable",
        seconds=SECONDS,
    )


async def test_a_frozen_node_is_lost_to_the_api_and_another_takes_the_next_pod(
    client: Client, namespace: str, paper_nodes: PlayedNodes
) -> None:
    path = PODS.path(namespace, "lost")
    await client.apply(pod(namespace, "lost"))
    running = await client.wait_for(path, is_ready, seconds=SECONDS)
    assert running is not None
    frozen = paper_nodes.kubelets[running["spec"]["nodeName"]]
    await frozen.freeze()
    assert condition(await client.get(NODES.path("", frozen.node)), "Ready")["status"] == "Unknown"
    await client.delete(path)
    await client.apply(pod(namespace, "next"))
    other = await client.wait_for(PODS.path(namespace, "next"), is_ready, seconds=SECONDS)
    assert other is not None
    assert other["spec"]["nodeName"] != frozen.node
    assert is_ready(await client.find(path))
    await frozen.thaw()
    await client.wait_for(path, lambda obj: obj is None, seconds=SECONDS)


async def test_a_real_sidecar_serves_at_its_pods_address_and_is_started_again_when_it_is_killed(
    client: Client, namespace: str, sidecar_nodes: PlayedNodes, tmp_path: Path
) -> None:
    assert sidecar_nodes.kubelets
    path = PODS.path(namespace, "real")
    await client.apply(sidecar_pod(namespace))
    await client.wait_for(path, lambda obj: waiting_reason(obj) == "ContainerCreating", seconds=SECONDS)
    device = '{"deviceId": "sim:real", "displayName": "Real", "driver": "simulator"}'
    await client.apply(note(namespace, "device", **{"device.json": device}))
    ready = await client.wait_for(path, is_ready, seconds=SECONDS)
    assert ready is not None
    async with grpc.aio.insecure_channel(f"{ready['status']['podIP']}:50061") as channel:
        listed = await DriverManagerServiceStub(channel).ListDevices(pb.ListDevicesRequest())
        assert [found.device_id for found in listed.devices] == ["sim:real"]
    (journal,) = await asyncio.to_thread(lambda: list(tmp_path.rglob("volumes/data/jobs.sqlite")))
    file_before = journal.stat().st_ino
    os.kill(process_id(ready), signal.SIGKILL)
    again = await client.wait_for(path, lambda obj: restarts(obj) == 1 and is_ready(obj), seconds=SECONDS)
    assert again is not None
    assert again["status"]["podIP"] == ready["status"]["podIP"]
    assert journal.stat().st_ino == file_before
    await client.delete(path)
    await client.wait_for(path, lambda obj: obj is None, seconds=SECONDS)
    with pytest.raises(ProcessLookupError):
        os.kill(process_id(again), 0)


def test_nothing_outlives_a_run_that_is_killed(tmp_path: Path) -> None:
    script = """
        import sys, time
        from pathlib import Path
        from api_tier.process import Process
        started = Process("sleep", ["sleep", "1000"], {"PATH": "/usr/bin:/bin"}, Path(sys.argv[1]))
        print(started.pid, flush=True)
        time.sleep(1000)
    """
    run = subprocess.Popen(
        [sys.executable, "-c", textwrap.dedent(script), tmp_path / "log"],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert run.stdout is not None
    descriptor = os.pidfd_open(int(run.stdout.readline()))
    run.kill()
    run.communicate()
    ended, _, _ = select.select([descriptor], [], [], SECONDS)
    os.close(descriptor)
    assert ended
