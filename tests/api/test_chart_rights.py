"""The chart's programs with the rights that the chart gives them, on a real API server that refuses what it must.

Each right is used, and nothing more is asked for: what a verb is good for is seen here, or it goes.
"""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path

import pytest

from api_tier.chart import Said, pod_of, render
from api_tier.client import NAMESPACES, Client, Json, path_of
from api_tier.control_plane import ControlPlane
from api_tier.devices import Devices
from api_tier.fault_proxy import FaultProxy
from api_tier.programs import Program, facade, operator
from api_tier.rights import Right, granted, used
from qdm_cluster.names import CONFIG_MAPS, DEVICE, LEASES, PODS, SERVICE, SERVICES, Resource

ACCOUNTS = Resource("", "v1", "serviceaccounts", "ServiceAccount")
COMPONENTS = ("operator", "facade")
RIGHTS = {"ServiceAccount", "Role", "RoleBinding", "ClusterRole", "ClusterRoleBinding"}

# The first run builds helm.
pytestmark = pytest.mark.timeout(900)


@dataclass
class Release:
    """What the chart makes in one namespace, with programs that have its rights and its settings."""

    plane: ControlPlane
    client: Client
    namespace: str
    chart: Said
    folder: Path

    @asynccontextmanager
    async def proxy(self, component: str) -> AsyncIterator[FaultProxy]:
        """A way to the API server with the token of a component's service account."""
        path = ACCOUNTS.path(self.namespace, f"qdm-{component}", "token")
        request = {"apiVersion": "authentication.k8s.io/v1", "kind": "TokenRequest", "spec": {}}
        token = (await self.client.request("POST", path, request))["status"]["token"]
        async with FaultProxy(self.plane, self.folder / component, token=token) as proxy:
            yield proxy

    @asynccontextmanager
    async def operator(self, proxy: FaultProxy, identity: str) -> AsyncIterator[Program]:
        """One replica of the operator; it looks at everything every second."""
        settings = self._settings("operator") | {"QDM_RESYNC_SECONDS": "1"}
        async with operator(self.folder / identity, proxy.kubeconfig, identity=identity, **settings) as program:
            await program.until_healthy()
            yield program

    @asynccontextmanager
    async def facade(self, proxy: FaultProxy) -> AsyncIterator[Program]:
        """A facade."""
        async with facade(self.folder, proxy.kubeconfig, **self._settings("facade")) as program:
            await program.until_healthy()
            yield program

    def _settings(self, component: str) -> dict[str, str]:
        container = pod_of(self.chart.one("Deployment", f"qdm-{component}"))["spec"]["containers"][0]
        return {entry["name"]: entry["value"] for entry in container["env"] if "value" in entry}


@asynccontextmanager
async def installed(
    plane: ControlPlane, client: Client, namespace: str, folder: Path, *values: str
) -> AsyncIterator[Release]:
    """Applies the rights that the chart gives; those over the cluster go in the end."""
    chart = render(*values, namespace=namespace)
    rights = [obj for obj in chart.objects if obj["kind"] in RIGHTS]
    for obj in rights:
        await client.apply(obj)
    try:
        yield Release(plane, client, namespace, chart, folder)
    finally:
        for obj in rights:
            if "namespace" not in obj["metadata"]:
                await client.delete(path_of(obj))


async def everything(release: Release, proxy: FaultProxy, devices: Devices) -> None:
    """Lets operators do all they ever do: for new, changed, damaged and deleted devices, and for a Lease."""
    client = release.client
    async with release.operator(proxy, "former") as former:
        await devices.apply("kept")
        await devices.apply("changed")
        await devices.until_pods_run(2, seconds=20)
        before = await devices.pod("changed")
        assert before is not None
        await devices.apply("changed", concurrency=2)
        await devices.until_pod("changed", other_than=before["metadata"]["uid"])
        of_changed = f"{CONFIG_MAPS.path(devices.namespace)}?labelSelector={DEVICE}=changed"
        await client.wait_for(of_changed, lambda found: found and len(found["items"]) == 1, seconds=20)
        await former.stop()
    # What was damaged meanwhile, the next leader puts right.
    pod = PODS.path(devices.namespace, "kept-sidecar")
    await client.patch(pod, {"metadata": {"labels": {"app.kubernetes.io/managed-by": None}}})
    (config_map, *_) = await client.list(CONFIG_MAPS.path(devices.namespace))
    await client.delete(CONFIG_MAPS.path(devices.namespace, config_map["metadata"]["name"]))
    async with release.operator(proxy, "latter"):
        await client.wait_for(LEASES.path(release.namespace, "qdm-operator"), is_held_by("latter"), seconds=20)
        await client.wait_for(pod, is_managed, seconds=20)
        for name in ("kept", "changed"):
            await devices.delete(name)
        await client.wait_for(SERVICES.path(devices.namespace, SERVICE), lambda found: found is None, seconds=20)


def is_held_by(identity: str) -> Callable[[Json | None], bool]:
    return lambda lease: lease is not None and (lease["spec"].get("holderIdentity") or "").startswith(identity)


def is_managed(pod: Json | None) -> bool:
    return pod is not None and pod["metadata"]["labels"].get("app.kubernetes.io/managed-by") == "qdm-operator"


@asynccontextmanager
async def another_namespace(client: Client, name: str) -> AsyncIterator[str]:
    await client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name}})
    yield name
    await client.delete(NAMESPACES.path("", name))


def refused(proxy: FaultProxy) -> list[str]:
    return [f"{request.verb} {request.path}" for request, status in proxy.answered if status == HTTPStatus.FORBIDDEN]


def words(rights: set[Right]) -> list[str]:
    return sorted(f"{right.verb} {right.resource}.{right.group}".rstrip(".") for right in rights)


@pytest.mark.parametrize("everywhere", [False, True], ids=["one-namespace", "all-namespaces"])
@pytest.mark.usefixtures("paper_nodes")
async def test_every_right_of_the_chart_is_used_and_none_is_missing(
    control_plane: ControlPlane, client: Client, namespace: str, tmp_path: Path, *, everywhere: bool
) -> None:
    async with AsyncExitStack() as stack:
        enter = stack.enter_async_context
        values = f"watch.allNamespaces={str(everywhere).lower()}"
        release = await enter(installed(control_plane, client, namespace, tmp_path, values))
        theirs = await enter(another_namespace(client, f"{namespace}-devices")) if everywhere else namespace
        of_operator, of_facade = [await enter(release.proxy(component)) for component in COMPONENTS]
        await enter(release.facade(of_facade))
        await everything(release, of_operator, Devices(client, theirs))
    for component, proxy in zip(COMPONENTS, (of_operator, of_facade), strict=True):
        assert refused(proxy) == []
        assert words(used(proxy.answered)) == words(granted(release.chart.objects, f"qdm-{component}"))
