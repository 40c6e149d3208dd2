"""The kind cluster, and what can befall it: each of its nodes is a container of the machine."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from api_tier.binaries import binary, kubectl
from api_tier.client import NODES, Client, Json, condition
from e2e_tier.command import run

_NODE_SECONDS = 120.0


class Cluster:
    """A running cluster: ``name`` is kind's, ``kubeconfig`` the way to it as its administrator."""

    def __init__(self, name: str, kubeconfig: Path, script: Path) -> None:
        self.name = name
        self.kubeconfig = kubeconfig
        self._script = script

    async def kubectl(self, *arguments: str | Path, seconds: float = 60.0) -> str:
        """Runs kubectl."""
        return await run(kubectl(), *arguments, seconds=seconds, environment=self._environment)

    async def helm(self, *arguments: str | Path, seconds: float = 180.0) -> str:
        """Runs helm."""
        return await run(binary("helm", "helm"), *arguments, seconds=seconds, environment=self._environment)

    async def load(self, *images: str) -> None:
        """Puts images of this machine's engine on every node."""
        await run(self._script, "load", *images, seconds=300.0, environment=self._environment)

    async def gateway(self) -> str:
        """Returns the address under which pods reach this machine."""
        networks: list[Json] = json.loads(await run("docker", "network", "inspect", "kind"))
        configs: list[Json] = networks[0]["IPAM"]["Config"]
        return next(config["Gateway"] for config in configs if "." in config.get("Gateway", ""))

    async def runs_on(self, node: str, uid: str) -> bool:
        """Tells whether a node has a process of a sidecar's pod, whatever the API server knows of it."""
        look = f"grep -lzs '^QDM_INSTANCE={uid}$' /proc/[0-9]*/environ || true"
        return bool(await run("docker", "exec", node, "sh", "-c", look))

    @asynccontextmanager
    async def node_off(self, client: Client, node: str) -> AsyncIterator[None]:
        """Takes a node's power away; in the end it is back, and the cluster has it again."""
        await run("docker", "kill", node)
        try:
            yield
        finally:
            await run("docker", "start", node)
            await run(self._script, "network", seconds=_NODE_SECONDS, environment=self._environment)
            await self._until_ready(client, node)

    @asynccontextmanager
    async def kubelet_dead(self, client: Client, node: str) -> AsyncIterator[None]:
        """Ends a node's kubelet, while its containers run on; in the end it is back, and the cluster has it again."""
        await run("docker", "exec", node, "systemctl", "stop", "kubelet")
        try:
            yield
        finally:
            await run("docker", "exec", node, "systemctl", "start", "kubelet")
            await self._until_ready(client, node)

    @asynccontextmanager
    async def api_server_away(self) -> AsyncIterator[None]:
        """Freezes the control plane: what asks it gets no answer."""
        node = f"{self.name}-control-plane"
        await run("docker", "pause", node)
        try:
            yield
        finally:
            await run("docker", "unpause", node)

    async def _until_ready(self, client: Client, node: str) -> None:
        def is_ready(obj: Json | None) -> bool:
            return condition(obj, "Ready").get("status") == "True"

        await client.wait_for(NODES.path("", node), is_ready, seconds=_NODE_SECONDS)

    @property
    def _environment(self) -> dict[str, str]:
        return {"KUBECONFIG": str(self.kubeconfig), "QDM_CLUSTER": self.name}
