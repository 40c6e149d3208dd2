"""A played kubelet: runs the pods of one node, and says in the API what became of them.

What others rely on is played as it is: a container that ends is started again under its pod, with its volumes; a pod
that is to go is asked to stop, is given its grace, shows how its container ended, and only then its object goes. A
frozen kubelet is that of a node that was cut off: its containers run on, and the API hears nothing.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from api_tier.client import NODES, Client, Json
from api_tier.following import follow
from api_tier.images import Image, Placed
from api_tier.pod_life import PodLife
from qdm_cluster.names import PODS


class Kubelet:
    """Plays a node, between ``start`` and ``stop``.

    ``images`` says what a container does, by its image; ``default`` is for all others.
    """

    def __init__(
        self,
        client: Client,
        node: str,
        folder: Path,
        addresses: Iterator[str],
        *,
        default: Image,
        images: Mapping[str, Image],
    ) -> None:
        self.node = node
        self._client = client
        self._folder = folder
        self._addresses = addresses
        self._default = default
        self._images = images
        self._talks = asyncio.Event()
        self._lives: dict[str, PodLife] = {}
        self._over: set[str] = set()
        self._watching: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Makes the node, ready, and plays its pods from now on."""
        labels = {"kubernetes.io/hostname": self.node, "kubernetes.io/os": "linux"}
        await self._client.apply(
            {"apiVersion": "v1", "kind": "Node", "metadata": {"name": self.node, "labels": labels}}
        )
        await self.thaw()

    async def stop(self) -> None:
        """Kills all containers, and says nothing of it."""
        await self._stop_watching()
        for life in list(self._lives.values()):
            await life.abandon()

    async def freeze(self) -> None:
        """Stops talking to the API and leaves all containers running; the node is shown as lost."""
        self._talks.clear()
        await self._stop_watching()
        await self._say_ready("Unknown", "NodeStatusUnknown")

    async def thaw(self) -> None:
        """Talks to the API again; containers whose pod is gone meanwhile are stopped."""
        self._talks.set()
        await self._say_ready("True", "KubeletReady")
        self._watching = asyncio.create_task(self._watch())

    async def _say_ready(self, status: str, reason: str) -> None:
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        ready = {
            "type": "Ready",
            "status": status,
            "reason": reason,
            "message": "",
            "lastHeartbeatTime": now,
            "lastTransitionTime": now,
        }
        await self._client.patch(NODES.path("", self.node, "status"), {"status": {"conditions": [ready]}})

    async def _stop_watching(self) -> None:
        if self._watching is not None:
            self._watching.cancel()
            with suppress(asyncio.CancelledError):
                await self._watching
            self._watching = None

    async def _watch(self) -> None:
        async for pods in follow(self._client, PODS.path(fieldSelector=f"spec.nodeName={self.node}")):
            for pod in pods.values():
                self._see(pod)
            self._over &= pods.keys()
            for uid in self._lives.keys() - pods.keys():  # deleted by force, without this node's word
                self._lives[uid].order_stop()

    def _see(self, pod: Json) -> None:
        uid = pod["metadata"]["uid"]
        if uid in self._over:
            return
        life = self._lives.get(uid)
        if life is None:
            image = self._images.get(pod["spec"]["containers"][0]["image"], self._default)
            placed = Placed(pod, next(self._addresses), self._folder / _folder_name(pod))
            life = self._lives[uid] = PodLife(placed, image, self._client, self._talks)
            life.start(lambda: self._forget(uid))
        if "deletionTimestamp" in pod["metadata"]:
            life.order_stop(pod["metadata"].get("deletionGracePeriodSeconds"))

    def _forget(self, uid: str) -> None:
        del self._lives[uid]
        self._over.add(uid)


def _folder_name(pod: Json) -> str:
    metadata = pod["metadata"]
    return f"{metadata['namespace']}_{metadata['name']}_{metadata['uid'][:8]}"
