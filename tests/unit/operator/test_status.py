from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from operator_scenes import device_object, heard, observation, pod_object, verdict

from qdm_cluster.objects import Key
from qdm_common.device_status import Status
from qdm_common.sidecar_health import Heard
from qdm_driver import Violation
from qdm_operator.conditions import written
from qdm_operator.observation import LostPod, Observation
from qdm_operator.pod import Pod, PodPlace
from qdm_operator.status import conditions_of, status_of
from qdm_operator.steps import next_step
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb

LOST = PodPlace("sim-sidecar", "u", "", "10.0.0.7:50061")
NOW = "2026-01-02T00:00:00Z"
UNHEARD = Heard(None, connected=False, silent_seconds=16.0)


def pod(**status: Any) -> Pod:
    return Pod.of(pod_object(device_object(), **status))


def waiting(reason: str) -> dict[str, Any]:
    return {"containerStatuses": [{"name": "sidecar", "state": {"waiting": {"reason": reason}}}]}


def says(reason: str, status: int = pb.DEVICE_STATUS_OFFLINE, **changes: Any) -> Heard:
    return heard(status=status, metadata={"reason": reason, "message": "as it says"}, **changes)


def unheard(seconds: float) -> Heard:
    return Heard(None, connected=False, silent_seconds=seconds)


def answers(seen: Observation) -> dict[str, tuple[str, str]]:
    return {condition.type: (condition.answer, condition.reason) for condition in conditions_of(seen, next_step(seen))}


def status(seen: Observation) -> dict[str, Any]:
    conditions = conditions_of(seen, next_step(seen))
    return status_of(seen, written(conditions, [], generation=3, now=NOW))


def ready_before(status: str, *, uid: str = "pod-uid") -> dict[str, Any]:
    obj = device_object()
    obj["status"] = {"pod": {"uid": uid}, "conditions": [{"type": "Ready", "status": status}]}
    return obj


def told_before(**condition: Any) -> dict[str, Any]:
    obj = device_object()
    obj["status"] = {"conditions": [{"type": "ConfigValid", "status": "True", "observedGeneration": 3, **condition}]}
    return obj


UNSCHEDULABLE = {"conditions": [{"type": "PodScheduled", "status": "False", "message": "0/2 nodes"}], "podIP": ""}
PROBED = {"containerStatuses": [{"name": "sidecar", "ready": True, "state": {"running": {}}}]}
CHANGED = device_object(driverConfig={"noise": 5})
LOUD = Violation("driverConfig.noise", "is too loud")


