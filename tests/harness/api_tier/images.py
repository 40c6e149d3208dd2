"""What a played node does with an image: runs the real program, or plays one on paper."""

import asyncio
import shutil
import sys
from base64 import b64decode
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

from api_tier.client import Client, Json
from api_tier.process import Process, clean_environment
from qdm_cluster.names import COMPONENT, CONFIG_MAPS, GRPC_PORT, METRICS_PORT, SIDECAR_LABELS, Resource

SECRETS = Resource("", "v1", "secrets", "Secret")

_PROBE_SECONDS = 0.1


class NotStarted(Exception):  # noqa: N818 - a state of a container, with its name
    """A container cannot be started now; ``reason`` is Kubernetes' word for why it waits."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(f"{reason}: {message}")
        self.reason = reason
        self.message = message


class Container(Protocol):
    """One run of a container."""

    name: str

    async def ready(self) -> None:
        """Waits until it is ready for work; it may never be."""

    async def ended(self) -> int:
        """Waits for its end and returns its exit code."""

    def terminate(self) -> None:
        """Asks it to end."""

    def kill(self) -> None:
        """Ends it."""


@dataclass(frozen=True, slots=True)
class Placed:
    """A pod on its node: the object, its address, and a folder that lives as long as it does."""

    pod: Json
    address: str
    folder: Path


class Image(Protocol):
    """Something that containers are made from."""

    async def start(self, placed: Placed, client: Client) -> Container:
        """Starts the pod's container. Raises NotStarted."""


class _PaperContainer:
    """Runs as long as it is let, or ends at once."""

    def __init__(self, *, exit_code: int | None) -> None:
        self.name = "paper://container"
        self._code: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._lives = exit_code is None
        if exit_code is not None:
            self._code.set_result(exit_code)

    async def ready(self) -> None:
        if not self._lives:
            await asyncio.Event().wait()

    async def ended(self) -> int:
        return await asyncio.shield(self._code)

    def terminate(self) -> None:
        self.kill()

    def kill(self) -> None:
        if not self._code.done():
            self._code.set_result(0)


@dataclass(frozen=True, slots=True)
class OnPaper:
    """A program that is ready at once and runs until told to stop; nothing listens at the pod's address."""

    async def start(self, placed: Placed, client: Client) -> Container:  # noqa: ARG002 - the protocol's
        return _PaperContainer(exit_code=None)


@dataclass(frozen=True, slots=True)
class Crashes:
    """A program that ends as soon as it was started."""

    exit_code: int = 1

    async def start(self, placed: Placed, client: Client) -> Container:  # noqa: ARG002 - the protocol's
        return _PaperContainer(exit_code=self.exit_code)


@dataclass(frozen=True, slots=True)
class CannotBePulled:
    """An image that no registry has."""

    async def start(self, placed: Placed, client: Client) -> Container:  # noqa: ARG002 - the protocol's
        raise NotStarted("ImagePullBackOff", "the image cannot be pulled")


class _SidecarContainer:
    """A real sidecar process, listening at the pod's address."""

    def __init__(self, process: Process, address: str) -> None:
        self.name = f"process://{process.pid}"
        self.process = process
        self._address = address

    async def ready(self) -> None:
        async with grpc.aio.insecure_channel(self._address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
            probe: Any = health_pb2_grpc.HealthStub(channel)
            while not await _serves(probe):  # noqa: ASYNC110 - another process
                await asyncio.sleep(_PROBE_SECONDS)

    async def ended(self) -> int:
        return await self.process.ended()

    def terminate(self) -> None:
        self.process.terminate()

    def kill(self) -> None:
        self.process.kill()


async def _serves(probe: Any) -> bool:
    try:
        answer = await probe.Check(health_pb2.HealthCheckRequest(), timeout=1)
    except grpc.aio.AioRpcError:
        return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)


@dataclass(frozen=True, slots=True)
class RealSidecar:
    """`qdm sidecar` in a process of its own, as its pod says; pods of other programs are played on paper.

    The container's paths become folders of the pod. ``settings`` are added to the environment.
    """

    settings: Mapping[str, str] = field(default_factory=dict)

    async def start(self, placed: Placed, client: Client) -> Container:
        if placed.pod["metadata"].get("labels", {}).get(COMPONENT) != SIDECAR_LABELS[COMPONENT]:
            return await OnPaper().start(placed, client)
        container = placed.pod["spec"]["containers"][0]
        folders = await _volumes(placed, client)
        paths = {mount["mountPath"]: folders[mount["name"]] for mount in container.get("volumeMounts", [])}
        named = {entry["name"]: _on_host(_value(entry, placed), paths) for entry in container.get("env", [])}
        listening = {
            "QDM_LISTEN": f"{placed.address}:{GRPC_PORT}",
            "QDM_METRICS_LISTEN": f"{placed.address}:{METRICS_PORT}",
        }
        command = [Path(sys.executable).with_name("qdm"), *container.get("args", [])]
        process = Process(
            placed.pod["metadata"]["name"],
            command,
            {**clean_environment(), **named, **listening, **self.settings},
            placed.folder / "container.log",
        )
        return _SidecarContainer(process, listening["QDM_LISTEN"])


def _value(entry: Json, placed: Placed) -> str:
    if "value" in entry or "valueFrom" not in entry:
        return str(entry.get("value", ""))
    metadata = placed.pod["metadata"]
    known = {f"metadata.{name}": metadata[name] for name in ("uid", "name", "namespace")}
    return str((known | {"status.podIP": placed.address})[entry["valueFrom"]["fieldRef"]["fieldPath"]])


def _on_host(value: str, paths: Mapping[str, Path]) -> str:
    for path, folder in paths.items():
        if value == path or value.startswith(f"{path}/"):
            return f"{folder}{value.removeprefix(path)}"
    return value


async def _volumes(placed: Placed, client: Client) -> dict[str, Path]:
    """Writes the pod's volumes and returns their folders; those of its own keep what is in them."""
    folders: dict[str, Path] = {}
    for volume in placed.pod["spec"].get("volumes", []):
        folder = folders[volume["name"]] = placed.folder / "volumes" / volume["name"]
        files = await _files(volume, placed.pod["metadata"]["namespace"], client)
        if files is not None:
            shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True, exist_ok=True)
        for name, content in (files or {}).items():
            (folder / name).write_bytes(content)
    return folders


async def _files(volume: Json, namespace: str, client: Client) -> dict[str, bytes] | None:
    """Returns the files of a ConfigMap or Secret; ``None`` for a volume that is the pod's own."""
    if "configMap" in volume:
        found = await _mounted(CONFIG_MAPS, namespace, volume["configMap"]["name"], client)
        return {name: text.encode() for name, text in found.get("data", {}).items()}
    if "secret" in volume:
        found = await _mounted(SECRETS, namespace, volume["secret"]["secretName"], client)
        return {name: b64decode(text) for name, text in found.get("data", {}).items()}
    return None


async def _mounted(resource: Resource, namespace: str, name: str, client: Client) -> Json:
    found = await client.find(resource.path(namespace, name))
    if found is None:
        raise NotStarted("ContainerCreating", f'{resource.kind.lower()} "{name}" not found')
    return found
