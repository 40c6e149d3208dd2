from dataclasses import replace
from typing import Any

import pytest
from operator_scenes import IMAGE, device_object, heard, observation, pod_object, verdict

from qdm_cluster.objects import Key
from qdm_common.sidecar_health import Heard
from qdm_driver import Violation
from qdm_operator.observation import LostPod, Observation
from qdm_operator.pod import Pod, PodPlace
from qdm_operator.steps import (
    AskSidecar,
    Blocked,
    CreatePod,
    DeletePod,
    Listen,
    ReplacePod,
    Step,
    TellAvailability,
    Wait,
    is_over,
    next_step,
)
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2

LOST = PodPlace("sim-sidecar", "u", "", "10.0.0.7:50061")
NOTHING_HEARD = Heard(None, connected=False, silent_seconds=1.0)
CRASHING: dict[str, Any] = {
    "containerStatuses": [{"name": "sidecar", "restartCount": 9, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}]
}


def pod(obj: dict[str, Any] | None = None, **status: Any) -> Pod:
    return Pod.of(pod_object(obj or device_object(), **status))


def changed(
    *, made_from: dict[str, Any] | None = None, pod_status: dict[str, Any] | None = None, **facts: Any
) -> Observation:
    """A device whose driverConfig is another than that of its pod."""
    wanted = device_object(driverConfig={"noise": 0.5})
    return observation(wanted, pod=pod(device_object(**(made_from or {})), **(pod_status or {})), **facts)


def of_former_device() -> Pod:
    obj = device_object()
    obj["metadata"]["uid"] = "former-device-uid"
    return pod(obj)


def of_somebody_else(*, deleted: bool = False, **metadata: Any) -> Pod:
    """A pod under this device's name that no QuantumDevice owns."""
    obj = pod_object(device_object())
    owner = {"apiVersion": "apps/v1", "kind": "ReplicaSet", "name": "web", "uid": "web-uid", "controller": True}
    obj["metadata"] |= {"ownerReferences": [owner], **metadata}
    if deleted:
        obj["metadata"]["deletionTimestamp"] = "2026-01-01T00:00:00Z"
    return Pod.of(obj)


PREDECESSOR = replace(pod(), key=Key("lab", "elder-sidecar"), owner="elder-uid")


