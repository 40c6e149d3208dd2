"""The device under test, as the suite's checks see it: whatever it should not do fails the check, with a sentence."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pytest
from pydantic import TypeAdapter

from qdm_driver.compliance.circuits.circuit import GradedCircuit
from qdm_driver.compliance.host.host import Host, NoAnswerError, Worker
from qdm_driver.compliance.host.messages import (
    Answer,
    Bug,
    Call,
    Cancelled,
    Describe,
    Execute,
    Initialize,
    Outcome,
    Refused,
    Returned,
    Status,
)
from qdm_driver.compliance.subject import Subject
from qdm_driver.execution import ExecutionResult
from qdm_driver.payload import CircuitPayload

SHOTS = 4096
MANY_SHOTS = 100_000
REPORT_SECONDS = 10.0

# As the host's are; executions and calibrations have the subject's.
_LIMITS: Mapping[type[Call], float] = {Initialize: 120.0, Describe: REPORT_SECONDS, Status: REPORT_SECONDS}

_KERNEL_OPTIONS = {"provider_profile": "simulator"}  # on every call of the kernel
_RESULT: TypeAdapter[ExecutionResult] = TypeAdapter(ExecutionResult)


@dataclass(frozen=True, slots=True)
class DriverProcess:
    """One process with an initialised instance of the driver."""

    worker: Worker
    subject: Subject

    @classmethod
    def start(cls, host: Host, subject: Subject) -> "DriverProcess":
        """Forks the process and initialises its driver."""
        try:
            process = cls(host.start_worker(), subject)
        except NoAnswerError as error:
            pytest.fail(str(error), pytrace=False)
        returned(process.answer(Initialize()).outcome, "initialize")
        return process

    def begin(self, call: Call) -> None:
        """Starts a call."""
        self.worker.begin(call)

    def end(self, seconds: float | None = None) -> Answer:
        """Waits for the answer, as long as the subject allows where nothing else is said."""
        try:
            return self.worker.end(seconds or self.subject.seconds)
        except NoAnswerError as error:
            pytest.fail(str(error), pytrace=False)

    def answer(self, call: Call, seconds: float | None = None) -> Answer:
        """Makes a call and returns how it ended."""
        self.begin(call)
        return self.end(seconds or _LIMITS.get(type(call)))

    def execution(
        self,
        payload: CircuitPayload,
        shots: int = SHOTS,
        options: Mapping[str, str] | None = None,
        *,
        cancel_at: int | None = None,
    ) -> Execute:
        """Returns the call that runs a payload on this device, with the options that every kernel sends."""
        return Execute(self.subject.device_id, payload, shots, {**_KERNEL_OPTIONS, **(options or {})}, cancel_at)

    def run(self, circuit: GradedCircuit, shots: int = SHOTS, **options: str) -> ExecutionResult:
        """Runs a circuit that must succeed."""
        self.begin(self.execution(circuit.payload, shots, {**circuit.options, **options}))
        return self.result(circuit)

    def result(self, circuit: GradedCircuit) -> ExecutionResult:
        """Returns the result of the circuit that was begun."""
        return _RESULT.validate_json(returned(self.end().outcome, f"{circuit.name!r}"))


class StandingProcess:
    """A process for many checks, replaced where it died."""

    def __init__(self, start: Callable[[], DriverProcess]) -> None:
        self._start = start
        self._process = start()

    def get(self) -> DriverProcess:
        """Returns the living one."""
        if not self._process.worker.alive:
            self._process = self._start()
        return self._process


def returned(outcome: Outcome, what: str) -> bytes:
    """Returns the value, or fails the check where there is none or it has wrong types."""
    if isinstance(outcome, Returned) and not outcome.problems:
        return outcome.value
    pytest.fail(f"{what}: {_in_words(outcome)}", pytrace=False)


def refused(outcome: Outcome, what: str, *allowed: str) -> Refused:
    """Returns the refusal, or fails the check where there is none or it is none of the allowed errors."""
    if isinstance(outcome, Refused) and outcome.error in allowed:
        return outcome
    pytest.fail(f"{what}: {_in_words(outcome)}; raise {' or '.join(allowed)}", pytrace=False)


def _in_words(outcome: Outcome) -> str:
    match outcome:
        case Returned(_, problems):
            return "; ".join(problems) or "was accepted"
        case Refused(error, _, message, _):
            return f"was refused with {error}: {message}"
        case Cancelled():
            return "ended with JobCancelled, which nobody had ordered"
        case Bug(sentence):
            return f"{sentence}; only errors of qdm_driver.errors may leave a method"
