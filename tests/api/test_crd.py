"""The CustomResourceDefinition on a real API server: what it takes, refuses and says, row by row as the model does.

tests/unit/crds holds the same tables against the model.
"""

import asyncio
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
import yaml

from api_tier.client import APPLY, Client, Json, Refused
from api_tier.control_plane import ControlPlane
from qdm_cluster.names import DEFINITIONS, DEVICES
from qdm_common.device_status import Status
from qdm_common.manifest import SCHEMA_REVISION, SCHEMA_REVISION_ANNOTATION, QuantumDevice

HERE = Path(__file__).parent
GOOD: list[Json] = yaml.safe_load((HERE / "good_devices.yaml").read_text())
BAD: list[Json] = yaml.safe_load((HERE / "bad_devices.yaml").read_text())

HEAD: Json = {"apiVersion": "qdm.eigen-os.io/v1alpha1", "kind": "QuantumDevice"}

DISCOVERY_SECONDS = 30

# Server-side apply answers 500 where an object does not have the shape of its schema.
REFUSALS = {400, 422, 500}

STATUS: Json = {
    "observedGeneration": 1,
    "conditions": [
        {
            "type": "Ready",
            "status": "False",
            "reason": "BackendUnavailable",
            "message": "The backend does not answer.",
            "observedGeneration": 1,
            "lastTransitionTime": "2026-02-03T04:05:06Z",
        }
    ],
    "deviceId": "sim:local",
    "state": "Error",
    "pod": {"name": "bell-sidecar", "uid": "1-2-3", "node": "node-1"},
    "address": "10.1.2.3:50061",
    "driverVersion": "1.2.3",
    "qubits": 20,
    "lastCalibration": "2026-02-03T04:05:06.789Z",
}


def resource(spec: Any, name: str = "bell") -> Json:
    return HEAD | {"metadata": {"name": name}, "spec": spec}


async def attempt(client: Client, way: str, device: Json) -> Json:
    """What the API server would make of the device; nothing is kept."""
    tried = {"dryRun": "All", "fieldValidation": "Strict"}
    if way == "create":
        return await client.create(DEVICES.path("default", **tried), device)
    path = DEVICES.path("default", device["metadata"]["name"], fieldManager="test", **tried)
    return await client.request("PATCH", path, device, content_type=APPLY)


async def report(client: Client, namespace: str, status: Json) -> Json:
    """Writes the status of the device."""
    path = DEVICES.path(namespace, "bell", "status", fieldManager="test")
    body = HEAD | {"metadata": {"name": "bell"}, "status": status}
    return await client.request("PATCH", path, body, content_type=APPLY)


def ways(rows: list[Json]) -> list[Any]:
    """Each row once for each way to write an object."""
    known = ("create", "apply")
    return [pytest.param(way, row, id=f"{way}-{row['what']}") for row in rows for way in row.get("ways", known)]


@pytest.mark.parametrize(("way", "row"), ways(GOOD))
async def test_a_good_device_is_taken_and_means_the_same_to_both(client: Client, way: str, row: Json) -> None:
    wanted = resource(row["spec"], row.get("name", "bell"))
    assert QuantumDevice.read(await attempt(client, way, wanted)).spec == QuantumDevice.read(wanted).spec


@pytest.mark.parametrize(("way", "row"), ways(BAD))
async def test_a_bad_device_is_refused_with_its_field_or_in_a_sentence(client: Client, way: str, row: Json) -> None:
    with pytest.raises(Refused) as refused:
        await attempt(client, way, resource(row["spec"], row.get("name", "bell")))
    assert refused.value.status in REFUSALS
    assert row["says"] in str(refused.value)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({}, {}),
        ({}, {"displayName": "Bell"}),
        ({}, {"driver": "other"}),
        ({"deviceId": "a"}, {"deviceId": "a", "concurrency": 2}),
    ],
)
async def test_all_but_the_id_may_change(client: Client, namespace: str, before: Json, after: Json) -> None:
    await client.apply(resource({"driver": "simulator"} | before), namespace=namespace)
    changed = resource({"driver": "simulator"} | after)
    stored = await client.apply(changed, namespace=namespace)
    assert QuantumDevice.read(stored).spec == QuantumDevice.read(changed).spec


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ({"deviceId": "a"}, {"deviceId": "b"}),
        ({"deviceId": "a"}, {}),
        ({}, {"deviceId": "a"}),
        ({}, {"deviceId": "bell"}),
    ],
)
async def test_a_device_keeps_its_id(client: Client, namespace: str, before: Json, after: Json) -> None:
    await client.apply(resource({"driver": "simulator"} | before), namespace=namespace)
    with pytest.raises(Refused, match=r"spec\.deviceId: .* deviceId is neither set, changed nor removed later; delete"):
        await client.apply(resource({"driver": "simulator"} | after), namespace=namespace)


async def test_a_status_is_kept_as_the_model_writes_it(client: Client, namespace: str) -> None:
    made = await client.apply(resource({"driver": "simulator"}), namespace=namespace)
    wanted = Status.model_validate(STATUS)
    written = wanted.model_dump(mode="json", by_alias=True, exclude_none=True)
    stored = await report(client, namespace, written)
    assert stored["status"] == written
    assert QuantumDevice.read(stored).status == wanted
    assert (stored["spec"], stored["metadata"]["generation"]) == (made["spec"], made["metadata"]["generation"])


