import json
from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from qdm_common.device_status import Condition, DevicePod, Status
from qdm_common.manifest import (
    Availability,
    DeviceSpec,
    HostedDevice,
    HostedSpec,
    Limits,
    QuantumDevice,
    Queue,
    SecretRef,
)
from qdm_common.placement import Placement


def manifest(spec: Mapping[str, Any] | None = None, *, name: str = "bell", **top: Any) -> dict[str, Any]:
    """A good manifest, with changes."""
    device = {"apiVersion": "qdm.eigen-os.io/v1alpha1", "kind": "QuantumDevice", "metadata": {"name": name}}
    return device | {"spec": {"driver": "simulator"} | dict(spec or {})} | top


@pytest.mark.parametrize(
    ("spec", "attribute", "value"),
    [
        ({}, "driver", "simulator"),
        ({}, "availability", Availability.ONLINE),
        ({}, "concurrency", 1),
        ({"deviceId": "sim:local"}, "device_id", "sim:local"),
        ({"deviceId": "ibm/fez.v2-a_1"}, "device_id", "ibm/fez.v2-a_1"),
        ({"deviceId": "x"}, "device_id", "x"),
        ({"displayName": "Simulator № 1"}, "display_name", "Simulator № 1"),
        ({"driverConfig": {"noise": [1, 2.5, None]}}, "driver_config", {"noise": [1, 2.5, None]}),
        ({"availability": "Maintenance"}, "availability", Availability.MAINTENANCE),
        ({"availability": "Offline"}, "availability", Availability.OFFLINE),
        ({"concurrency": 64}, "concurrency", 64),
    ],
)
def test_a_good_spec_is_read(spec: Mapping[str, Any], attribute: str, value: object) -> None:
    assert getattr(QuantumDevice.read(manifest(spec)).spec, attribute) == value


def test_queue_limits_and_secret_are_read() -> None:
    limits = {"shots": 2**31 - 1, "payloadBytes": 1, "executionSeconds": 60}
    spec = {"queue": {"maxDepth": 1}, "limits": limits, "secretRef": {"name": "vendor.token-1"}}
    read = QuantumDevice.read(manifest(spec)).spec
    assert (read.queue.max_depth, read.secret_ref and read.secret_ref.name) == (1, "vendor.token-1")
    assert read.limits.model_dump(by_alias=True) == limits


def test_what_the_cluster_adds_to_metadata_is_no_error() -> None:
    metadata = {"name": "bell", "namespace": "lab", "labels": {"a": "b"}, "uid": "1", "generation": 3}
    assert QuantumDevice.read(manifest(metadata=metadata)).metadata.name == "bell"


