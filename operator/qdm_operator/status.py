"""The status of a QuantumDevice, as pure functions of what is seen, the step that follows, and what was said before."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from qdm_cluster.devices import device_id_of
from qdm_cluster.names import GRPC_PORT
from qdm_cluster.objects import Json
from qdm_common.device_status import DeviceState
from qdm_driver import Violation
from qdm_operator.children import inputs_digest
from qdm_operator.conditions import Answer, Condition
from qdm_operator.observation import Observation
from qdm_operator.pod import Pod, PodPlace
from qdm_operator.steps import SILENCE_SECONDS, UNREACHABLE_SECONDS, Blocked, Step
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2

_STATES: Mapping[int, DeviceState] = MappingProxyType(
    {
        pb.DEVICE_STATUS_ONLINE: DeviceState.ONLINE,
        pb.DEVICE_STATUS_OFFLINE: DeviceState.OFFLINE,
        pb.DEVICE_STATUS_CALIBRATING: DeviceState.CALIBRATING,
        pb.DEVICE_STATUS_MAINTENANCE: DeviceState.MAINTENANCE,
        pb.DEVICE_STATUS_ERROR_STATUS: DeviceState.ERROR,
    }
)
_LONGEST_TEXT = 1024
_MOST_QUBITS = 2**31 - 1
_BEFORE_THE_CHECK = frozenset({"SidecarStarting", "SidecarStopping", "DriverUnusable", "Fenced"})
_TAKES_JOBS = frozenset({DeviceState.ONLINE, DeviceState.CALIBRATING})


def conditions_of(seen: Observation, step: Step) -> tuple[Condition, ...]:
    """Returns Ready, ConfigValid and Progressing."""
    return _ready(seen, step), _config_valid(seen), _progressing(step)


def status_of(seen: Observation, conditions: list[Json]) -> Json:
    """Returns the whole status; what is not known is not in it."""
    metadata = seen.obj["metadata"]
    status: Json = {
        "observedGeneration": metadata["generation"],
        "conditions": conditions,
        "deviceId": device_id_of(seen.obj),
        "state": str(_state(seen)),
    }
    if seen.pod is not None and seen.pod.owner == metadata["uid"]:
        status |= _whereabouts(seen.pod.place)
    elif seen.lost is not None:  # the next leader knows of it from here alone
        status |= _whereabouts(seen.lost.place)
    if (report := _report(seen)) is not None:
        status |= _facts(report)
    return status


def _whereabouts(place: PodPlace) -> Json:
    pod = {"name": place.name, "uid": place.uid} | ({"node": place.node} if place.node else {})
    return {"pod": pod} | ({"address": place.address} if place.address else {})


def _facts(report: sidecar_pb2.WatchResponse) -> Json:
    """Returns what a driver says of itself, within the bounds of the definition: it may say anything."""
    facts: Json = {}
    if version := report.metadata.get("driver_version"):
        facts["driverVersion"] = version[:_LONGEST_TEXT]
    qubits = report.device.capabilities.get("max_qubits", "")
    if qubits.isdecimal() and int(qubits) <= _MOST_QUBITS:
        facts["qubits"] = int(qubits)
    if report.HasField("last_calibration"):
        facts["lastCalibration"] = report.last_calibration.ToDatetime().strftime("%Y-%m-%dT%H:%M:%SZ")
    return facts


def _report(seen: Observation) -> sidecar_pb2.WatchResponse | None:
    """Returns what the device's sidecar said last, as long as it holds."""
    heard = seen.heard
    if heard is None or heard.silent_seconds > SILENCE_SECONDS:
        return None
    return heard.report


def _state(seen: Observation) -> DeviceState:
    report = _report(seen)
    return _STATES.get(report.device.status, DeviceState.UNKNOWN) if report is not None else DeviceState.UNKNOWN


def _ready(seen: Observation, step: Step) -> Condition:
    if seen.elder is not None:
        device_id = device_id_of(seen.obj)
        sentence = f"{device_id!r} is the deviceId of {seen.elder}, which is older; delete one of the two"
        return Condition("Ready", Answer.FALSE, "DuplicateDeviceId", sentence)
    if seen.pod is None or seen.pod.owner != seen.obj["metadata"]["uid"]:
        reason = step.reason if step.reason not in {"CreatingPod", "Settled"} else "SidecarStarting"
        return Condition("Ready", Answer.FALSE, reason, step.message or "the sidecar's pod is being created")
    if seen.pod.deleting_since and seen.pod.finished:
        return Condition("Ready", Answer.FALSE, step.reason, step.message)
    return _trouble_of_pod(seen.pod) or _ready_by_its_sidecar(seen)


def _ready_by_its_sidecar(seen: Observation) -> Condition:
    report = _report(seen)
    starting = Condition("Ready", Answer.FALSE, "SidecarStarting", _what_it_waits_for(seen))
    if report is not None:
        reason = report.metadata.get("reason", "Unknown")
        if reason == "Fenced" and seen.heard is not None and seen.heard.connected:
            return starting  # whom it waits for is this operator, who has just answered
        answer = Answer.TRUE if _state(seen) in _TAKES_JOBS else Answer.FALSE
        if answer is Answer.TRUE and _is_from_before_the_trouble(seen):
            return starting
        return Condition("Ready", answer, reason, report.metadata.get("message", ""))
    if seen.heard is not None and (seen.heard.report is not None or _was_heard(seen)):
        sentence = f"the sidecar has not been heard of for more than {SILENCE_SECONDS:.0f} s"
        return Condition("Ready", Answer.UNKNOWN, "SidecarSilent", sentence)
    return _unreachable(seen) or starting