async def test_writing_the_same_again_changes_nothing(client: Client, namespace: str) -> None:
    first = await client.apply(resource({"driver": "simulator"}), namespace=namespace)
    again = await client.apply(resource({"driver": "simulator"}), namespace=namespace)
    assert again["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]
    first = await report(client, namespace, STATUS)
    again = await report(client, namespace, STATUS)
    assert again["metadata"]["resourceVersion"] == first["metadata"]["resourceVersion"]


async def test_who_writes_the_device_writes_no_status(client: Client, namespace: str) -> None:
    made = await client.apply(resource({"driver": "simulator"}) | {"status": STATUS}, namespace=namespace)
    assert "status" not in made


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"state": "Fine"}, "status.state"),
        ({"qubits": -1}, "status.qubits"),
        ({"lastCalibration": "yesterday"}, "status.lastCalibration"),
        ({"queueDepth": 3}, "status.queueDepth"),
        ({"conditions": [STATUS["conditions"][0] | {"status": "Maybe"}]}, "status.conditions[0].status"),
        ({"conditions": [STATUS["conditions"][0] | {"reason": "Not one word"}]}, "status.conditions[0].reason"),
        ({"conditions": STATUS["conditions"] * 2}, "status.conditions"),
        ({"pod": {}}, "status.pod.name"),
    ],
    ids=lambda value: str(value) if isinstance(value, str) else None,
)
async def test_a_status_of_no_meaning_is_refused(client: Client, namespace: str, change: Json, says: str) -> None:
    await client.apply(resource({"driver": "simulator"}), namespace=namespace)
    with pytest.raises(Refused) as refused:
        await report(client, namespace, STATUS | change)
    assert refused.value.status in REFUSALS
    assert says in str(refused.value)


async def test_the_definition_is_structural_and_served(client: Client) -> None:
    definition = await client.get(DEFINITIONS.path(name=f"{DEVICES.plural}.{DEVICES.group}"))
    conditions = {condition["type"]: condition["status"] for condition in definition["status"]["conditions"]}
    assert conditions == {"NamesAccepted": "True", "Established": "True"}
    assert definition["metadata"]["annotations"][SCHEMA_REVISION_ANNOTATION] == str(SCHEMA_REVISION)


@pytest.fixture
async def kubectl(control_plane: ControlPlane) -> Callable[..., str]:
    """Runs kubectl, from when on it knows QuantumDevices: the API server tells of a kind after it has served it."""
    explained = ""
    async with asyncio.timeout(DISCOVERY_SECONDS):
        while not explained:
            await asyncio.to_thread(control_plane.kubectl, "api-resources")  # forgets what it remembers of kinds
            with suppress(AssertionError):
                explained = await asyncio.to_thread(control_plane.kubectl, "explain", "qdev.spec")
    return control_plane.kubectl


def test_kubectl_explains_what_drivers_are_told(kubectl: Callable[..., str]) -> None:
    explained = " ".join(kubectl("explain", "qdev.spec.driverConfig").split())
    assert "Settings of the driver, checked by its own schema" in explained
    assert "device <Object> Reserved for the host; never set." in explained


def test_kubectl_explains_every_part(kubectl: Callable[..., str]) -> None:
    explained = kubectl("explain", "qdev", "--recursive")
    for field in ("driver\t<string> -required-", "maxDepth\t<integer>", "lastTransitionTime\t<string> -required-"):
        assert field in explained
    assert "enum: Online, Maintenance, Offline" in explained


@pytest.mark.parametrize(
    ("output", "columns", "line"),
    [
        (
            "",
            "NAME DEVICE DRIVER READY REASON STATE QUBITS AGE",
            r"bell +sim:local +simulator +False +BackendUnavailable +Error +20 +\S+",
        ),
        (
            "wide",
            "NAME DEVICE DRIVER READY REASON STATE QUBITS AGE MESSAGE POD NODE",
            r"bell +sim:local .* +\S+ +The backend does not answer\. +bell-sidecar +node-1",
        ),
    ],
)
async def test_kubectl_shows_whether_a_device_is_up_and_if_not_why(
    client: Client, namespace: str, kubectl: Callable[..., str], *, output: str, columns: str, line: str
) -> None:
    await client.apply(resource({"driver": "simulator", "deviceId": "sim:local"}), namespace=namespace)
    await report(client, namespace, STATUS)
    printed = await asyncio.to_thread(kubectl, "get", "qdev", "-n", namespace, "-o", output)
    head, shown = printed.splitlines()
    assert head.split() == columns.split()
    assert re.fullmatch(line, shown.strip())


@pytest.mark.parametrize("called", ["quantumdevices", "quantumdevice", "qdev", "qdm"])
async def test_devices_are_known_by_every_name_and_by_their_category(
    client: Client, namespace: str, kubectl: Callable[..., str], called: str
) -> None:
    await client.apply(resource({"driver": "simulator"}), namespace=namespace)
    found = await asyncio.to_thread(kubectl, "get", called, "-n", namespace, "-o", "name")
    assert found.strip() == "quantumdevice.qdm.eigen-os.io/bell"