def test_a_manifest_survives_a_round_trip() -> None:
    device = QuantumDevice.read(manifest({"deviceId": "sim:local", "queue": {"maxDepth": 7}}))
    assert QuantumDevice.model_validate_json(device.model_dump_json(by_alias=True)) == device


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (manifest(apiVersion="qdm.eigen-os.io/v1"), "apiVersion"),
        (manifest(kind="Device"), "kind"),
        (manifest(replicas=2), "replicas"),
        (manifest(metadata={}), "metadata.name"),
        (manifest(name="Bell"), "metadata.name"),
        (manifest(name="bell-"), "metadata.name"),
        (manifest(name="sim:local"), "metadata.name"),
        (manifest(name=""), "metadata.name"),
        (manifest(name="bell\n"), "metadata.name"),
        (manifest(name="bell.lab"), "metadata.name"),
        (manifest(name="x" * 56), "metadata.name"),
        (manifest(spec={"driver": ""}), "spec.driver"),
        (manifest(spec={"driver": None}), "spec.driver"),
        (manifest(spec={"driver": "x" * 64}), "spec.driver"),
        (manifest(spec={"deviceId": ""}), "spec.deviceId"),
        (manifest(spec={"deviceId": "a b"}), "spec.deviceId"),
        (manifest(spec={"deviceId": ":local"}), "spec.deviceId"),
        (manifest(spec={"deviceId": "sim:"}), "spec.deviceId"),
        (manifest(spec={"deviceId": "sim:lokál"}), "spec.deviceId"),
        (manifest(spec={"deviceId": "sim:local\n"}), "spec.deviceId"),
        (manifest(spec={"deviceId": 7}), "spec.deviceId"),
        (manifest(spec={"displayName": "x" * 254}), "spec.displayName"),
        (manifest(spec={"driverConfig": []}), "spec.driverConfig"),
        (manifest(spec={"driverConfig": {"device": "x"}}), "spec.driverConfig"),
        (manifest(spec={"device_id": "x"}), "spec.device_id"),
        (manifest(spec={"secretRef": {}}), "spec.secretRef.name"),
        (manifest(spec={"secretRef": {"name": "../other"}}), "spec.secretRef.name"),
        (manifest(spec={"secretRef": {"name": ".."}}), "spec.secretRef.name"),
        (manifest(spec={"secretRef": {"name": "a", "key": "b"}}), "spec.secretRef.key"),
        (manifest(spec={"availability": "online"}), "spec.availability"),
        (manifest(spec={"concurrency": 0}), "spec.concurrency"),
        (manifest(spec={"concurrency": 65}), "spec.concurrency"),
        (manifest(spec={"concurrency": 1.5}), "spec.concurrency"),
        (manifest(spec={"concurrency": "3"}), "spec.concurrency"),
        (manifest(spec={"concurrency": True}), "spec.concurrency"),
        (manifest(spec={"queue": {"maxDepth": 0}}), "spec.queue.maxDepth"),
        (manifest(spec={"queue": {"depth": 1}}), "spec.queue.depth"),
        (manifest(spec={"limits": {"shots": 0}}), "spec.limits.shots"),
        (manifest(spec={"limits": {"shots": 2**31}}), "spec.limits.shots"),
        (manifest(spec={"limits": {"payloadBytes": 0}}), "spec.limits.payloadBytes"),
        (manifest(spec={"limits": {"executionSeconds": -1}}), "spec.limits.executionSeconds"),
        (manifest(spec={"replicas": 2}), "spec.replicas"),
    ],
)
def test_a_bad_manifest_is_refused_with_the_field(bad: Mapping[str, Any], field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        QuantumDevice.read(bad)
    assert [".".join(map(str, problem["loc"])) for problem in refused.value.errors()] == [field]


@pytest.mark.parametrize("missing", ["apiVersion", "kind", "metadata", "spec"])
def test_no_part_of_a_manifest_may_be_missing(missing: str) -> None:
    with pytest.raises(ValidationError, match=missing):
        QuantumDevice.read({key: value for key, value in manifest().items() if key != missing})


@pytest.mark.parametrize(("spec", "device_id"), [({}, "bell"), ({"deviceId": "sim:local"}, "sim:local")])
def test_a_device_is_known_by_its_id_or_else_by_its_name(spec: Mapping[str, Any], device_id: str) -> None:
    assert QuantumDevice.read(manifest(spec)).device_id == device_id


@pytest.mark.parametrize(
    ("spec", "device_id", "display_name"),
    [
        ({}, "bell", "bell"),
        ({"deviceId": "sim:local"}, "sim:local", "sim:local"),
        ({"displayName": "Bell"}, "bell", "Bell"),
    ],
)
def test_a_hosted_device_has_its_defaults_resolved(spec: Mapping[str, Any], device_id: str, display_name: str) -> None:
    hosted = HostedDevice.of(QuantumDevice.read(manifest(spec)))
    assert (hosted.device_id, hosted.display_name) == (device_id, display_name)


def test_a_hosted_device_keeps_what_its_sidecar_needs() -> None:
    spec = {"concurrency": 3, "limits": {"shots": 5}, "driverConfig": {"a": 1}, "secretRef": {"name": "token"}}
    device = QuantumDevice.read(manifest(spec))
    resolved = {"device_id", "display_name"}
    kept = set(HostedSpec.model_fields) - resolved
    assert HostedDevice.of(device).model_dump(exclude=resolved) == device.spec.model_dump(include=kept)


def test_a_sidecar_reads_what_a_newer_operator_wrote() -> None:
    told = {
        "deviceId": "a",
        "driver": "d",
        "colour": "red",
        "limits": {"shots": 5, "colours": 3},
        "queue": {"maxDepth": 7},
    }
    known = {"deviceId": "a", "driver": "d", "limits": {"shots": 5}, "queue": {"maxDepth": 7}}
    assert HostedDevice.parse(json.dumps(told).encode()) == HostedDevice.model_validate(known)


@pytest.mark.parametrize(
    "change",
    [
        {"image": "registry.example/qdm:2"},
        {"resources": {"limits": {"memory": "2Gi"}}},
        {"nodeSelector": {"zone": "a"}},
        {"tolerations": [{"operator": "Exists"}]},
        {"affinity": {"podAffinity": {}}},
        {"topologySpreadConstraints": [{"maxSkew": 1, "topologyKey": "a", "whenUnsatisfiable": "ScheduleAnyway"}]},
        {"priorityClassName": "high"},
        {"runtimeClassName": "gvisor"},
        {"imagePullSecrets": [{"name": "registry"}]},
        {"serviceAccountName": "devices"},
    ],
    ids=lambda change: next(iter(change)),
)
def test_what_concerns_only_the_pod_is_nothing_to_the_sidecar(change: Mapping[str, Any]) -> None:
    plain, placed = (QuantumDevice.read(manifest(spec)) for spec in ({}, change))
    assert placed.spec != plain.spec
    assert HostedDevice.of(placed).model_dump_json(by_alias=True) == HostedDevice.of(plain).model_dump_json(
        by_alias=True
    )


def test_the_pods_own_fields_are_all_known_by_what_a_sidecar_does_not_need() -> None:
    changed = {"image", "resources", *Placement.model_fields}
    assert set(DeviceSpec.model_fields) == changed | set(HostedSpec.model_fields)


def test_what_is_null_is_unset() -> None:
    nothing: dict[str, Any] = {
        "deviceId": None,
        "displayName": None,
        "queue": None,
        "driverConfig": None,
        "image": None,
    }
    assert QuantumDevice.read(manifest(nothing)) == QuantumDevice.read(manifest())


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ({"driverConfig": {"device": 1}}, "device is reserved for the host; remove it"),
        ({"tolerations": [{}]}, "a toleration without key tolerates every taint and needs operator Exists"),
        ({"imagePullSecrets": [{"name": "a"}, {"name": "a"}]}, "two items have the same name; remove one"),
        (
            {"resources": {"limits": {"cpu": 0.5}}},
            "must be a whole number, or a quantity in quotes such as '500m', '0.5' or '2Gi'",
        ),
    ],
)
def test_who_broke_a_rule_is_told_in_a_sentence(spec: Mapping[str, Any], sentence: str) -> None:
    with pytest.raises(ValidationError) as refused:
        QuantumDevice.read(manifest(spec))
    assert [problem["msg"] for problem in refused.value.errors()] == [sentence]


