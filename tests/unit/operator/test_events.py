import pytest
from operator_scenes import device_object, observation

from qdm_operator.conditions import Answer, Condition, Transition
from qdm_operator.events import Note, event, notes_on
from qdm_operator.steps import CreatePod, DeletePod, Step


def transition(type_: str, answer: Answer, reason: str, before: str) -> Transition:
    return Transition(Condition(type_, answer, reason, "why"), before)


@pytest.mark.parametrize(
    ("told", "reason", "warning"),
    [
        (transition("Ready", Answer.TRUE, "Ready", "False"), "Ready", False),
        (transition("Ready", Answer.FALSE, "BackendOffline", "True"), "BackendOffline", True),
        (transition("Ready", Answer.FALSE, "Offline", "True"), "Offline", False),
        (transition("Ready", Answer.FALSE, "SidecarStarting", "True"), "SidecarStarting", False),
        (transition("Ready", Answer.UNKNOWN, "SidecarSilent", "True"), "SidecarSilent", True),
        (transition("Ready", Answer.FALSE, "SidecarStarting", ""), "SidecarStarting", False),
        (transition("Ready", Answer.FALSE, "DuplicateDeviceId", ""), "DuplicateDeviceId", True),
        (transition("ConfigValid", Answer.FALSE, "ConfigInvalid", "Unknown"), "ConfigInvalid", True),
        (transition("ConfigValid", Answer.TRUE, "Accepted", "False"), "Accepted", False),
        (transition("ConfigValid", Answer.UNKNOWN, "NotChecked", ""), None, False),
        (transition("Progressing", Answer.TRUE, "SpecChanged", "False"), None, False),
    ],
)
def test_a_change_of_a_condition_is_told_once(told: Transition, reason: str | None, *, warning: bool) -> None:
    notes = notes_on([told], Step())
    assert [(note.reason, note.warning) for note in notes] == ([] if reason is None else [(reason, warning)])


def test_a_device_that_stays_as_it_is_has_nothing_to_tell() -> None:
    assert notes_on([], Step()) == []


def test_steps_that_make_or_end_a_pod_are_told() -> None:
    pod = observation().pod
    assert pod is not None
    assert [note.reason for note in notes_on([], CreatePod())] == ["CreatedPod"]
    failed = DeletePod("PodFailed", "the pod ended", pod=pod, failed=True)
    assert notes_on([], failed) == [Note("DeletedPod", "the pod ended", warning=True)]


def test_kubectl_describe_finds_the_event_by_its_device() -> None:
    made = event(Note("Offline", "x" * 2000, warning=True), device_object(), now="2026-01-01T00:00:00Z", identity="op")
    assert made["involvedObject"]["uid"] == "device-uid"
    assert made["metadata"]["namespace"] == "lab"
    assert (made["type"], made["reason"], len(made["message"])) == ("Warning", "Offline", 1024)
