"""Which QuantumDevice answers to a deviceId.

Nothing keeps two people from applying the same deviceId in two objects. The older works, the younger does not; facade
and operator must agree on which is which, so both ask here.
"""

from collections.abc import Iterable

from qdm_cluster.objects import Json


def device_id_of(device: Json) -> str:
    """Returns the device's name in the fleet."""
    spec = device.get("spec")
    device_id = spec.get("deviceId") if isinstance(spec, dict) else None
    return device_id if isinstance(device_id, str) and device_id else str(device["metadata"]["name"])


def by_seniority(devices: Iterable[Json]) -> list[Json]:
    """Returns the oldest first; of the same second, the first by namespace and name."""

    def rank(device: Json) -> tuple[str, str, str]:
        metadata = device["metadata"]
        return metadata.get("creationTimestamp", ""), metadata.get("namespace", ""), metadata["name"]

    return sorted(devices, key=rank)


def working_devices(devices: Iterable[Json]) -> dict[str, Json]:
    """Returns the one device that works under each deviceId."""
    working: dict[str, Json] = {}
    for device in by_seniority(devices):
        working.setdefault(device_id_of(device), device)
    return working
