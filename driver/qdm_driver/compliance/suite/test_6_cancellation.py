"""Cancellation: the host raises JobCancelled wherever a running method is, and gives it one second."""

from collections.abc import Iterator

import pytest

from qdm_driver.compliance.cases import fail_where_wrong
from qdm_driver.compliance.circuits.circuit import GradedCircuit
from qdm_driver.compliance.device import SHOTS, DriverProcess
from qdm_driver.compliance.host.messages import Answer, Cancelled, Refused
from qdm_driver.compliance.host.worker import NEVER
from qdm_driver.device import Capabilities

SECONDS = 1.0
PLACES = 8


def test_cancellation(new_process: DriverProcess, coin: GradedCircuit) -> None:
    """Wherever JobCancelled is raised, it or OutcomeUnknownError leaves execute_circuit within a second."""
    for answer in cancelled_everywhere(new_process, coin):
        match answer.outcome:
            case Cancelled(seconds) if seconds > SECONDS:
                pytest.fail(f"it ended {seconds:.1f} s after JobCancelled; the host kills after 1 s", pytrace=False)
            case Cancelled() | Refused("OutcomeUnknownError"):
                pass
            case _ if answer.delivered:
                pytest.fail("JobCancelled was swallowed; clean up and raise it again", pytrace=False)


def test_goes_on_after_cancellation(
    new_process: DriverProcess, capabilities: Capabilities, coin: GradedCircuit
) -> None:
    """After a cancelled job, the next circuit is right."""
    for _ in cancelled_everywhere(new_process, coin):
        result = new_process.run(coin, min(SHOTS, capabilities.max_shots))
        fail_where_wrong(result, coin, new_process.subject, when="after a cancelled job: ")


def cancelled_everywhere(process: DriverProcess, circuit: GradedCircuit) -> Iterator[Answer]:
    """Cancels executions, each in another place, spread evenly over the functions that one calls."""
    calls = process.answer(process.execution(circuit.payload, 1, cancel_at=NEVER)).calls
    for place in range(PLACES):
        yield process.answer(process.execution(circuit.payload, 1, cancel_at=1 + place * calls // PLACES))
