"""Pods that call the fleet as Eigen OS's kernel does: from within the cluster, through the facade's Service."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from api_tier.client import Client, Json
from api_tier.pod_status import is_ready
from e2e_tier.cluster import Cluster
from qdm_cluster.names import PODS

ADDRESS = "qdm-facade:50061"

_PYTHON = "/opt/qdm/bin/python"
_POLL_SECONDS = 0.2
_START_SECONDS = 60.0
_NAME = "kernel"


class Kernel:
    """A pod with the command line of qdm and circuits in it."""

    def __init__(self, cluster: Cluster, namespace: str) -> None:
        self._cluster = cluster
        self.namespace = namespace

    async def qdm(self, *arguments: str, seconds: float = 60.0) -> str:
        """Runs a command of qdm in the pod, and returns what it printed."""
        command = ("exec", "-n", self.namespace, _NAME, "--", "qdm", *arguments, "--address", ADDRESS)
        return await self._cluster.kubectl(*command, seconds=seconds)

    async def run(self, circuit: str, device_id: str, *, shots: int) -> dict[str, int]:
        """Runs a circuit and returns its counts."""
        options = ("--device", device_id, "--shots", str(shots), "--json")
        counts: dict[str, int] = json.loads(await self.qdm("run", f"/kernel/{circuit}", *options))["counts"]
        return counts

    async def devices(self) -> dict[str, Json]:
        """Returns all devices as ListDevices tells of them, by deviceId."""
        listed = json.loads(await self.qdm("devices", "--json"))
        return {device["device_id"]: device for device in listed["devices"]}


class Stream:
    """A steady stream of calls; what became of them is in its pod's log, which outlives an API server's absence."""

    def __init__(self, cluster: Cluster, namespace: str, name: str) -> None:
        self._cluster = cluster
        self._namespace = namespace
        self._name = name

    async def lines(self) -> list[Json]:
        """Returns the story so far, a line for each second; see ``stream.py``."""
        log = await self._cluster.kubectl("logs", "-n", self._namespace, self._name)
        return [json.loads(line) for line in log.splitlines()]

    async def until_served(self, *, seconds: float) -> None:
        """Waits until a call succeeded that ended from now on."""
        seen = len(await self.lines())
        try:
            async with asyncio.timeout(seconds):
                # The first new line may tell of the time before.
                while not any(  # noqa: ASYNC110 - another pod
                    line["ended"].get("OK") for line in (await self.lines())[seen + 1 :]
                ):
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            last = (await self.lines())[-3:]
            raise AssertionError(f"no call succeeded within {seconds:g} s: {last}") from None

    async def ended(self) -> Counter[str]:
        """Returns how many calls ended in which way so far."""
        return sum((Counter(line["ended"]) for line in await self.lines()), Counter())

    async def slowest(self) -> float:
        """Returns the seconds that the slowest call took, those that are open included."""
        return max(max(line["slowest"], line["oldest"]) for line in await self.lines())

    async def failures(self) -> list[str]:
        """Returns what the first failures of each second said."""
        return [failure for line in await self.lines() for failure in line["failures"]]


@asynccontextmanager
async def kernel(
    cluster: Cluster, client: Client, namespace: str, image: str, files: Sequence[Path]
) -> AsyncIterator[Kernel]:
    """Runs a pod with these files under /kernel/."""
    await _make(client, namespace, _NAME, image=image, command=["sleep", "infinity"], files=files)
    try:
        yield Kernel(cluster, namespace)
    finally:
        await client.delete(PODS.path(namespace, _NAME), grace_seconds=0)


@asynccontextmanager
async def streaming(
    cluster: Cluster, client: Client, namespace: str, image: str, device_id: str, *, never_retry: bool = False
) -> AsyncIterator[Stream]:
    """Has a pod send jobs to a device, from the first that succeeds on."""
    name = f"stream-{time.monotonic_ns()}"
    script = Path(__file__).with_name("stream.py")
    command = [_PYTHON, "/kernel/stream.py", ADDRESS, device_id, *(["--never-retry"] if never_retry else [])]
    await _make(client, namespace, name, image=image, command=command, files=[script])
    stream = Stream(cluster, namespace, name)
    try:
        await stream.until_served(seconds=_START_SECONDS)
        yield stream
    finally:
        await client.delete(PODS.path(namespace, name), grace_seconds=0)


async def _make(
    client: Client, namespace: str, name: str, *, image: str, command: list[str], files: Sequence[Path]
) -> None:
    data = {file.name: file.read_text() for file in files}
    config_map: Json = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data}
    await client.apply(config_map, namespace=namespace)
    await client.create(PODS.path(namespace), _pod(name, image, command))
    await client.wait_for(PODS.path(namespace, name), is_ready, seconds=_START_SECONDS)


def _pod(name: str, image: str, command: list[str]) -> Json:
    container: dict[str, Any] = {
        "name": "kernel",
        "image": image,
        "command": command,
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [{"name": "kernel", "mountPath": "/kernel"}, {"name": "tmp", "mountPath": "/tmp"}],
    }
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": name, "labels": {"app": "kernel"}},
        "spec": {
            "automountServiceAccountToken": False,
            "containers": [container],
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "terminationGracePeriodSeconds": 0,
            "volumes": [{"name": "kernel", "configMap": {"name": name}}, {"name": "tmp", "emptyDir": {}}],
        },
    }