@pytest.mark.parametrize(
    ("seen", "answer", "reason"),
    [
        (observation(), "True", "Ready"),
        (observation(heard=says("Calibrating", pb.DEVICE_STATUS_CALIBRATING)), "True", "Calibrating"),
        (observation(heard=says("Offline")), "False", "Offline"),
        (observation(heard=says("Maintenance", pb.DEVICE_STATUS_MAINTENANCE)), "False", "Maintenance"),
        (observation(heard=says("BackendUnavailable")), "False", "BackendUnavailable"),
        (observation(heard=says("ConfigInvalid", pb.DEVICE_STATUS_ERROR_STATUS)), "False", "ConfigInvalid"),
        (observation(heard=says("Fenced", held=False, connected=False)), "False", "Fenced"),
        (observation(heard=says("Fenced", held=False)), "False", "SidecarStarting"),
        # a short loss of the connection is no news
        (observation(heard=heard(connected=False, silent_seconds=14.0)), "True", "Ready"),
        (observation(heard=heard(connected=False, silent_seconds=16.0)), "Unknown", "SidecarSilent"),
        (observation(heard=heard(connected=True, silent_seconds=16.0)), "Unknown", "SidecarSilent"),
        # what was said before some trouble is no word that it is over
        (
            observation(ready_before("False"), heard=heard(connected=False, silent_seconds=3.0)),
            "False",
            "SidecarStarting",
        ),
        (observation(ready_before("True"), heard=heard(connected=False, silent_seconds=3.0)), "True", "Ready"),
        (observation(ready_before("False"), heard=says("Maintenance", connected=False)), "False", "Maintenance"),
        (observation(ready_before("False")), "True", "Ready"),
        # it spoke to a former leader alone
        (observation(ready_before("True"), heard=UNHEARD), "Unknown", "SidecarSilent"),
        (observation(ready_before("Unknown"), heard=UNHEARD), "Unknown", "SidecarSilent"),
        (observation(ready_before("True", uid="of its predecessor"), heard=UNHEARD), "False", "SidecarStarting"),
        # before it has spoken
        (observation(heard=Heard(None, connected=False, silent_seconds=1)), "False", "SidecarStarting"),
        (observation(heard=Heard(None, connected=False, silent_seconds=999)), "False", "SidecarStarting"),
        (observation(pod=pod(**PROBED), heard=unheard(120.0)), "False", "SidecarStarting"),
        (observation(pod=pod(**PROBED), heard=unheard(121.0)), "False", "SidecarUnreachable"),
        (observation(pod=pod(**PROBED)), "True", "Ready"),
        (observation(pod=pod(podIP=""), heard=None), "False", "SidecarStarting"),
        (observation(pod=None, heard=None), "False", "SidecarStarting"),
        # what is wrong with the pod comes before what its sidecar said
        (observation(pod=pod(**UNSCHEDULABLE), heard=None), "False", "PodUnschedulable"),
        (observation(pod=pod(**waiting("CrashLoopBackOff"))), "False", "SidecarCrashing"),
        (observation(pod=pod(**waiting("ErrImagePull")), heard=None), "False", "ImagePullFailed"),
        (observation(pod=pod(**waiting("ImagePullBackOff")), heard=None), "False", "ImagePullFailed"),
        (observation(pod=pod(**waiting("CreateContainerConfigError")), heard=None), "False", "ContainerCannotStart"),
        (observation(pod=pod(phase="Failed"), heard=None), "False", "PodFailed"),
        # a pod that was told to end has done nothing wrong
        (observation(pod=replace(pod(phase="Succeeded"), deleting_since="now"), heard=None), "False", "ReplacingPod"),
        (
            observation(pod=replace(pod(), deleting_since="now"), heard=says("SidecarStopping")),
            "False",
            "SidecarStopping",
        ),
        # no pod, for a reason
        (observation(pod=None, heard=None, pause_seconds=3.0), "False", "PausingAfterFailure"),
        (
            observation(pod=None, heard=None, lost=LostPod(LOST, 1.0, Heard(None, connected=False, silent_seconds=1))),
            "False",
            "WaitingForLostPod",
        ),
        (observation(pod=replace(pod(), owner="another-uid", of_device=False), heard=None), "False", "PodNameTaken"),
        (observation(elder=Key("lab", "elder"), pod=None, heard=None), "False", "DuplicateDeviceId"),
        (observation(device=None, problem="spec.x: is odd", pod=None, heard=None), "False", "SpecInvalid"),
        # a wrong change takes nothing from what runs
        (observation(device=None, problem="spec.x: is odd"), "True", "Ready"),
        (observation(CHANGED, pod=pod(), verdict=verdict(LOUD)), "True", "Ready"),
    ],
)
def test_ready_says_whether_the_device_takes_jobs(seen: Observation, answer: str, reason: str) -> None:
    assert answers(seen)["Ready"] == (answer, reason)


def test_a_sidecar_that_its_node_reaches_and_the_operator_does_not_points_to_network_policies() -> None:
    seen = observation(pod=pod(**PROBED), heard=unheard(121.0))
    (ready, *_) = conditions_of(seen, next_step(seen))
    assert "network policies" in ready.message
    assert "50061" in ready.message


