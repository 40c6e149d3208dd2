"""What the operator needs to know of a pod, read from the object once."""

from dataclasses import dataclass
from typing import Self

from qdm_cluster.names import ADMITTED_IMAGE, DEVICE_ID, IMAGE, INPUTS, KIND, SIDECAR_LABELS
from qdm_cluster.objects import Json, Key, holds, key_of, owner_kind, owner_uid
from qdm_cluster.pods import has_finished, sidecar_address

CONTAINER = "sidecar"

# How long a sidecar lets its jobs end, and what it takes beyond that to stop.
GRACE_VARIABLE = "QDM_GRACE_SECONDS"
STOP_SECONDS = 15

# How long a sidecar works on after its last acknowledged heartbeat: never left to its image, as successors wait for it.
FENCE_SECONDS = 15

# Reasons for which a container waits that pass by themselves.
_STARTING = frozenset({"", "ContainerCreating", "PodInitializing"})


@dataclass(frozen=True, slots=True)
class PodPlace:
    """A pod, and where its sidecar is or was called; ``node`` and ``address`` are empty before it has them."""

    name: str
    uid: str
    node: str
    address: str


@dataclass(frozen=True, slots=True)
class End:
    """How a container ended, by the word of the kubelet: ``reason`` is its word, such as OOMKilled."""

    reason: str
    exit_code: int


@dataclass(frozen=True, slots=True)
class Pod:
    """A sidecar pod as it is now.

    ``of_device`` says that some QuantumDevice owns it, or that it bears a sidecar's labels and is being deleted.
    ``image`` is the one it was to be made with, ``admitted_image`` what the cluster's admission made of that, and
    ``running_image`` the one it has, which people can edit.
    ``waiting`` is the reason for which its container does not run, where that is no part of an ordinary start;
    ``last_end`` is how its container ended before it was started anew, ``None`` where it never was.
    ``ended`` says that nothing of it runs any more, by the word of the kubelet, or that no node ever had it.
    ``ready`` is what the kubelet's probe says of its container.
    ``grace_seconds`` is what it takes at most to let its jobs end and to stop, ``None`` where it does not say;
    ``granted_seconds`` is what its jobs are given while it is deleted, and otherwise 0.
    """

    key: Key
    uid: str
    owner: str
    of_device: bool
    device_id: str
    inputs: str
    image: str
    admitted_image: str
    running_image: str
    node: str
    address: str
    phase: str
    finished: bool
    deleting_since: str
    waiting: str
    last_end: End | None
    ready: bool
    unschedulable: str
    restarts: int
    ended: bool
    grace_seconds: int | None
    granted_seconds: int

    @property
    def place(self) -> PodPlace:
        """Which pod it is, and where its sidecar is called."""
        return PodPlace(self.key.name, self.uid, self.node, self.address)

    @property
    def pending(self) -> bool:
        """Whether no container of it has ever run."""
        return self.phase == "Pending"

    @classmethod
    def of(cls, obj: Json) -> Self:
        """Reads a pod."""
        metadata, spec, status = obj["metadata"], obj.get("spec") or {}, obj.get("status") or {}
        annotations = metadata.get("annotations") or {}
        containers = status.get("containerStatuses") or []
        states = [container.get("state") or {} for container in containers]
        reasons = [state["waiting"].get("reason", "") for state in states if "waiting" in state]
        ours: Json = next((known for known in spec.get("containers") or [] if known["name"] == CONTAINER), {})
        sidecar: Json = next((known for known in containers if known.get("name") == CONTAINER), {})
        node = spec.get("nodeName", "")
        return cls(
            key=key_of(obj),
            uid=metadata["uid"],
            owner=owner_uid(obj),
            of_device=owner_kind(obj) == KIND or _is_ending_sidecar(metadata),
            device_id=annotations.get(DEVICE_ID, ""),
            inputs=annotations.get(INPUTS, ""),
            image=annotations.get(IMAGE, ""),
            admitted_image=annotations.get(ADMITTED_IMAGE) or annotations.get(IMAGE, ""),
            running_image=ours.get("image", ""),
            node=node,
            address=sidecar_address(obj),
            phase=status.get("phase", ""),
            finished=has_finished(obj),
            deleting_since=metadata.get("deletionTimestamp", ""),
            waiting=next((reason for reason in reasons if reason not in _STARTING), ""),
            last_end=_last_end(sidecar),
            ready=sidecar.get("ready", False),
            unschedulable=_unschedulable(status),
            restarts=sum(container.get("restartCount", 0) for container in containers),
            ended=not node or (has_finished(obj) and all("terminated" in state for state in states)),
            grace_seconds=_grace(ours),
            granted_seconds=max(0, (metadata.get("deletionGracePeriodSeconds") or 0) - STOP_SECONDS),
        )


def _is_ending_sidecar(metadata: Json) -> bool:
    return "deletionTimestamp" in metadata and holds(metadata.get("labels"), SIDECAR_LABELS)


def _last_end(container: Json) -> End | None:
    ended = (container.get("lastState") or {}).get("terminated")
    return End(ended.get("reason") or "an unknown cause", ended["exitCode"]) if ended is not None else None


def _grace(container: Json) -> int | None:
    variables = container.get("env") or []
    value = next((variable.get("value", "") for variable in variables if variable["name"] == GRACE_VARIABLE), "")
    return int(value) + STOP_SECONDS if value.isdecimal() else None


def _unschedulable(status: Json) -> str:
    for condition in status.get("conditions") or []:
        if condition.get("type") == "PodScheduled" and condition.get("status") == "False":
            return str(condition.get("message") or condition.get("reason") or "no node takes it")
    return ""
