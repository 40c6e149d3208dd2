"""A played scheduler: gives every pod without a node the emptiest one that takes it."""

import asyncio
from collections import Counter
from contextlib import suppress

import aiohttp

from api_tier.client import NODES, Client, Json, Refused, condition
from api_tier.following import follow
from qdm_cluster.names import PODS

_AGAIN_SECONDS = 0.5


class Scheduler:
    """Binds pods to nodes that are ready, not cordoned, and have the labels asked for, until ``stop``."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._placed: Counter[str] = Counter()
        self._bound: set[str] = set()
        self._waiting: dict[str, Json] = {}
        self._one_at_a_time = asyncio.Lock()
        self._tasks: list[asyncio.Task[None]] = []

    def start(self) -> None:
        """Schedules from now on."""
        self._tasks = [asyncio.create_task(self._follow()), asyncio.create_task(self._try_again())]

    async def stop(self) -> None:
        """Schedules no more."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _follow(self) -> None:
        async for pods in follow(self._client, PODS.path(fieldSelector="spec.nodeName=")):
            self._waiting = pods
            self._bound &= pods.keys()
            await self._place_all()

    async def _try_again(self) -> None:
        while True:
            await asyncio.sleep(_AGAIN_SECONDS)
            await self._place_all()

    async def _place_all(self) -> None:
        async with self._one_at_a_time:
            for uid, pod in list(self._waiting.items()):
                if uid not in self._bound and "deletionTimestamp" not in pod["metadata"]:
                    with suppress(aiohttp.ClientError, TimeoutError, Refused):  # gone, or to be tried again
                        await self._place(pod)

    async def _place(self, pod: Json) -> None:
        metadata = pod["metadata"]
        # From the server's memory: a LIST of what is newest waits up to 100 ms for etcd where others write.
        listed = await self._client.list(NODES.path(resourceVersion="0"))
        nodes = [node for node in listed if _takes(node, pod)]
        if not nodes:
            await self._say_unschedulable(pod)
            return
        names = [node["metadata"]["name"] for node in nodes]
        chosen = min(names, key=lambda name: (self._placed[name], name))
        binding = {
            "apiVersion": "v1",
            "kind": "Binding",
            "metadata": {"name": metadata["name"], "uid": metadata["uid"]},
            "target": {"apiVersion": "v1", "kind": "Node", "name": chosen},
        }
        await self._client.create(PODS.path(metadata["namespace"], metadata["name"], "binding"), binding)
        self._bound.add(metadata["uid"])
        self._placed[chosen] += 1

    async def _say_unschedulable(self, pod: Json) -> None:
        if condition(pod, "PodScheduled").get("reason") == "Unschedulable":
            return
        unplaced = {
            "type": "PodScheduled",
            "status": "False",
            "reason": "Unschedulable",
            "message": "no node is ready that has the labels asked for",
        }
        metadata = pod["metadata"]
        path = PODS.path(metadata["namespace"], metadata["name"], "status")
        await self._client.patch(path, {"metadata": {"uid": metadata["uid"]}, "status": {"conditions": [unplaced]}})


def _takes(node: Json, pod: Json) -> bool:
    labels = node["metadata"].get("labels", {})
    asked = pod["spec"].get("nodeSelector") or {}
    cordoned = node["spec"].get("unschedulable", False)
    return not cordoned and condition(node, "Ready").get("status") == "True" and asked.items() <= labels.items()
