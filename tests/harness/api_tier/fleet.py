"""A namespace's fleet as a whole: whether it is as its specs want it, and every pod it ever had."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Mapping
from contextlib import suppress
from http import HTTPStatus
from types import TracebackType
from typing import NamedTuple, Self

import aiohttp

from api_tier.client import Client, Json, Refused, condition
from api_tier.devices import Devices
from qdm_cluster.names import CONFIG_MAPS, DEVICES, INPUTS, PODS, pod_name

_POLL_SECONDS = 0.1
_RETRY_SECONDS = 0.2


async def until_as_wanted(devices: Devices, concurrencies: Mapping[str, int], *, seconds: float) -> None:
    """Waits until there are exactly these devices, pods and ConfigMaps, and every status is that of the newest spec.

    Each pod must run with the configuration that its device has now: what tells them apart is ``concurrency``. An
    AssertionError after so many seconds says what is missing.
    """
    missing = ["an answer of the API server"]
    try:
        async with asyncio.timeout(seconds):
            while missing:
                with suppress(aiohttp.ClientError, TimeoutError):
                    missing = await _missing(devices, concurrencies)
                await asyncio.sleep(_POLL_SECONDS)
    except TimeoutError:
        raise AssertionError(f"after {seconds:g} s: {'; '.join(missing)}") from None


async def _missing(devices: Devices, concurrencies: Mapping[str, int]) -> list[str]:
    """Returns what is not as wanted, in words."""
    client, namespace = devices.client, devices.namespace
    objects = {obj["metadata"]["name"]: obj for obj in await client.list(DEVICES.path(namespace))}
    pods = {pod["metadata"]["name"]: pod for pod in await client.list(PODS.path(namespace))}
    config_maps = {found["metadata"]["name"]: found for found in await client.list(CONFIG_MAPS.path(namespace))}
    mounted = {name: _config_map_of(pod) for name, pod in pods.items()}
    missing = [
        f"{kind} are {sorted(found)} and not {sorted(wanted)}"
        for kind, found, wanted in (
            ("devices", set(objects), set(concurrencies)),
            ("pods", set(pods), {pod_name(name) for name in concurrencies}),
            ("ConfigMaps", set(config_maps), set(mounted.values())),
        )
        if found != wanted
    ]
    for name in objects.keys() & concurrencies.keys():
        obj, pod = objects[name], pods.get(pod_name(name))
        config_map = config_maps.get(mounted.get(pod_name(name), ""))
        if pod is None or config_map is None:
            continue
        configured = json.loads(config_map["data"]["device.json"]).get("concurrency", 1)
        if configured != concurrencies[name]:
            missing.append(f"{name}'s pod has concurrency {configured}")
        if "deletionTimestamp" in pod["metadata"] or pod.get("status", {}).get("phase") != "Running":
            missing.append(f"{name}'s pod does not run")
        missing += _untold(obj, pod)
    return missing


def _untold(obj: Json, pod: Json) -> list[str]:
    """Returns what a device's status does not say yet of a pod that nobody answers in."""
    name, status = obj["metadata"]["name"], obj.get("status") or {}
    untold = []
    if status.get("observedGeneration") != obj["metadata"]["generation"]:
        untold.append(f"{name}'s status is of another generation")
    if status.get("pod", {}).get("uid") != pod["metadata"]["uid"]:
        untold.append(f"{name}'s status is of another pod")
    if (reason := condition(obj, "Ready").get("reason")) != "SidecarStarting":
        untold.append(f"{name} is {reason}")
    return untold


def _config_map_of(pod: Json) -> str:
    volumes = pod["spec"].get("volumes") or []
    return next((volume["configMap"]["name"] for volume in volumes if "configMap" in volume), "")


class PodOf(NamedTuple):
    """What a pod was made for: a device, and the inputs it had then."""

    device: str
    inputs: str


class PodHistory:
    """Every pod there ever was in a namespace, between ``async with`` and its end, straight from the API server."""

    def __init__(self, devices: Devices) -> None:
        self._client: Client = devices.client
        self._path = PODS.path(devices.namespace)
        self._pods: dict[str, PodOf] = {}
        self._watching: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Hears of every pod from now on."""
        self._watching = asyncio.create_task(self._watch(await self._list()))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stops to listen."""
        assert self._watching is not None
        self._watching.cancel()
        with suppress(asyncio.CancelledError):
            await self._watching

    def made(self, device: str) -> int:
        """Returns how many pods a device ever had."""
        return sum(pod.device == device for pod in self._pods.values())

    def assert_one_each(self) -> None:
        """Asserts that for the same inputs no device ever had a second pod."""
        uids: defaultdict[PodOf, list[str]] = defaultdict(list)
        for uid, pod in self._pods.items():
            uids[pod].append(uid)
        several = {pod: made for pod, made in uids.items() if len(made) > 1}
        assert not several, f"made more than once: {several}"

    async def _list(self) -> str:
        listing = await self._client.get(self._path)
        for pod in listing["items"]:
            self._see(pod)
        return str(listing["metadata"]["resourceVersion"])

    async def _watch(self, version: str) -> None:
        """Goes on where a watch ended, so that nothing is missed: but for an API server that was started anew."""
        while True:
            try:
                async for event in self._client.watch(self._path, version):
                    version = event["object"]["metadata"]["resourceVersion"]
                    self._see(event["object"])
            except (aiohttp.ClientError, TimeoutError, Refused) as error:
                await asyncio.sleep(_RETRY_SECONDS)
                if isinstance(error, Refused) and error.status == HTTPStatus.GONE:
                    version = await self._list()

    def _see(self, pod: Json) -> None:
        metadata = pod["metadata"]
        inputs = metadata.get("annotations", {}).get(INPUTS, "")
        self._pods.setdefault(metadata["uid"], PodOf(metadata["name"].removesuffix(pod_name("")), inputs))