def _unreachable(seen: Observation) -> Condition | None:
    if seen.pod is None or not seen.pod.ready or seen.heard is None or seen.heard.silent_seconds <= UNREACHABLE_SECONDS:
        return None
    sentence = (
        f"the sidecar runs, but has not answered the operator for {UNREACHABLE_SECONDS:.0f} s: do network policies let "
        f"operator and facade reach port {GRPC_PORT} of {seen.pod.key.name}?"
    )
    return Condition("Ready", Answer.FALSE, "SidecarUnreachable", sentence)


def _what_it_waits_for(seen: Observation) -> str:
    secret = seen.device.spec.secret_ref if seen.device is not None else None
    if secret is not None and seen.pod is not None and seen.pod.pending:
        return f"the sidecar has not started yet; if there is no Secret {secret.name!r}, it waits until there is"
    return "the sidecar has not answered yet"


def _is_from_before_the_trouble(seen: Observation) -> bool:
    """Tells whether the last report cannot say that what was told since is over: nobody has spoken since."""
    return seen.heard is not None and not seen.heard.connected and _told(seen) not in {"", Answer.TRUE}


def _was_heard(seen: Observation) -> bool:
    """Tells whether the sidecar of this very pod has spoken before, to a former leader."""
    former = (seen.obj.get("status") or {}).get("pod") or {}
    same = seen.pod is not None and former.get("uid") == seen.pod.uid
    return same and _told(seen) in {Answer.TRUE, Answer.UNKNOWN}


def _told(seen: Observation) -> str:
    """Returns what the status answers to Ready by now; empty where nothing."""
    former = (seen.obj.get("status") or {}).get("conditions") or []
    return next((condition["status"] for condition in former if condition["type"] == "Ready"), "")


def _trouble_of_pod(pod: Pod) -> Condition | None:
    look = f"`kubectl -n {pod.key.namespace} describe pod {pod.key.name}` says more"
    if pod.unschedulable:
        return Condition("Ready", Answer.FALSE, "PodUnschedulable", f"no node takes the pod: {pod.unschedulable}")
    if pod.waiting == "CrashLoopBackOff":
        return Condition("Ready", Answer.FALSE, "SidecarCrashing", f"the sidecar ends again and again{_cause(pod)}")
    if "Image" in pod.waiting:  # a kubelet alternates between several such reasons
        return Condition("Ready", Answer.FALSE, "ImagePullFailed", f"the sidecar's image cannot be had; {look}")
    if pod.waiting:
        return Condition("Ready", Answer.FALSE, "ContainerCannotStart", f"{pod.waiting}; {look}")
    if pod.finished:
        return Condition("Ready", Answer.FALSE, "PodFailed", f"the pod ended ({pod.phase}); {look}")
    return None


def _cause(pod: Pod) -> str:
    """Returns by what a sidecar ended, and what to do: one that was killed for its memory has no time to log it."""
    end = pod.last_end
    advice = f"`kubectl -n {pod.key.namespace} logs {pod.key.name} --previous` says why"
    if end is None:
        return f"; {advice}"
    if end.reason == "OOMKilled":
        advice = "give it more memory in spec.resources"
    return f": it was ended by {end.reason} (exit code {end.exit_code}); {advice}"


def _config_valid(seen: Observation) -> Condition:
    report = _report(seen) if _runs_the_spec(seen) else None
    accepted = Condition("ConfigValid", Answer.TRUE, "Accepted", "the driver accepts the configuration")
    if seen.problem:
        found = Condition("ConfigValid", Answer.FALSE, "SpecInvalid", seen.problem)
    elif seen.outdated:
        found = Condition("ConfigValid", Answer.UNKNOWN, "DefinitionOutdated", seen.outdated)
    elif seen.verdict is not None and seen.verdict.violations:
        found = Condition("ConfigValid", Answer.FALSE, "ConfigInvalid", _sentence(seen.verdict.violations))
    elif report is not None and not report.config_valid:
        found = Condition("ConfigValid", Answer.FALSE, "ConfigInvalid", report.metadata.get("message", ""))
    elif (seen.verdict is not None and seen.verdict.accepts) or _has_checked(report) or _said_before(seen, accepted):
        found = accepted
    else:
        found = Condition(
            "ConfigValid", Answer.UNKNOWN, "NotChecked", "the driver has not checked the configuration yet"
        )
    return found


def _runs_the_spec(seen: Observation) -> bool:
    """Tells whether the pod was made of the spec as it is now: of another one its sidecar says nothing."""
    return seen.pod is not None and seen.device is not None and seen.pod.inputs == inputs_digest(seen.device)


def _has_checked(report: sidecar_pb2.WatchResponse | None) -> bool:
    return report is not None and report.metadata.get("reason") not in _BEFORE_THE_CHECK


def _said_before(seen: Observation, condition: Condition) -> bool:
    """Tells whether the status says so already of this very spec: what was found once stays found."""
    return any(
        former["type"] == condition.type
        and former["status"] == condition.answer
        and former.get("observedGeneration") == seen.obj["metadata"]["generation"]
        for former in (seen.obj.get("status") or {}).get("conditions", [])
    )


def _sentence(violations: Sequence[Violation]) -> str:
    return "; ".join(": ".join(filter(None, violation)) for violation in violations)


def _progressing(step: Step) -> Condition:
    if type(step) in {Step, Blocked}:
        return Condition("Progressing", Answer.FALSE, step.reason, step.message or "the device is as its spec wants it")
    return Condition("Progressing", Answer.TRUE, step.reason, step.message)
