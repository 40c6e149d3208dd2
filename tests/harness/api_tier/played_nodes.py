"""The played part of a cluster as one: nodes with their kubelets, and a scheduler."""

from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from api_tier.addresses import pod_addresses
from api_tier.client import Client
from api_tier.images import Image
from api_tier.kubelet import Kubelet
from api_tier.scheduler import Scheduler

NAMES = ("node-a", "node-b")


class PlayedNodes:
    """Nodes that run pods, between ``async with`` and its end, which kills all their containers.

    ``default`` is what a container does, ``images`` says otherwise by its image. Each pod's folder below ``folder`` has
    its log. ``kubelets`` are by the name of their node.
    """

    def __init__(
        self,
        kubeconfig: Path,
        folder: Path,
        *,
        default: Image,
        images: Mapping[str, Image] | None = None,
        names: Sequence[str] = NAMES,
    ) -> None:
        self._client = Client(kubeconfig)
        addresses = pod_addresses()
        self.kubelets = {
            name: Kubelet(self._client, name, folder, addresses, default=default, images=images or {}) for name in names
        }
        self._scheduler = Scheduler(self._client)
        self._stack = AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Makes the nodes and plays them."""
        async with AsyncExitStack() as stack:
            await stack.enter_async_context(self._client)
            for kubelet in self.kubelets.values():
                stack.push_async_callback(kubelet.stop)
                await kubelet.start()
            stack.push_async_callback(self._scheduler.stop)
            self._scheduler.start()
            self._stack = stack.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Ends everything."""
        await self._stack.aclose()
