"""Devices of a test: their manifests, and waiting for what their status says."""

from typing import Any

from api_tier.client import Client, Json, condition
from qdm_cluster.names import DEVICES, GROUP, KIND, PODS, VERSION, pod_name


def manifest(name: str, **spec: Any) -> Json:
    """Returns a QuantumDevice of the simulator, where the spec names no other driver."""
    return {
        "apiVersion": f"{GROUP}/{VERSION}",
        "kind": KIND,
        "metadata": {"name": name},
        "spec": {"driver": "simulator", **spec},
    }


class Devices:
    """The devices of one namespace."""

    def __init__(self, client: Client, namespace: str) -> None:
        self.client = client
        self.namespace = namespace

    async def apply(self, name: str, **spec: Any) -> Json:
        """Makes or changes a device."""
        return await self.client.apply(manifest(name, **spec), namespace=self.namespace)

    async def get(self, name: str) -> Json:
        """Returns a device."""
        return await self.client.get(DEVICES.path(self.namespace, name))

    async def delete(self, name: str) -> None:
        """Deletes a device."""
        await self.client.delete(DEVICES.path(self.namespace, name))

    async def until(self, name: str, kind: str, reason: str, *, seconds: float) -> Json:
        """Waits until a condition has a reason, for the device's newest generation."""

        def holds(obj: Json | None) -> bool:
            told = condition(obj, kind)
            newest = (obj or {}).get("metadata", {}).get("generation")
            return told.get("reason") == reason and told.get("observedGeneration") == newest

        obj = await self.client.wait_for(DEVICES.path(self.namespace, name), holds, seconds=seconds)
        assert obj is not None
        return obj

    async def until_ready(self, name: str, *, seconds: float = 30.0) -> Json:
        """Waits until a device takes jobs, as its newest spec wants it."""
        await self.until(name, "Progressing", "Settled", seconds=seconds)
        return await self.until(name, "Ready", "Ready", seconds=seconds)

    async def pods(self) -> list[Json]:
        """Returns all pods."""
        return await self.client.list(PODS.path(self.namespace))

    async def pod(self, name: str) -> Json | None:
        """Returns a device's pod."""
        return await self.client.find(PODS.path(self.namespace, pod_name(name)))

    async def until_pod(self, name: str, *, other_than: str = "", seconds: float = 20.0) -> Json:
        """Waits until a device has a pod, where asked for another than the one of a UID, and returns it."""
        path = PODS.path(self.namespace, pod_name(name))

        def is_there(pod: Json | None) -> bool:
            return pod is not None and pod["metadata"]["uid"] != other_than

        pod = await self.client.wait_for(path, is_there, seconds=seconds)
        assert pod is not None
        return pod

    async def until_pods_run(self, count: int, *, seconds: float) -> list[Json]:
        """Waits until so many pods run."""

        def all_run(listing: Json | None) -> bool:
            pods = (listing or {}).get("items") or []
            return sum((pod.get("status") or {}).get("phase") == "Running" for pod in pods) >= count

        listing = await self.client.wait_for(PODS.path(self.namespace), all_run, seconds=seconds)
        assert listing is not None
        return list(listing["items"])