@pytest.mark.parametrize(
    ("seen", "kind", "reason"),
    [
        # as it should be
        (observation(), Step, "Settled"),
        # no pod
        (observation(pod=None, heard=None), CreatePod, "CreatingPod"),
        (observation(pod=None, heard=None, predecessors=[PREDECESSOR]), Wait, "WaitingForPredecessor"),
        (observation(pod=None, heard=None, pause_seconds=4.0), Wait, "PausingAfterFailure"),
        (
            observation(pod=None, heard=None, lost=LostPod(LOST, 3.0, NOTHING_HEARD)),
            Wait,
            "WaitingForLostPod",
        ),
        (
            observation(pod=None, heard=None, lost=LostPod(LOST, 30.0, replace(NOTHING_HEARD, silent_seconds=30.0))),
            CreatePod,
            "CreatingPod",
        ),
        # a pod that ends, or has ended
        (observation(pod=replace(pod(), deleting_since="2026-01-01T00:00:00Z")), Wait, "ReplacingPod"),
        (observation(pod=pod(phase="Failed"), heard=None), DeletePod, "PodFailed"),
        (observation(pod=pod(phase="Succeeded"), heard=None), DeletePod, "PodFailed"),
        # a pod of somebody else under this device's name
        (observation(pod=of_somebody_else(), heard=None), Wait, "PodNameTaken"),
        (observation(pod=of_somebody_else(ownerReferences=[]), heard=None), Wait, "PodNameTaken"),
        (observation(pod=of_somebody_else(labels={}, deleted=True), heard=None), Wait, "PodNameTaken"),
        # a pod of a device that had this name before
        (observation(pod=of_former_device(), heard=None), Wait, "WaitingForPredecessor"),
        (observation(pod=of_somebody_else(deleted=True), heard=None), Wait, "WaitingForPredecessor"),
        (
            observation(pod=of_somebody_else(ownerReferences=[], deleted=True), heard=None),
            Wait,
            "WaitingForPredecessor",
        ),
        # a pod on its way
        (observation(pod=pod(podIP=""), heard=None), Wait, "StartingPod"),
        (observation(heard=NOTHING_HEARD), Wait, "StartingPod"),
        (observation(pod=pod(**CRASHING), heard=NOTHING_HEARD), Wait, "StartingPod"),
        (observation(heard=heard(connected=False, silent_seconds=3.0)), Wait, "WaitingForSidecar"),
        # a changed configuration is checked by the sidecar that runs, if one does
        (changed(), AskSidecar, "CheckingConfig"),
        (changed(verdict=verdict()), ReplacePod, "SpecChanged"),
        (changed(verdict=verdict(Violation("driverConfig.noise", "is too loud"))), Blocked, "ConfigInvalid"),
        (changed(verdict=verdict(checkable=False)), ReplacePod, "SpecChanged"),
        (changed(heard=NOTHING_HEARD), ReplacePod, "SpecChanged"),
        (changed(heard=None), ReplacePod, "SpecChanged"),
        (changed(heard=heard(connected=False, silent_seconds=16.0)), ReplacePod, "SpecChanged"),
        (changed(heard=heard(connected=False), pod_status=CRASHING), ReplacePod, "SpecChanged"),
        # it may be back in a moment, and what it has said already stands
        (changed(heard=heard(connected=False, silent_seconds=14.0)), Wait, "WaitingForSidecar"),
        (changed(heard=heard(connected=False), verdict=verdict(Violation("x", "is wrong"))), Blocked, "ConfigInvalid"),
        (changed(heard=heard(connected=False), verdict=verdict()), ReplacePod, "SpecChanged"),
        (changed(made_from={"driver": "other"}, heard=heard(metadata={"driver": "other"})), ReplacePod, "SpecChanged"),
        # a sidecar of another image than the next pod's is no judge: its driver may know other settings
        (changed(image=f"{IMAGE}-newer"), ReplacePod, "SpecChanged"),
        (changed(image=f"{IMAGE}-newer", heard=heard(connected=False)), ReplacePod, "SpecChanged"),
        # what was changed by hand
        (observation(pod=replace(pod(), running_image="registry.example/another")), DeletePod, "PodEdited"),
        (observation(pod=replace(pod(), inputs="edited"), verdict=verdict()), ReplacePod, "SpecChanged"),
        # what needs no new pod
        (observation(device_object(availability="Offline"), pod=pod()), TellAvailability, "ChangingAvailability"),
        (
            observation(
                device_object(availability="Offline"),
                pod=pod(),
                heard=heard(availability=sidecar_pb2.AVAILABILITY_OFFLINE),
            ),
            Step,
            "Settled",
        ),
        # what makes no sense, and what somebody else has
        (observation(device=None, problem="spec.driver: too long"), Blocked, "SpecInvalid"),
        (observation(device=None, problem="spec.driver: too long", pod=None), Blocked, "SpecInvalid"),
        (observation(elder=Key("lab", "elder"), pod=None, heard=None), Blocked, "DuplicateDeviceId"),
        (observation(elder=Key("lab", "elder")), DeletePod, "StoppingPod"),
        (observation(elder=Key("lab", "elder"), pod=replace(pod(), deleting_since="now")), Wait, "StoppingPod"),
        (observation(elder=Key("lab", "elder"), pod=of_former_device()), Blocked, "DuplicateDeviceId"),
    ],
)
def test_the_next_step_follows_from_what_is_seen(seen: Observation, kind: type[Step], reason: str) -> None:
    step = next_step(seen)
    assert (type(step), step.reason) == (kind, reason)


MAINTENANCE = device_object(availability="Maintenance", driverConfig={"noise": 0.5})


@pytest.mark.parametrize(
    "facts",
    [
        {"pod": pod(), "verdict": verdict(Violation("driverConfig.noise", "is too loud"))},
        {"pod": pod(), "verdict": verdict()},
        {"pod": pod()},
        {"pod": replace(pod(MAINTENANCE), running_image="registry.example/another")},
    ],
    ids=["refused", "accepted", "not checked", "edited"],
)
def test_availability_is_told_whatever_else_is_to_become_of_the_pod(facts: dict[str, Any]) -> None:
    assert isinstance(next_step(observation(MAINTENANCE, **facts)), TellAvailability)
    told = heard(availability=sidecar_pb2.AVAILABILITY_MAINTENANCE)
    assert not isinstance(next_step(observation(MAINTENANCE, heard=told, **facts)), TellAvailability)


@pytest.mark.parametrize(
    "away", [NOTHING_HEARD, heard(connected=False), heard(silent_seconds=16.0)], ids=["starting", "lost", "silent"]
)
def test_a_sidecar_that_does_not_answer_is_told_no_availability(away: Heard) -> None:
    assert not isinstance(next_step(observation(MAINTENANCE, pod=pod(), heard=away)), TellAvailability)


