import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import pytest

from qdm_cluster.api import ApiError, KubeApi, Listing
from qdm_cluster.names import DEVICES, PODS, Resource
from qdm_facade.kubernetes_routes import KubernetesRoutes, routes_of
from qdm_facade.routes import Route

Json = dict[str, Any]


def device(
    name: str = "a", *, uid: str = "", created: str = "2026-01-01T00:00:00Z", namespace: str = "n", **spec: Any
) -> Json:
    metadata = {"name": name, "namespace": namespace, "uid": uid or f"uid of {name}", "creationTimestamp": created}
    return {"metadata": metadata, "spec": {"driver": "simulator", **spec}}


def pod(
    name: str = "a-sidecar", *, owner: str = "uid of a", namespace: str = "n", to_go: bool = False, **status: Any
) -> Json:
    owners = [{"kind": "QuantumDevice", "uid": owner, "controller": True}] if owner else []
    metadata = {"name": name, "namespace": namespace, "uid": f"uid of {name}", "ownerReferences": owners}
    if to_go:
        metadata["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    return {"metadata": metadata, "status": {"phase": "Running", "podIP": "10.0.0.1"} | status}


NO_SIDECAR = Route("a", "a", "", "")
TO_POD = Route("a", "a", "10.0.0.1:50061", "uid of a-sidecar")

CASES: dict[str, tuple[list[Json], list[Json], list[Route]]] = {
    "nothing there": ([], [], []),
    "a device and its pod": ([device()], [pod()], [TO_POD]),
    "a device without a pod": ([device()], [], [NO_SIDECAR]),
    "a pod without a device": ([], [pod()], []),
    "a pod that has no address yet": ([device()], [pod(podIP="", phase="Pending")], [NO_SIDECAR]),
    "a pod that has no status yet": ([device()], [pod() | {"status": None}], [NO_SIDECAR]),
    "a pod that has an address and is not ready": ([device()], [pod(phase="Pending")], [TO_POD]),
    "a pod that is to go": ([device()], [pod(to_go=True)], [TO_POD]),
    "a pod that ended well": ([device()], [pod(phase="Succeeded")], [NO_SIDECAR]),
    "a pod that failed": ([device()], [pod(phase="Failed")], [NO_SIDECAR]),
    "a pod on a node that went silent": ([device()], [pod(phase="Unknown")], [TO_POD]),
    "a pod of a device that was here before": ([device(uid="new")], [pod()], [NO_SIDECAR]),
    "a pod that nobody owns": ([device()], [pod(owner="")], [NO_SIDECAR]),
    "a pod of another name": ([device()], [pod("a-sidecar-2")], [NO_SIDECAR]),
    "a pod in another namespace": ([device()], [pod(namespace="m")], [NO_SIDECAR]),
    "an address of IPv6": (
        [device()],
        [pod(podIP="fd00::1")],
        [Route("a", "a", "[fd00::1]:50061", "uid of a-sidecar")],
    ),
    "a deviceId and a displayName": (
        [device(deviceId="qpu:a", displayName="Machine A")],
        [pod()],
        [Route("qpu:a", "Machine A", "10.0.0.1:50061", "uid of a-sidecar")],
    ),
    "two devices, in order of their ids": (
        [device("b", deviceId="x"), device("a", deviceId="z")],
        [pod(), pod("b-sidecar", owner="uid of b")],
        [
            Route("x", "x", "10.0.0.1:50061", "uid of b-sidecar"),
            Route("z", "z", "10.0.0.1:50061", "uid of a-sidecar"),
        ],
    ),
    "of one deviceId the older works, whichever has a pod": (
        [device("b", deviceId="a", created="2026-01-02T00:00:00Z"), device("a")],
        [pod("b-sidecar", owner="uid of b")],
        [NO_SIDECAR],
    ),
    "of one deviceId and one second the first by name works": (
        [device("b", deviceId="a"), device("a")],
        [pod(), pod("b-sidecar", owner="uid of b")],
        [TO_POD],
    ),
    "a device that makes no sense otherwise": (
        [device(deviceId="qpu:a", displayName=7, driver=[], queue="long")],
        [pod()],
        [Route("qpu:a", "qpu:a", "10.0.0.1:50061", "uid of a-sidecar")],
    ),
    "a device whose spec is no object": ([device() | {"spec": None}], [pod()], [TO_POD]),
}


@pytest.mark.parametrize(("devices", "pods", "routes"), CASES.values(), ids=CASES.keys())
def test_routes_follow_from_devices_and_pods(devices: list[Json], pods: list[Json], routes: list[Route]) -> None:
    assert routes_of(devices, pods) == routes


class FakeApi:
    """Lists and watches that a test plays."""

    def __init__(self) -> None:
        self.listings: dict[Resource, asyncio.Queue[list[Json]]] = {DEVICES: asyncio.Queue(), PODS: asyncio.Queue()}
        self.events: dict[Resource, asyncio.Queue[Json | None]] = {DEVICES: asyncio.Queue(), PODS: asyncio.Queue()}
        self.asked: list[tuple[Resource, str, str]] = []

    async def list(self, resource: Resource, *, namespace: str, selector: str) -> Listing:
        self.asked.append((resource, namespace, selector))
        return Listing(await self.listings[resource].get(), "7")

    async def watch(self, resource: Resource, **_: Any) -> AsyncIterator[Json]:
        while (event := await self.events[resource].get()) is not None:
            yield event
        raise ApiError(0, "ConnectionError", "no answer")


@pytest.fixture
def api() -> FakeApi:
    return FakeApi()


@pytest.fixture
async def routes(api: FakeApi) -> AsyncIterator[AsyncIterator[list[Route]]]:
    source = KubernetesRoutes(cast("KubeApi", api), namespace="n")
    snapshots = source.snapshots()
    yield cast("AsyncIterator[list[Route]]", snapshots)
    await cast("Any", snapshots).aclose()
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def settled() -> None:
    for _ in range(20):
        await asyncio.sleep(0)


async def test_nothing_is_said_before_both_devices_and_pods_are_known(
    api: FakeApi, routes: AsyncIterator[list[Route]]
) -> None:
    first = asyncio.ensure_future(anext(routes))
    api.listings[DEVICES].put_nowait([device()])
    await settled()
    assert not first.done()
    api.listings[PODS].put_nowait([pod()])
    assert await first == [TO_POD]


async def test_only_the_namespaces_devices_and_its_sidecars_pods_are_asked_for(
    api: FakeApi, routes: AsyncIterator[list[Route]]
) -> None:
    api.listings[DEVICES].put_nowait([])
    api.listings[PODS].put_nowait([])
    assert await anext(routes) == []
    labels = "app.kubernetes.io/managed-by=qdm-operator,app.kubernetes.io/name=qdm-sidecar"
    assert api.asked == [(DEVICES, "n", ""), (PODS, "n", labels)]


async def test_a_change_of_either_is_told_and_one_that_moves_no_route_is_not(
    api: FakeApi, routes: AsyncIterator[list[Route]]
) -> None:
    api.listings[DEVICES].put_nowait([device()])
    api.listings[PODS].put_nowait([])
    assert await anext(routes) == [NO_SIDECAR]
    changed = asyncio.ensure_future(anext(routes))
    api.events[DEVICES].put_nowait({"type": "MODIFIED", "object": device(concurrency=7)})
    await settled()
    assert not changed.done()
    api.events[PODS].put_nowait({"type": "ADDED", "object": pod()})
    assert await changed == [TO_POD]
    api.events[DEVICES].put_nowait({"type": "DELETED", "object": device()})
    assert await anext(routes) == []


@pytest.mark.looptime
async def test_while_the_api_server_is_away_the_routes_stay_and_then_catch_up(
    api: FakeApi, routes: AsyncIterator[list[Route]]
) -> None:
    api.listings[DEVICES].put_nowait([device()])
    api.listings[PODS].put_nowait([pod()])
    assert await anext(routes) == [TO_POD]
    changed = asyncio.ensure_future(anext(routes))
    for resource in (DEVICES, PODS):
        api.events[resource].put_nowait(None)
    await asyncio.sleep(3600)
    assert not changed.done()
    api.listings[PODS].put_nowait([])
    assert await changed == [NO_SIDECAR]


async def test_a_bug_in_following_the_cluster_ends_the_routes(api: FakeApi, routes: AsyncIterator[list[Route]]) -> None:
    api.listings[PODS].put_nowait([])
    api.listings[DEVICES].put_nowait([{"metadata": {}}])
    with pytest.raises(KeyError):
        await anext(routes)
