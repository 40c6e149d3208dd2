"""What a device has in the cluster, as pure functions of the device: its pod, its ConfigMap, the fleet's Service.

A pod is tied to its inputs by their digest and not by its own text, so that an operator of another version, which would
write the pod in other words, leaves a running one alone. Fields at their defaults are no part of the digest, so that a
new field with a default changes none.
"""

import hashlib
import json
from collections.abc import Mapping

from qdm_cluster.names import (
    ADMITTED_IMAGE,
    CONFIG_MAPS,
    DEVICE,
    DEVICE_ID,
    DEVICES,
    GRPC_PORT,
    IMAGE,
    INPUTS,
    METRICS_PORT,
    PART_OF,
    PODS,
    SERVICE,
    SERVICES,
    SIDECAR_LABELS,
    pod_name,
)
from qdm_cluster.objects import Json
from qdm_common.manifest import DeviceSpec, HostedDevice, QuantumDevice
from qdm_common.placement import Placement
from qdm_common.server import LIVENESS
from qdm_operator.pod import CONTAINER, FENCE_SECONDS, GRACE_VARIABLE, STOP_SECONDS

DEVICE_FILE = "device.json"

_CONFIG_FOLDER = "/etc/qdm/device"
_SECRETS_FOLDER = "/etc/qdm/secrets"
_DATA_FOLDER = "/var/lib/qdm"

# A pod that is replaced lets its jobs finish, but not for hours. Whoever else deletes it may say for how long; where
# nobody does, it is a minute: the end of a namespace is put off by half of the longest grace of any pod in it. The
# sidecar cannot see what its pod is given, so the operator tells it.
_LONGEST_GRACE_SECONDS = 600
_LONGEST_DEFAULT_GRACE_SECONDS = 60

# A sidecar that answers nothing for two minutes is started anew. Its start may take five: on a busy machine it takes
# one, and more where it has little CPU.
_UNRESPONSIVE_PROBES = 12
_STARTING_PROBES = 60


def inputs_digest(device: QuantumDevice) -> str:
    """Returns the digest of everything a change of which needs a new pod: all of the spec but the availability."""
    hosted = HostedDevice.of(device).model_dump(mode="json", exclude={"availability"}, exclude_defaults=True)
    cluster_only = DeviceSpec.model_fields.keys() - HostedDevice.model_fields.keys()
    placed = device.spec.model_dump(mode="json", include=set(cluster_only), exclude_defaults=True)
    return _digest(hosted | placed)


def config_map_name(device: QuantumDevice) -> str:
    """Returns a name that another configuration does not have, so that a running pod keeps the one it started with."""
    return f"{device.metadata.name}-{inputs_digest(device)[:10]}"


def config_map(device: QuantumDevice, obj: Json) -> Json:
    """Returns what a sidecar reads at its start: as its name, the same for every operator, whatever fields it knows."""
    text = HostedDevice.of(device).model_dump_json(by_alias=True, exclude_defaults=True)
    return {
        "apiVersion": CONFIG_MAPS.api_version,
        "kind": CONFIG_MAPS.kind,
        "metadata": _metadata(config_map_name(device), obj),
        "data": {DEVICE_FILE: text},
    }


def pod_metadata(device: QuantumDevice, obj: Json, *, image: str, admitted_image: str = "") -> Json:
    """Returns what a pod is known by; ``admitted_image`` is what admission made of its image, where that is another."""
    annotations = {DEVICE_ID: device.device_id, INPUTS: inputs_digest(device), IMAGE: image}
    if admitted_image not in {"", image}:
        annotations[ADMITTED_IMAGE] = admitted_image
    return _metadata(pod_name(device.metadata.name), obj) | {"annotations": annotations}