def test_a_status_is_read_and_written_as_it_is() -> None:
    status = {
        "observedGeneration": 3,
        "conditions": [
            {
                "type": "Ready",
                "status": "True",
                "reason": "Ready",
                "message": "",
                "observedGeneration": 3,
                "lastTransitionTime": "2026-02-03T04:05:06Z",
            }
        ],
        "deviceId": "sim:local",
        "state": "Online",
        "pod": {"name": "bell-sidecar", "uid": "1-2", "node": "n1"},
        "address": "10.1.2.3:50061",
        "driverVersion": "1.2",
        "qubits": 20,
        "lastCalibration": "2026-02-03T04:05:06Z",
    }
    read = QuantumDevice.read(manifest(status=status)).status
    assert read is not None
    assert read.model_dump(mode="json", by_alias=True, exclude_none=True) == status


def test_what_a_newer_operator_wrote_into_a_status_is_ignored() -> None:
    status = {"colour": "blue", "pod": {"name": "a", "zone": "b"}}
    read = QuantumDevice.read(manifest(status=status)).status
    assert read == Status(pod=DevicePod(name="a"))


@pytest.mark.parametrize(
    "bad",
    [
        {"state": "Fine"},
        {"qubits": -1},
        {"lastCalibration": "2026-02-03T04:05:06"},
        {"conditions": [{"type": "Ready"}]},
    ],
)
def test_a_status_of_no_meaning_is_refused(bad: Mapping[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Status.model_validate(bad)


def test_every_field_says_what_it_is_for() -> None:
    parts = (DeviceSpec, Status, Condition, DevicePod, Queue, Limits, SecretRef)
    assert [name for part in parts for name, field in part.model_fields.items() if not field.description] == []
