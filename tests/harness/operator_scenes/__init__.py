"""Devices, pods and sidecars as the operator sees them, each with what a test cares about and nothing else."""

from typing import Any

from qdm_common.manifest import QuantumDevice
from qdm_common.sidecar_health import Heard
from qdm_driver import Violation
from qdm_operator import children
from qdm_operator.observation import Observation
from qdm_operator.pod import Pod
from qdm_operator.verdict import Verdict
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2

Json = dict[str, Any]

IMAGE = "registry.example/simulator:1"


def device_object(**spec: Any) -> Json:
    """A QuantumDevice as the API server returns it."""
    return {
        "apiVersion": "qdm.eigen-os.io/v1alpha1",
        "kind": "QuantumDevice",
        "metadata": {
            "name": "sim",
            "namespace": "lab",
            "uid": "device-uid",
            "generation": 3,
            "resourceVersion": "7",
            "creationTimestamp": "2026-01-01T00:00:00Z",
        },
        "spec": {"driver": "simulator", "deviceId": "sim:local", **spec},
    }


def typed(obj: Json) -> QuantumDevice:
    """The device as the operator reads it: without its status."""
    return QuantumDevice.read({key: value for key, value in obj.items() if key != "status"})


def pod_object(obj: Json, *, image: str = IMAGE, **status: Any) -> Json:
    """The pod that the operator makes for a device, running on a node."""
    made = children.pod(typed(obj), obj, image=image)
    made["metadata"] |= {"uid": "pod-uid", "resourceVersion": "1"}
    made["spec"]["nodeName"] = "node-a"
    running = {"name": "sidecar", "state": {"running": {}}, "restartCount": 0}
    made["status"] = {"phase": "Running", "podIP": "10.0.0.7", "containerStatuses": [running], **status}
    return made


def report(**changes: Any) -> sidecar_pb2.WatchResponse:
    """What a healthy sidecar says."""
    said = sidecar_pb2.WatchResponse(
        device=pb.DeviceInfo(
            device_id="sim:local", status=pb.DEVICE_STATUS_ONLINE, capabilities={"max_qubits": "30"}, queue_depth=0
        ),
        metadata={"driver": "simulator", "reason": "Ready", "message": "takes jobs", "driver_version": "1.2"},
        config_valid=True,
        availability=sidecar_pb2.AVAILABILITY_ONLINE,
        held=True,
    )
    metadata = changes.pop("metadata", {})
    said.metadata.update(metadata)
    if "status" in changes:
        said.device.status = changes.pop("status")
    for field, value in changes.items():
        setattr(said, field, value)
    return said


def heard(*, connected: bool = True, silent_seconds: float = 0.5, **changes: Any) -> Heard:
    """A healthy sidecar that was heard of just now."""
    return Heard(report(**changes), connected, silent_seconds)


def verdict(*violations: Violation, checkable: bool = True) -> Verdict:
    """What the sidecar of a device's pod says of the configuration that is wanted."""
    return Verdict("pod-uid", "those that are wanted", violations, checkable)


def observation(obj: Json | None = None, **facts: Any) -> Observation:
    """A device that is as it should be, but for the facts given."""
    obj = obj or device_object()
    settled = {
        "device": typed(obj),
        "pod": Pod.of(pod_object(obj)),
        "heard": heard(),
        "image": obj["spec"].get("image", IMAGE),
    }
    return Observation(obj, **{**settled, **facts})