def pod(device: QuantumDevice, obj: Json, *, image: str) -> Json:
    """Returns the pod of a device; it runs under the restricted Pod Security Standard."""
    spec = device.spec
    grace = min(spec.limits.execution_seconds, _LONGEST_GRACE_SECONDS)
    default_grace = min(grace, _LONGEST_DEFAULT_GRACE_SECONDS)
    environment = {
        "QDM_DEVICE_FILE": f"{_CONFIG_FOLDER}/{DEVICE_FILE}",
        "QDM_DATA_DIR": _DATA_FOLDER,
        "QDM_FENCE_SECONDS": str(FENCE_SECONDS),
        GRACE_VARIABLE: str(grace),
        "QDM_UNTOLD_GRACE_SECONDS": str(default_grace),
    }
    volumes: dict[str, Json] = {
        "device": {"configMap": {"name": config_map_name(device)}},
        "data": {"emptyDir": {}},
        "tmp": {"emptyDir": {}},
    }
    mounts = {"device": _CONFIG_FOLDER, "data": _DATA_FOLDER, "tmp": "/tmp"}  # noqa: S108 - the container's own
    if spec.secret_ref is not None:
        environment["QDM_SECRETS_DIR"] = mounts["secrets"] = _SECRETS_FOLDER
        volumes["secrets"] = {"secret": {"secretName": spec.secret_ref.name}}
    instance = {"name": "QDM_INSTANCE", "valueFrom": {"fieldRef": {"fieldPath": "metadata.uid"}}}
    container = {
        "name": CONTAINER,
        "image": image,
        "args": ["sidecar"],
        "env": [*({"name": name, "value": value} for name, value in environment.items()), instance],
        "ports": [
            {"name": "grpc", "containerPort": GRPC_PORT},
            {"name": "metrics", "containerPort": METRICS_PORT},
        ],
        "startupProbe": {
            "grpc": {"port": GRPC_PORT, "service": LIVENESS},
            "periodSeconds": 5,
            "timeoutSeconds": 5,
            "failureThreshold": _STARTING_PROBES,
        },
        "readinessProbe": {"grpc": {"port": GRPC_PORT}, "periodSeconds": 5},
        "livenessProbe": {
            "grpc": {"port": GRPC_PORT, "service": LIVENESS},
            "periodSeconds": 10,
            "timeoutSeconds": 5,
            "failureThreshold": _UNRESPONSIVE_PROBES,
        },
        "resources": spec.resources.model_dump(mode="json", exclude_defaults=True),
        "securityContext": {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        },
        "volumeMounts": [
            {"name": name, "mountPath": path, "readOnly": name in {"device", "secrets"}}
            for name, path in mounts.items()
        ],
    }
    placement = spec.model_dump(mode="json", by_alias=True, exclude_defaults=True, include=set(Placement.model_fields))
    return {
        "apiVersion": PODS.api_version,
        "kind": PODS.kind,
        "metadata": pod_metadata(device, obj, image=image),
        "spec": placement
        | {
            "automountServiceAccountToken": False,
            "containers": [container],
            "enableServiceLinks": False,
            "hostname": pod_name(device.metadata.name),
            "restartPolicy": "Always",
            "securityContext": {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}},
            "subdomain": SERVICE,
            "terminationGracePeriodSeconds": default_grace + STOP_SECONDS,
            "volumes": [{"name": name, **volume} for name, volume in volumes.items()],
        },
    }


def service(namespace: str) -> Json:
    """Returns the one headless Service of a namespace: names of pods in DNS, and a place for metrics to be found."""
    return {
        "apiVersion": SERVICES.api_version,
        "kind": SERVICES.kind,
        "metadata": {"name": SERVICE, "namespace": namespace, "labels": SIDECAR_LABELS | {PART_OF: "qdm"}},
        "spec": {
            "clusterIP": "None",
            "publishNotReadyAddresses": True,
            "selector": SIDECAR_LABELS,
            "ports": [{"name": "grpc", "port": GRPC_PORT}, {"name": "metrics", "port": METRICS_PORT}],
        },
    }


def _metadata(name: str, owner: Json) -> Json:
    """Returns the metadata of a child; without ``blockOwnerDeletion``, which needs a right to finalizers."""
    theirs = owner["metadata"]
    return {
        "name": name,
        "namespace": theirs["namespace"],
        "labels": SIDECAR_LABELS | {PART_OF: "qdm", DEVICE: theirs["name"]},
        "ownerReferences": [
            {
                "apiVersion": DEVICES.api_version,
                "kind": DEVICES.kind,
                "name": theirs["name"],
                "uid": theirs["uid"],
                "controller": True,
            }
        ],
    }


def _digest(value: Mapping[str, object]) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