@pytest.mark.parametrize(
    ("ended", "said"),
    [
        (
            {"reason": "OOMKilled", "exitCode": 137},
            ": it was ended by OOMKilled (exit code 137); give it more memory in spec.resources",
        ),
        (
            {"reason": "Error", "exitCode": 1},
            ": it was ended by Error (exit code 1); `kubectl -n lab logs sim-sidecar --previous` says why",
        ),
        (None, "; `kubectl -n lab logs sim-sidecar --previous` says why"),
    ],
)
def test_a_sidecar_that_ends_again_and_again_says_by_what(ended: dict[str, Any] | None, said: str) -> None:
    crashing = {"name": "sidecar", "state": {"waiting": {"reason": "CrashLoopBackOff"}}, "lastState": {}}
    if ended is not None:
        crashing["lastState"] = {"terminated": ended}
    beside = {"name": "proxy", "state": {"running": {}}, "lastState": {"terminated": {"exitCode": 7}}}
    seen = observation(pod=pod(containerStatuses=[beside, crashing]))
    (ready, *_) = conditions_of(seen, next_step(seen))
    assert (ready.reason, ready.message) == ("SidecarCrashing", f"the sidecar ends again and again{said}")


@pytest.mark.parametrize(
    ("spec", "phase", "said"),
    [
        ({"secretRef": {"name": "login"}}, "Pending", True),
        ({"secretRef": {"name": "login"}}, "Running", False),
        ({}, "Pending", False),
    ],
)
def test_a_pod_that_may_wait_for_its_secret_says_so(spec: dict[str, Any], phase: str, *, said: bool) -> None:
    seen = observation(device_object(**spec), pod=pod(phase=phase), heard=None)
    (ready, *_) = conditions_of(seen, next_step(seen))
    assert ready.reason == "SidecarStarting"
    assert ("Secret 'login'" in ready.message) == said


@pytest.mark.parametrize(
    ("seen", "answer", "reason"),
    [
        (observation(), "True", "Accepted"),
        (observation(heard=says("BackendUnavailable")), "True", "Accepted"),
        (observation(heard=says("ConfigInvalid", config_valid=False)), "False", "ConfigInvalid"),
        (observation(heard=says("SidecarStarting")), "Unknown", "NotChecked"),
        (observation(heard=says("DriverUnusable")), "Unknown", "NotChecked"),
        (observation(pod=None, heard=None), "Unknown", "NotChecked"),
        (observation(device=None, problem="spec.x: is odd"), "False", "SpecInvalid"),
        (observation(outdated="revision 0"), "Unknown", "DefinitionOutdated"),
        (observation(CHANGED, pod=pod(), verdict=verdict(LOUD)), "False", "ConfigInvalid"),
        (observation(CHANGED, pod=pod(), verdict=verdict()), "True", "Accepted"),
        # what a sidecar says of the spec that it was started with is no word on another one
        (observation(CHANGED, pod=pod()), "Unknown", "NotChecked"),
        (observation(CHANGED, pod=pod(), heard=heard(connected=False)), "Unknown", "NotChecked"),
        (observation(CHANGED, pod=pod(), heard=says("ConfigInvalid", config_valid=False)), "Unknown", "NotChecked"),
        (observation(CHANGED, pod=pod(), verdict=verdict(checkable=False)), "Unknown", "NotChecked"),
        (observation(device_object(driver="other"), pod=pod()), "Unknown", "NotChecked"),
        (observation(device_object(availability="Offline"), pod=pod()), "True", "Accepted"),
        # what was found once of this very spec stays found while the pod is away
        (observation(told_before(), pod=None, heard=None), "True", "Accepted"),
        (observation(told_before(observedGeneration=2), pod=None, heard=None), "Unknown", "NotChecked"),
        (observation(told_before(status="False"), pod=None, heard=None), "Unknown", "NotChecked"),
    ],
)
def test_config_valid_says_what_the_driver_thinks_of_the_spec_as_it_is(
    seen: Observation, answer: str, reason: str
) -> None:
    assert answers(seen)["ConfigValid"] == (answer, reason)


