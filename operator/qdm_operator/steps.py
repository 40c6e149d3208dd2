"""The next step towards what is wanted of a device: one pure function of everything that is seen.

Every pass asks anew and takes one step; the change that the step makes is seen in its turn, and brings the next pass.
"""

from dataclasses import dataclass, field

from qdm_common.availability import TO_WIRE
from qdm_common.sidecar_health import Heard
from qdm_operator.children import inputs_digest
from qdm_operator.observation import LostPod, Observation
from qdm_operator.pod import FENCE_SECONDS, Pod

# A sidecar that says nothing for longer counts as silent. Its stream ends 15 s after its last sign of life.
SILENCE_SECONDS = 15.0

# A sidecar that its node finds ready, but that said nothing here for so long, is behind something that keeps it apart.
UNREACHABLE_SECONDS = 120.0

# What a sidecar's fence and its last clean-up take, and something over.
LOST_SECONDS = FENCE_SECONDS + 5.0
_LOOK_AGAIN_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Step:
    """A step of no effect: everything is as wanted, or as far as it can be.

    ``reason`` and ``message`` are those of the condition Progressing; ``again_seconds`` is when to look again though
    nothing changed, ``None`` where only a change matters.
    """

    reason: str = "Settled"
    message: str = ""
    again_seconds: float | None = None


@dataclass(frozen=True, slots=True)
class Wait(Step):
    """Something must end first."""


@dataclass(frozen=True, slots=True)
class Listen(Step):
    """The sidecar was dialled only just now: until it speaks, what the status says of its pod stands."""


@dataclass(frozen=True, slots=True)
class Blocked(Step):
    """Nothing will change until a person changes the device."""


@dataclass(frozen=True, slots=True)
class CreatePod(Step):
    """Create ConfigMap and pod."""

    reason: str = "CreatingPod"


@dataclass(frozen=True, slots=True)
class DeletePod(Step):
    """Delete the pod; ``failed`` where it did not stay as it was made, so that its successor comes after a pause."""

    pod: Pod = field(kw_only=True)
    failed: bool = False


@dataclass(frozen=True, slots=True)
class ReplacePod(DeletePod):
    """Delete the pod where the cluster takes one that is made from the spec as it is now."""


@dataclass(frozen=True, slots=True)
class AskSidecar(Step):
    """Ask the running sidecar what its driver says of the wanted configuration."""

    reason: str = "CheckingConfig"


@dataclass(frozen=True, slots=True)
class TellAvailability(Step):
    """Tell the running sidecar the wanted availability."""

    reason: str = "ChangingAvailability"


def next_step(seen: Observation) -> Step:
    """Returns the next step for a device that is not being deleted."""
    if seen.elder is not None:
        return _without_pod(seen)
    if seen.device is None:
        return Blocked("SpecInvalid", "nothing is done until the spec is corrected")
    if seen.pod is None:
        return _towards_a_pod(seen)
    return _with_pod(seen, seen.pod)


def _without_pod(seen: Observation) -> Step:
    if seen.pod is None or seen.pod.owner != seen.obj["metadata"]["uid"]:
        return Blocked("DuplicateDeviceId", "has no sidecar while another device has its deviceId")
    if seen.pod.deleting_since:
        return Wait("StoppingPod", "another device has its deviceId; its pod is ending")
    return DeletePod("StoppingPod", "another device has its deviceId", pod=seen.pod)


def _towards_a_pod(seen: Observation) -> Step:
    if seen.predecessors:
        sentences = "; ".join(map(_has_the_device, seen.predecessors))
        return Wait("WaitingForPredecessor", f"another pod still has the device: {sentences}")
    if seen.lost is not None and not is_over(seen.lost):
        sentence = (
            "the former pod is gone from the cluster, but nobody saw it end; the next one is created as soon as the "
            "former can no longer use the device"
        )
        return Wait("WaitingForLostPod", sentence, again_seconds=_LOOK_AGAIN_SECONDS)
    if seen.pause_seconds > 0:
        return Wait(
            "PausingAfterFailure",
            "the former pod failed or was edited; the next one is created after a pause",
            again_seconds=seen.pause_seconds,
        )
    return CreatePod()


def _has_the_device(pod: Pod) -> str:
    """Names a predecessor, and says what to do where its device was deleted with ``--cascade=orphan``."""
    if pod.owner or pod.deleting_since:
        return str(pod.key)
    return f"{pod.key}, which no device owns any more: `kubectl -n {pod.key.namespace} delete pod {pod.key.name}`"


