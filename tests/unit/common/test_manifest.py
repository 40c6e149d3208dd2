from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError

from qdm_common.manifest import Availability, DeviceSpec, HostedDevice, QuantumDevice


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
    assert getattr(QuantumDevice.model_validate(manifest(spec)).spec, attribute) == value


def test_queue_limits_and_secret_are_read() -> None:
    limits = {"shots": 2**31 - 1, "payloadBytes": 1, "executionSeconds": 60}
    spec = {"queue": {"maxDepth": 1}, "limits": limits, "secretRef": {"name": "vendor.token-1"}}
    read = QuantumDevice.model_validate(manifest(spec)).spec
    assert (read.queue.max_depth, read.secret_ref and read.secret_ref.name) == (1, "vendor.token-1")
    assert read.limits.model_dump(by_alias=True) == limits


def test_what_the_cluster_adds_to_metadata_is_no_error() -> None:
    metadata = {"name": "bell", "namespace": "lab", "labels": {"a": "b"}, "uid": "1", "generation": 3}
    assert QuantumDevice.model_validate(manifest(metadata=metadata)).metadata.name == "bell"


def test_a_manifest_survives_a_round_trip() -> None:
    device = QuantumDevice.model_validate(manifest({"deviceId": "sim:local", "queue": {"maxDepth": 7}}))
    assert QuantumDevice.model_validate_json(device.model_dump_json(by_alias=True)) == device


@pytest.mark.parametrize(
    ("bad", "field"),
    [
        (manifest(apiVersion="qdm.eigen-os.io/v1"), "apiVersion"),
        (manifest(kind="Device"), "kind"),
        (manifest(status={}), "status"),
        (manifest(metadata={}), "metadata.name"),
        (manifest(name="Bell"), "metadata.name"),
        (manifest(name="bell-"), "metadata.name"),
        (manifest(name="sim:local"), "metadata.name"),
        (manifest(name=""), "metadata.name"),
        (manifest(name="x" * 254), "metadata.name"),
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
        (manifest(spec={"secretRef": {}}), "spec.secretRef.name"),
        (manifest(spec={"secretRef": {"name": "../other"}}), "spec.secretRef.name"),
        (manifest(spec={"secretRef": {"name": ".."}}), "spec.secretRef.name"),
        (manifest(spec={"secretRef": {"name": "a", "key": "b"}}), "spec.secretRef.key"),
        (manifest(spec={"availability": "online"}), "spec.availability"),
        (manifest(spec={"concurrency": 0}), "spec.concurrency"),
        (manifest(spec={"concurrency": 65}), "spec.concurrency"),
        (manifest(spec={"concurrency": 1.5}), "spec.concurrency"),
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
        QuantumDevice.model_validate(bad)
    assert [".".join(map(str, problem["loc"])) for problem in refused.value.errors()] == [field]


@pytest.mark.parametrize("missing", ["apiVersion", "kind", "metadata", "spec"])
def test_no_part_of_a_manifest_may_be_missing(missing: str) -> None:
    with pytest.raises(ValidationError, match=missing):
        QuantumDevice.model_validate({key: value for key, value in manifest().items() if key != missing})


@pytest.mark.parametrize(("spec", "device_id"), [({}, "bell"), ({"deviceId": "sim:local"}, "sim:local")])
def test_a_device_is_known_by_its_id_or_else_by_its_name(spec: Mapping[str, Any], device_id: str) -> None:
    assert QuantumDevice.model_validate(manifest(spec)).device_id == device_id


@pytest.mark.parametrize(
    ("spec", "device_id", "display_name"),
    [
        ({}, "bell", "bell"),
        ({"deviceId": "sim:local"}, "sim:local", "sim:local"),
        ({"displayName": "Bell"}, "bell", "Bell"),
    ],
)
def test_a_hosted_device_has_its_defaults_resolved(spec: Mapping[str, Any], device_id: str, display_name: str) -> None:
    hosted = HostedDevice.of(QuantumDevice.model_validate(manifest(spec)))
    assert (hosted.device_id, hosted.display_name) == (device_id, display_name)


def test_a_hosted_device_keeps_the_rest_of_its_spec() -> None:
    device = QuantumDevice.model_validate(
        manifest({"concurrency": 3, "limits": {"shots": 5}, "driverConfig": {"a": 1}})
    )
    hosted = HostedDevice.of(device)
    resolved = {"device_id", "display_name"}
    assert hosted.model_dump(exclude=resolved) == device.spec.model_dump(exclude=resolved)


def test_every_field_says_what_it_is_for() -> None:
    undescribed = [name for name, field in DeviceSpec.model_fields.items() if not field.description]
    assert undescribed == ["queue", "limits"]
