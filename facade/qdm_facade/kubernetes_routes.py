"""The routes of a fleet in a cluster, followed by watching QuantumDevices and the pods of their sidecars.

Devices and pods are all that matters: no Service, no endpoints and no word of the operator stand between a pod that has
an address and the facade, so calls go on while the operator is away. While the API server is away too, what was known
last stays in force.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager

from qdm_cluster.api import KubeApi, connect
from qdm_cluster.devices import working_devices
from qdm_cluster.names import DEVICES, PODS, SIDECAR_LABELS, Resource, pod_name, selector
from qdm_cluster.objects import Json, Key, key_of, owner_uid
from qdm_cluster.pods import has_finished, sidecar_address
from qdm_cluster.watch import Snapshot, snapshots
from qdm_facade.routes import Route


def routes_of(devices: Iterable[Json], pods: Iterable[Json]) -> list[Route]:
    """Returns a route to every device there is, sorted by device_id; without an address where it has no sidecar.

    Of devices with one deviceId the one that works counts. A pod is a device's by its name and by who owns it, and can
    be called from its first address until it has finished: one that is to go ends its jobs first.
    """
    by_key = {key_of(pod): pod for pod in pods}
    return [_route(device_id, device, by_key) for device_id, device in sorted(working_devices(devices).items())]


def _route(device_id: str, device: Json, pods: dict[Key, Json]) -> Route:
    namespace, name = key_of(device)
    pod = pods.get(Key(namespace, pod_name(name)))
    address, instance = "", ""
    if pod is not None and owner_uid(pod) == device["metadata"]["uid"] and not has_finished(pod):
        address = sidecar_address(pod)
        instance = pod["metadata"]["uid"] if address else ""
    return Route(device_id, _display_name(device) or device_id, address, instance)


def _display_name(device: Json) -> str:
    spec = device.get("spec")
    name = spec.get("displayName") if isinstance(spec, dict) else None
    return name if isinstance(name, str) else ""


class KubernetesRoutes:
    """A RouteSource on the API server; devices of one namespace, or of all where it is empty."""

    def __init__(self, api: KubeApi, *, namespace: str) -> None:
        self._api = api
        self._namespace = namespace
        self._known: dict[Resource, Snapshot] = {}
        self._news = asyncio.Event()

    async def snapshots(self) -> AsyncIterator[Sequence[Route]]:
        """Yields the routes as soon as both devices and pods are known, and whenever they are others; never ends."""
        following = [
            asyncio.create_task(self._follow(DEVICES, "")),
            asyncio.create_task(self._follow(PODS, selector(SIDECAR_LABELS))),
        ]
        for task in following:
            task.add_done_callback(lambda _: self._news.set())
        routes: list[Route] | None = None
        try:
            while True:
                await self._news.wait()
                self._news.clear()
                for task in following:
                    if task.done():
                        await task  # which only a bug ends
                if len(self._known) == len(following):
                    known, routes = routes, routes_of(self._known[DEVICES].values(), self._known[PODS].values())
                    if routes != known:
                        yield routes
        finally:
            for task in following:
                task.cancel()
            await asyncio.gather(*following, return_exceptions=True)

    async def _follow(self, resource: Resource, labels: str) -> None:
        async for objects in snapshots(self._api, resource, namespace=self._namespace, selector=labels):
            self._known[resource] = objects
            self._news.set()


@asynccontextmanager
async def cluster_routes(namespace: str) -> AsyncIterator[KubernetesRoutes]:
    """Finds the cluster and follows it until the end. Raises OSError where there is none to be found."""
    api = await connect()
    try:
        yield KubernetesRoutes(api, namespace=namespace)
    finally:
        await api.close()