@pytest.mark.parametrize(
    ("seen", "answer", "reason"),
    [
        (observation(), "False", "Settled"),
        (observation(heard=says("BackendUnavailable")), "False", "Settled"),
        (observation(pod=None, heard=None), "True", "CreatingPod"),
        (observation(CHANGED, pod=pod(), verdict=verdict()), "True", "SpecChanged"),
        (observation(CHANGED, pod=pod(), verdict=verdict(LOUD)), "False", "ConfigInvalid"),
        (observation(elder=Key("lab", "elder"), pod=None, heard=None), "False", "DuplicateDeviceId"),
        (observation(device=None, problem="odd"), "False", "SpecInvalid"),
    ],
)
def test_progressing_says_whether_more_is_to_come(seen: Observation, answer: str, reason: str) -> None:
    assert answers(seen)["Progressing"] == (answer, reason)


def test_the_message_names_every_wrong_field() -> None:
    said = verdict(LOUD, Violation("driverConfig.hue", "unknown field; remove it"))
    _, config_valid, _ = conditions_of(seen := observation(CHANGED, pod=pod(), verdict=said), next_step(seen))
    assert config_valid.message == "driverConfig.noise: is too loud; driverConfig.hue: unknown field; remove it"


def test_a_healthy_device_is_described_whole() -> None:
    said = heard()
    assert said.report is not None
    said.report.last_calibration.FromDatetime(datetime(2026, 1, 1, 12, tzinfo=UTC))
    told = status(observation(heard=said))
    assert {key: value for key, value in told.items() if key != "conditions"} == {
        "observedGeneration": 3,
        "deviceId": "sim:local",
        "state": "Online",
        "pod": {"name": "sim-sidecar", "uid": "pod-uid", "node": "node-a"},
        "address": "10.0.0.7:50061",
        "driverVersion": "1.2",
        "qubits": 30,
        "lastCalibration": "2026-01-01T12:00:00Z",
    }
    assert Status.model_validate(told).qubits == 30


def test_what_a_driver_says_of_itself_cannot_make_the_cluster_refuse_the_status() -> None:
    boastful = heard(metadata={"driver_version": "9" * 5000, "message": "m" * 50_000})
    assert boastful.report is not None
    boastful.report.device.capabilities["max_qubits"] = str(2**40)
    told = status(observation(heard=boastful))
    assert Status.model_validate(told).qubits is None
    assert len(told["driverVersion"]) == 1024


def test_what_is_not_known_is_not_in_the_status() -> None:
    told = status(observation(pod=None, heard=None))
    assert told.keys() == {"observedGeneration", "conditions", "deviceId", "state"}
    assert told["state"] == "Unknown"


def test_facts_of_a_silent_sidecar_are_no_longer_told() -> None:
    told = status(observation(heard=heard(connected=False, silent_seconds=16.0)))
    assert (told["state"], "qubits" in told) == ("Unknown", False)


def test_a_lost_pod_stays_in_the_status_until_it_has_a_successor() -> None:
    obj = device_object()
    obj["status"] = {"pod": {"name": "sim-sidecar", "uid": "u"}, "address": "10.0.0.7:50061", "qubits": 30}
    lost = LostPod(LOST, 1.0, Heard(None, connected=False, silent_seconds=1))
    told = status(observation(obj, pod=None, heard=None, lost=lost))
    assert (told["pod"], told["address"]) == (obj["status"]["pod"], "10.0.0.7:50061")
    assert "qubits" not in told


def test_a_pod_of_somebody_else_is_not_in_the_status() -> None:
    assert "pod" not in status(observation(pod=replace(pod(), owner="another-uid"), heard=None))


def test_how_many_jobs_wait_changes_no_status() -> None:
    busy = heard()
    assert busy.report is not None
    busy.report.device.queue_depth = 7
    assert status(observation(heard=busy)) == status(observation())