def test_a_pod_of_an_earlier_release_is_left_alone() -> None:
    obj = pod_object(device_object())
    obj["spec"]["containers"][0]["env"] = [{"name": "QDM_OF_AN_EARLIER_RELEASE", "value": "1"}]
    obj["spec"]["terminationGracePeriodSeconds"] = 30
    assert type(next_step(observation(pod=Pod.of(obj)))) is Step


def test_a_running_pod_keeps_the_default_image_it_was_made_with() -> None:
    assert type(next_step(observation(pod=Pod.of(pod_object(device_object(), image=f"{IMAGE}-older"))))) is Step


@pytest.mark.parametrize(
    ("changes", "said"), [({"owner": ""}, True), ({}, False), ({"owner": "", "deleting_since": "now"}, False)]
)
def test_a_predecessor_that_nobody_will_collect_is_named_for_deletion(changes: dict[str, Any], *, said: bool) -> None:
    step = next_step(observation(pod=None, heard=None, predecessors=[replace(PREDECESSOR, **changes)]))
    assert step.reason == "WaitingForPredecessor"
    assert ("`kubectl -n lab delete pod elder-sidecar`" in step.message) is said


def test_a_pod_that_was_edited_is_followed_after_a_pause_like_one_that_failed() -> None:
    step = next_step(observation(pod=replace(pod(), running_image="registry.example/another")))
    assert isinstance(step, DeletePod)
    assert step.failed


def test_only_the_pod_that_was_seen_is_deleted() -> None:
    step = next_step(changed(verdict=verdict()))
    assert isinstance(step, DeletePod)
    assert step.pod.uid == "pod-uid"


@pytest.mark.parametrize(
    ("seen", "again"),
    [
        (observation(heard=heard(silent_seconds=3.0)), 12.1),
        (observation(heard=NOTHING_HEARD), 119.1),
        (observation(heard=replace(NOTHING_HEARD, silent_seconds=121.0)), None),
        (observation(pod=None, heard=None, pause_seconds=4.0), 4.0),
        (observation(heard=heard(connected=False, silent_seconds=3.0)), 12.1),
        (observation(heard=heard(connected=False, silent_seconds=16.0)), None),
        (observation(heard=heard(silent_seconds=16.0)), None),
    ],
)
def test_a_device_is_looked_at_again_when_time_alone_will_change_it(seen: Observation, again: float | None) -> None:
    assert next_step(seen).again_seconds == (again if again is None else pytest.approx(again))


@pytest.mark.parametrize(
    ("status", "listens"),
    [
        ({"state": "Online", "pod": {"uid": "pod-uid"}}, True),
        ({"state": "Unknown", "pod": {"uid": "pod-uid"}}, False),
        ({"state": "Online", "pod": {"uid": "of its predecessor"}}, False),
        ({"state": "Online"}, False),
        ({}, False),
    ],
)
@pytest.mark.parametrize("spec", [{}, {"driverConfig": {"noise": 0.5}}])
def test_a_new_leader_lets_a_sidecar_that_a_former_one_heard_speak_first(
    status: dict[str, Any], spec: dict[str, Any], *, listens: bool
) -> None:
    obj = device_object(**spec)
    obj["status"] = status
    step = next_step(observation(obj, pod=pod(), heard=NOTHING_HEARD))
    assert isinstance(step, Listen) == listens
    if listens:
        assert step.again_seconds == 14.0
        for over in (
            observation(obj, pod=pod(), heard=replace(NOTHING_HEARD, silent_seconds=15.0)),
            observation(obj, pod=pod(**CRASHING), heard=NOTHING_HEARD),
            observation(obj, pod=pod()),
        ):
            assert not isinstance(next_step(over), Listen)


@pytest.mark.parametrize(
    ("gone_seconds", "said", "over"),
    [
        (0.5, heard(held=True), False),
        (0.5, heard(held=False), True),  # by its own word
        (500.0, heard(held=True), False),  # somebody still means it
        (0.5, heard(held=False, connected=False, silent_seconds=2.0), False),  # what it said no longer counts
        (21.0, heard(held=True, connected=False, silent_seconds=21.0), True),  # its fence has ended
        (21.0, heard(held=True, connected=False, silent_seconds=19.0), False),
        (19.0, replace(NOTHING_HEARD, silent_seconds=21.0), False),
        (21.0, replace(NOTHING_HEARD, silent_seconds=21.0), True),
    ],
)
def test_a_lost_pod_is_over_by_its_own_word_or_when_its_fence_has_ended(
    gone_seconds: float, said: Heard, *, over: bool
) -> None:
    assert is_over(LostPod(LOST, gone_seconds, said)) is over


def test_a_device_that_makes_no_sense_keeps_the_pod_it_has() -> None:
    assert isinstance(next_step(observation(device=None, problem="spec.driver: too long")), Blocked)
