import pytest

from qdm_common.manifest import Availability
from qdm_driver import (
    Capabilities,
    CircuitFormat,
    Code,
    DeviceInfo,
    DeviceState,
    DeviceStatus,
    PreconditionError,
    RetryableError,
)
from qdm_sidecar.device_state import Facts, Phase, condition_of, refusal
from qdm_sidecar.worker.report import DriverReport

ONLINE, MAINTENANCE, OFFLINE = Availability.ONLINE, Availability.MAINTENANCE, Availability.OFFLINE


def report(state: DeviceState) -> DriverReport:
    capabilities = Capabilities(max_qubits=1, formats=frozenset({CircuitFormat.AQO_JSON}), max_shots=1)
    return DriverReport("1", DeviceInfo("d", "d", "simulator", capabilities), DeviceStatus(state))


@pytest.mark.parametrize(
    ("phase", "availability", "calibrating", "backend", "state", "reason", "code"),
    [
        (Phase.RUNNING, ONLINE, False, DeviceState.ONLINE, "online", "Ready", None),
        (Phase.RUNNING, ONLINE, True, DeviceState.ONLINE, "calibrating", "Calibrating", None),
        (Phase.RUNNING, ONLINE, False, DeviceState.CALIBRATING, "calibrating", "Calibrating", None),
        (Phase.RUNNING, ONLINE, False, DeviceState.OFFLINE, "offline", "BackendOffline", "FAILED_PRECONDITION"),
        (
            Phase.RUNNING,
            ONLINE,
            False,
            DeviceState.MAINTENANCE,
            "maintenance",
            "BackendMaintenance",
            "FAILED_PRECONDITION",
        ),
        (Phase.RUNNING, ONLINE, False, DeviceState.ERROR, "error", "BackendError", "FAILED_PRECONDITION"),
        (Phase.RUNNING, OFFLINE, True, DeviceState.ONLINE, "offline", "Offline", "FAILED_PRECONDITION"),
        (Phase.RUNNING, MAINTENANCE, False, DeviceState.ERROR, "maintenance", "Maintenance", "FAILED_PRECONDITION"),
        (Phase.STARTING, ONLINE, False, None, "offline", "SidecarStarting", "UNAVAILABLE"),
        (Phase.STARTING, OFFLINE, False, None, "offline", "SidecarStarting", "UNAVAILABLE"),
        (Phase.STOPPING, ONLINE, False, None, "offline", "SidecarStopping", "UNAVAILABLE"),
        (Phase.FENCED, ONLINE, False, DeviceState.ONLINE, "offline", "Fenced", "UNAVAILABLE"),
        (Phase.FENCED, MAINTENANCE, True, None, "offline", "Fenced", "UNAVAILABLE"),
        (Phase.BACKEND_DOWN, ONLINE, False, None, "offline", "BackendUnavailable", "UNAVAILABLE"),
        (Phase.CONFIG_INVALID, ONLINE, False, None, "error", "ConfigInvalid", "FAILED_PRECONDITION"),
        (Phase.DRIVER_UNUSABLE, ONLINE, False, None, "error", "DriverUnusable", "FAILED_PRECONDITION"),
    ],
)
def test_the_state_follows_from_the_facts(  # noqa: PLR0917 - the columns of the table
    phase: Phase,
    availability: Availability,
    calibrating: bool,  # noqa: FBT001 - a column of the table
    backend: DeviceState | None,
    state: str,
    reason: str,
    code: str | None,
) -> None:
    facts = Facts(phase, availability, calibrating, report(backend) if backend else None, problem="the problem")
    condition = condition_of(facts)
    assert (condition.state.value, condition.reason) == (state, reason)
    error = refusal(facts)
    assert (error and error.code.name) == code
    assert error is None or condition.message in error.message


def test_the_problem_of_a_driver_that_does_not_run_is_the_message() -> None:
    facts = Facts(
        Phase.CONFIG_INVALID, ONLINE, calibrating=False, report=None, problem="driverConfig.threads: too many"
    )
    assert condition_of(facts).message == "driverConfig.threads: too many"


def test_what_a_retry_may_mend_says_when_and_what_it_cannot_says_what() -> None:
    starting = refusal(Facts(Phase.STARTING, ONLINE, calibrating=False, report=None))
    assert isinstance(starting, RetryableError)
    assert starting.retry_after == 1.0
    maintained = refusal(Facts(Phase.RUNNING, MAINTENANCE, calibrating=False, report=report(DeviceState.ONLINE)))
    assert isinstance(maintained, PreconditionError)
    assert (maintained.code, maintained.kind) == (Code.FAILED_PRECONDITION, "DEVICE_MAINTENANCE")
