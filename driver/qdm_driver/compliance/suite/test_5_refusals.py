"""What must be refused, with which error and in which words; and that the driver goes on afterwards."""

from collections.abc import Callable

import pytest

from qdm_driver.compliance.cases import (
    fail_where_wrong,
    formats,
    formats_for_any_program,
    malformed,
    skip_unless_taken,
    skip_where,
)
from qdm_driver.compliance.circuits.catalogue import graded
from qdm_driver.compliance.circuits.circuit import GradedCircuit
from qdm_driver.compliance.circuits.graded import dense, uniform_bit
from qdm_driver.compliance.device import SHOTS, DriverProcess, StandingProcess, refused
from qdm_driver.compliance.host.messages import Calibrate, Execute, Refused
from qdm_driver.compliance.leaks import leaks
from qdm_driver.compliance.malformed import Malformed, foreign_version, malformed_payloads
from qdm_driver.device import Capabilities
from qdm_driver.payload import CircuitFormat, CircuitPayload

STRANGER = "compliance-no-such-device"


@pytest.fixture(scope="module")
def told_wrong_things(start: Callable[[], DriverProcess]) -> StandingProcess:
    """A process apart, so that what it remembers of malformed payloads disturbs no other check."""
    return StandingProcess(start)


@pytest.fixture
def refusing(told_wrong_things: StandingProcess) -> DriverProcess:
    """A process that is told wrong things."""
    return told_wrong_things.get()


@malformed()
def test_malformed(refusing: DriverProcess, capabilities: Capabilities, malformed: Malformed) -> None:
    """A payload that is wrong on any device is refused with InvalidRequestError, which says where and what."""
    skip_unless_taken(capabilities, malformed.payload.format)
    outcome = refusing.answer(refusing.execution(malformed.payload)).outcome
    refusal = refused(outcome, f"a payload with {malformed.wrong}", "InvalidRequestError")
    if not any(violation.description.strip() for violation in refusal.violations):
        pytest.fail("the refusal has no violation; give InvalidRequestError one for each place", pytrace=False)


@malformed()
def test_messages(refusing: DriverProcess, capabilities: Capabilities, malformed: Malformed) -> None:
    """What a caller reads holds no path, class name, traceback or file of source code."""
    skip_unless_taken(capabilities, malformed.payload.format)
    outcome = refusing.answer(refusing.execution(malformed.payload)).outcome
    if isinstance(outcome, Refused) and (found := leaks(outcome.message)):
        pytest.fail(f"the message {outcome.message[:120]!r} shows {', '.join(found)}", pytrace=False)


@formats()
def test_goes_on_after_refusals(
    new_process: DriverProcess, capabilities: Capabilities, encoding: CircuitFormat
) -> None:
    """After each refusal the next circuit is right."""
    skip_unless_taken(capabilities, encoding)
    good = graded(uniform_bit(), encoding)
    for case in malformed_payloads():
        if case.payload.format is encoding:
            new_process.answer(new_process.execution(case.payload))
            result = new_process.run(good, min(SHOTS, capabilities.max_shots))
            fail_where_wrong(result, good, new_process.subject, when=f"after a payload with {case.wrong}: ")


def test_aqo_version(process: DriverProcess, capabilities: Capabilities) -> None:
    """An AQO document of an unknown version is refused with PreconditionError."""
    skip_unless_taken(capabilities, CircuitFormat.AQO_JSON)
    refused(process.answer(process.execution(foreign_version())).outcome, "AQO version 9.9", "PreconditionError")


def test_unclaimed_format(process: DriverProcess, capabilities: Capabilities, coin: GradedCircuit) -> None:
    """A format that the capabilities do not name is refused with UnsupportedError."""
    unclaimed = [encoding for encoding in CircuitFormat if encoding not in capabilities.formats]
    skip_where("" if unclaimed else "a format that is not taken")
    for encoding in unclaimed:
        payload = CircuitPayload(encoding, coin.payload.data)
        refused(process.answer(process.execution(payload)).outcome, encoding.name, "UnsupportedError")


@formats_for_any_program()
def test_too_many_qubits(process: DriverProcess, capabilities: Capabilities, encoding: CircuitFormat) -> None:
    """A circuit of more qubits than max_qubits is refused with PreconditionError, at once."""
    skip_unless_taken(capabilities, encoding)
    payload = graded(dense(capabilities.max_qubits + 1), encoding).payload
    outcome = process.answer(process.execution(payload)).outcome
    refused(outcome, f"a circuit of {capabilities.max_qubits + 1} qubits", "PreconditionError")


def test_unknown_device(process: DriverProcess, coin: GradedCircuit) -> None:
    """An execution or a calibration of a device that is not the driver's is refused with DeviceNotFoundError."""
    outcome = process.answer(Execute(STRANGER, coin.payload, 1)).outcome
    refused(outcome, "an execution on another device", "DeviceNotFoundError")
    outcome = process.answer(Calibrate(STRANGER)).outcome
    refused(outcome, "a calibration of another device", "DeviceNotFoundError", "UnsupportedError")


def test_unknown_option(process: DriverProcess, coin: GradedCircuit) -> None:
    """An option that is neither in the schema nor a symbol of the circuit is refused with InvalidRequestError."""
    call = process.execution(coin.payload, 1, {"compliance_unknown_option": "1"})
    refused(process.answer(call).outcome, "an unknown option", "InvalidRequestError")