def is_over(lost: LostPod) -> bool:
    """Tells whether a lost pod is past using the device: by its own word, or by a silence that outlasts its fence."""
    heard = lost.heard
    if heard.report is not None and heard.connected and heard.silent_seconds <= SILENCE_SECONDS:
        return not heard.report.held
    return min(lost.gone_seconds, heard.silent_seconds) > LOST_SECONDS


def _with_pod(seen: Observation, pod: Pod) -> Step:
    if pod.owner != seen.obj["metadata"]["uid"]:
        return foreign(pod)
    if pod.deleting_since:
        return Wait("ReplacingPod", "the former pod lets its jobs finish and ends")
    if pod.finished:
        return DeletePod("PodFailed", f"the pod ended ({pod.phase}) and is replaced", pod=pod, failed=True)
    return _with_living_pod(seen, pod)


def foreign(pod: Pod) -> Wait:
    """Returns the wait for a pod that has the name of the device's own, and is another's."""
    if pod.of_device:
        sentence = f"the pod {pod.key} of a former device of this name still ends, or is about to"
        return Wait("WaitingForPredecessor", sentence)
    return Wait("PodNameTaken", f"a pod {pod.key} exists that is not this device's; delete it")


def _with_living_pod(seen: Observation, pod: Pod) -> Step:
    if (left := _listens_for(seen, pod)) > 0:
        return Listen(again_seconds=left)
    if _must_be_told(seen):
        return TellAvailability()
    if seen.device is not None and pod.inputs != inputs_digest(seen.device):
        return _replace(seen, pod)
    if pod.running_image != pod.admitted_image:
        return DeletePod("PodEdited", "the pod's image was changed by hand; it is replaced", pod=pod, failed=True)
    return _with_wanted_pod(seen)


def _listens_for(seen: Observation, pod: Pod) -> float:
    """Returns for how many seconds a sidecar that was heard before, by a former leader, may still be about to speak."""
    status = seen.obj.get("status") or {}
    heard_before = (status.get("pod") or {}).get("uid") == pod.uid and status.get("state") not in {None, "Unknown"}
    if seen.heard is None or seen.heard.report is not None or not heard_before or pod.waiting:
        return 0.0
    return SILENCE_SECONDS - seen.heard.silent_seconds


def _must_be_told(seen: Observation) -> bool:
    """Tells whether a sidecar that answers has another availability than is wanted."""
    heard = seen.heard
    if seen.device is None or heard is None or heard.report is None or not heard.connected:
        return False
    wanted = TO_WIRE[seen.device.spec.availability]
    return heard.silent_seconds <= SILENCE_SECONDS and heard.report.availability != wanted


def _replace(seen: Observation, pod: Pod) -> Step:
    replacing = ReplacePod("SpecChanged", "the spec changed; the pod is replaced", pod=pod)
    if seen.verdict is not None and seen.verdict.violations:
        return Blocked("ConfigInvalid", "the running pod keeps its former configuration until this one is corrected")
    if seen.verdict is not None or seen.device is None or seen.image != pod.image:
        return replacing
    if can_judge(seen.heard, seen.device.spec.driver):
        return AskSidecar(message="the running sidecar checks the changed configuration")
    if (left := _comes_back_within(seen, pod, seen.device.spec.driver)) > 0:
        sentence = "the sidecar that is to check the changed configuration does not answer just now"
        return Wait("WaitingForSidecar", sentence, again_seconds=left)
    return replacing


def _comes_back_within(seen: Observation, pod: Pod, driver: str) -> float:
    """Returns how many seconds a sidecar that could judge, but is not connected, may still take to come back."""
    heard = seen.heard
    if heard is None or heard.report is None or heard.report.metadata.get("driver") != driver or pod.waiting:
        return 0.0
    return SILENCE_SECONDS - heard.silent_seconds


def can_judge(heard: Heard | None, driver: str) -> bool:
    """Tells whether a sidecar answers, and has the driver whose configuration is in question."""
    return (
        heard is not None
        and heard.connected
        and heard.report is not None
        and heard.silent_seconds <= SILENCE_SECONDS
        and heard.report.metadata.get("driver") == driver
    )


def _with_wanted_pod(seen: Observation) -> Step:
    heard = seen.heard
    if heard is None:
        return Wait("StartingPod", "the sidecar is starting")
    remaining = (UNREACHABLE_SECONDS if heard.report is None else SILENCE_SECONDS) - heard.silent_seconds
    again = remaining + 0.1 if remaining > 0 else None  # silence is no event
    if heard.report is None:
        return Wait("StartingPod", "the sidecar is starting", again_seconds=again)
    if heard.connected and again is not None:
        return Step(again_seconds=again)
    return Wait("WaitingForSidecar", "the sidecar has not answered for a while", again_seconds=again)
