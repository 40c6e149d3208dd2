"""What `kubectl describe` tells of a device's past: one Event for every step and every change of a condition."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from qdm_cluster.names import DEVICES, EVENTS, FIELD_MANAGER
from qdm_cluster.objects import Json
from qdm_operator.conditions import Answer, Transition
from qdm_operator.steps import CreatePod, DeletePod, Step

_LONGEST_NOTE = 1024
_UNWANTED = {
    ("Ready", Answer.FALSE),
    ("Ready", Answer.UNKNOWN),
    ("ConfigValid", Answer.FALSE),
    ("Progressing", Answer.TRUE),
}
_ORDINARY = {"Maintenance", "Offline", "ReplacingPod", "SidecarStarting", "SidecarStopping", "StoppingPod"}


@dataclass(frozen=True, slots=True)
class Note:
    """One thing to tell; ``warning`` where a person may have to do something."""

    reason: str
    message: str
    warning: bool


def notes_on(transitions: Iterable[Transition], step: Step) -> list[Note]:
    """Returns what is worth telling; what a device says at its birth, before anything was tried, is not."""
    notes = []
    if isinstance(step, CreatePod):
        notes.append(Note("CreatedPod", "created the sidecar's pod", warning=False))
    if isinstance(step, DeletePod):
        notes.append(Note("DeletedPod", step.message, warning=step.failed))
    for transition in transitions:
        condition = transition.condition
        is_on_its_way = condition.type == "Progressing" and condition.reason != "SuccessorRefused"
        if is_on_its_way or (not transition.before and condition.answer is Answer.UNKNOWN):
            continue
        warning = (condition.type, condition.answer) in _UNWANTED and condition.reason not in _ORDINARY
        notes.append(Note(condition.reason, f"{condition.type} is {condition.answer}: {condition.message}", warning))
    return notes


def event(note: Note, obj: Json, *, now: str, identity: str) -> Json:
    """Returns a note on a device as a Kubernetes Event."""
    metadata = obj["metadata"]
    return {
        "apiVersion": EVENTS.api_version,
        "kind": EVENTS.kind,
        "metadata": {"name": f"{metadata['name']}.{secrets.token_hex(8)}", "namespace": metadata["namespace"]},
        "involvedObject": {
            "apiVersion": DEVICES.api_version,
            "kind": DEVICES.kind,
            "name": metadata["name"],
            "namespace": metadata["namespace"],
            "uid": metadata["uid"],
            "resourceVersion": metadata["resourceVersion"],
        },
        "type": "Warning" if note.warning else "Normal",
        "reason": note.reason,
        "message": note.message[:_LONGEST_NOTE],
        "firstTimestamp": now,
        "lastTimestamp": now,
        "count": 1,
        "source": {"component": FIELD_MANAGER},
        "reportingComponent": FIELD_MANAGER,
        "reportingInstance": identity[:128],
    }
