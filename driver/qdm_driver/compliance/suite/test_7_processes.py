"""Several processes at once, as with a concurrency above 1; and calibration."""

import pytest
from pydantic import TypeAdapter

from qdm_driver.calibration import CalibrationRef
from qdm_driver.compliance.cases import fail_where_wrong
from qdm_driver.compliance.circuits.circuit import GradedCircuit
from qdm_driver.compliance.device import MANY_SHOTS, SHOTS, DriverProcess, returned
from qdm_driver.compliance.host.messages import Calibrate, Refused, Status
from qdm_driver.compliance.subject import Subject
from qdm_driver.device import Capabilities
from qdm_driver.errors import Code

ROUNDS = 4

_REFERENCE = TypeAdapter(CalibrationRef)


def test_two_processes(
    new_process: DriverProcess, other_process: DriverProcess, capabilities: Capabilities, coin: GradedCircuit
) -> None:
    """Two processes that run circuits at the same time are both right."""
    processes = (new_process, other_process)
    for _ in range(ROUNDS):
        for process in processes:
            process.begin(process.execution(coin.payload, min(SHOTS, capabilities.max_shots)))
        for process in processes:
            fail_where_wrong(process.result(coin), coin, process.subject)


def test_status_during_execution(
    new_process: DriverProcess, process: DriverProcess, capabilities: Capabilities, coin: GradedCircuit
) -> None:
    """While one process runs a circuit, another tells the status within 10 s."""
    new_process.begin(new_process.execution(coin.payload, min(MANY_SHOTS, capabilities.max_shots)))
    status = process.answer(Status(process.subject.device_id)).outcome
    returned(status, "get_device_status during an execution")
    new_process.result(coin)


def test_calibration(new_process: DriverProcess, subject: Subject) -> None:
    """calibrate_device returns a reference that is a URI, or says with UnsupportedError that there is none."""
    outcome = new_process.answer(Calibrate(subject.device_id)).outcome
    if isinstance(outcome, Refused) and outcome.code is Code.UNIMPLEMENTED:
        return
    uri = _REFERENCE.validate_json(returned(outcome, "calibrate_device")).uri
    scheme, colon, rest = uri.partition(":")
    if not (scheme and colon and rest):
        pytest.fail(f"the reference {uri!r} is no URI; config.device.artifacts.put returns one", pytrace=False)


def test_goes_on_after_calibration(new_process: DriverProcess, capabilities: Capabilities, coin: GradedCircuit) -> None:
    """After a calibration, the next circuit is right."""
    new_process.answer(Calibrate(new_process.subject.device_id))
    result = new_process.run(coin, min(SHOTS, capabilities.max_shots))
    fail_where_wrong(result, coin, new_process.subject)
