"""What the device can do now, and why: one pure function from everything the sidecar knows."""

from dataclasses import dataclass
from enum import Enum

from qdm_common.manifest import Availability
from qdm_driver import DeviceState, DriverError, PreconditionError, UnavailableError
from qdm_sidecar.fence import NOT_HELD
from qdm_sidecar.worker.report import DriverReport

_STARTING_RETRY_SECONDS = 1.0
_BACKEND_RETRY_SECONDS = 5.0


class Phase(Enum):
    """Where the sidecar's driver is in its life."""

    STARTING = "starting"
    RUNNING = "running"
    CONFIG_INVALID = "config invalid"
    DRIVER_UNUSABLE = "driver unusable"
    BACKEND_DOWN = "backend down"
    STOPPING = "stopping"
    FENCED = "fenced"


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the device's state follows from; ``problem`` says in a sentence why the driver does not run."""

    phase: Phase
    availability: Availability
    calibrating: bool
    report: DriverReport | None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Condition:
    """The device's state, a stable word for programs and a sentence for people."""

    state: DeviceState
    reason: str
    message: str


_PHASES = {
    Phase.STARTING: Condition(DeviceState.OFFLINE, "SidecarStarting", "the driver is starting"),
    Phase.CONFIG_INVALID: Condition(DeviceState.ERROR, "ConfigInvalid", ""),
    Phase.DRIVER_UNUSABLE: Condition(DeviceState.ERROR, "DriverUnusable", ""),
    Phase.BACKEND_DOWN: Condition(DeviceState.OFFLINE, "BackendUnavailable", ""),
    Phase.STOPPING: Condition(DeviceState.OFFLINE, "SidecarStopping", "the sidecar is stopping"),
    Phase.FENCED: Condition(DeviceState.OFFLINE, "Fenced", NOT_HELD),
}
_AVAILABILITIES = {
    Availability.OFFLINE: Condition(DeviceState.OFFLINE, "Offline", "switched off by its owner"),
    Availability.MAINTENANCE: Condition(DeviceState.MAINTENANCE, "Maintenance", "in maintenance by its owner's order"),
}
_REPORTS = {
    DeviceState.ONLINE: Condition(DeviceState.ONLINE, "Ready", "takes jobs"),
    DeviceState.OFFLINE: Condition(DeviceState.OFFLINE, "BackendOffline", "the backend says it is offline"),
    DeviceState.CALIBRATING: Condition(DeviceState.CALIBRATING, "Calibrating", "calibrates; jobs wait"),
    DeviceState.MAINTENANCE: Condition(
        DeviceState.MAINTENANCE, "BackendMaintenance", "the backend says it is in maintenance"
    ),
    DeviceState.ERROR: Condition(DeviceState.ERROR, "BackendError", "the backend reports an error"),
}


def condition_of(facts: Facts) -> Condition:
    """Returns the device's state: trouble first, then the owner's will, then what is going on, then the backend."""
    if facts.phase in _PHASES:
        known = _PHASES[facts.phase]
        return Condition(known.state, known.reason, facts.problem or known.message)
    if facts.availability in _AVAILABILITIES:
        return _AVAILABILITIES[facts.availability]
    if facts.calibrating:
        return _REPORTS[DeviceState.CALIBRATING]
    return _REPORTS[facts.report.status.state if facts.report else DeviceState.OFFLINE]


def refusal(facts: Facts) -> DriverError | None:
    """Returns why no job is taken now; ``None`` where jobs are taken, also where they wait for a calibration."""
    condition = condition_of(facts)
    sentence = f"the device takes no jobs: {condition.message}"
    if facts.phase in {Phase.STARTING, Phase.STOPPING, Phase.FENCED}:
        return UnavailableError(sentence, retry_after=_STARTING_RETRY_SECONDS)
    if facts.phase is Phase.BACKEND_DOWN:
        return UnavailableError(sentence, retry_after=_BACKEND_RETRY_SECONDS)
    match condition.state:
        case DeviceState.ONLINE | DeviceState.CALIBRATING:
            return None
        case DeviceState.MAINTENANCE:
            return PreconditionError(sentence, kind="DEVICE_MAINTENANCE")
        case DeviceState.OFFLINE:
            return PreconditionError(sentence, kind="DEVICE_OFFLINE")
        case DeviceState.ERROR:
            return PreconditionError(sentence, kind="DEVICE_ERROR")
