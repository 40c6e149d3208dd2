"""What the driver says of its device."""

import time

import pytest
from pydantic import TypeAdapter

from qdm_driver.compliance.device import REPORT_SECONDS, DriverProcess, refused, returned
from qdm_driver.compliance.host.messages import CheckConfig, Describe, Status
from qdm_driver.compliance.subject import Subject
from qdm_driver.device import Capabilities, DeviceInfo, DeviceState, DeviceStatus
from qdm_driver.payload import CircuitFormat

_STATUS: TypeAdapter[DeviceStatus] = TypeAdapter(DeviceStatus)


def test_description(description: list[DeviceInfo], subject: Subject) -> None:
    """get_devices describes exactly the device of the configuration."""
    ids = [device.device_id for device in description]
    if ids != [subject.device_id]:
        pytest.fail(f"get_devices names {ids}; name exactly config.device.device_id", pytrace=False)


def test_capabilities(capabilities: Capabilities) -> None:
    """Capabilities have limits of at least 1, a format, and native_format exactly where BACKEND_NATIVE is taken."""
    wrong = [
        sentence
        for bad, sentence in (
            (capabilities.max_qubits < 1, "max_qubits is below 1"),
            (capabilities.max_shots < 1, "max_shots is below 1"),
            (not capabilities.formats, "formats are empty"),
            (
                (CircuitFormat.BACKEND_NATIVE in capabilities.formats) != bool(capabilities.native_format),
                "native_format and BACKEND_NATIVE belong together",
            ),
        )
        if bad
    ]
    if wrong:
        pytest.fail("; ".join(wrong), pytrace=False)


def test_status(process: DriverProcess, subject: Subject) -> None:
    """get_devices and get_device_status take 10 s at most, both together, and the device is online to be judged."""
    began = time.monotonic()
    process.answer(Describe())
    left = REPORT_SECONDS - (time.monotonic() - began)
    outcome = process.answer(Status(subject.device_id), left).outcome
    status = _STATUS.validate_json(returned(outcome, "get_device_status"))
    if status.state is not DeviceState.ONLINE:
        pytest.fail(f"the device is {status.state.value}; check it when it is online", pytrace=False)


def test_unknown_config_is_refused(process: DriverProcess) -> None:
    """A key of driverConfig that the schema does not know is refused."""
    call = CheckConfig({"compliance_unknown_key": 1})
    refused(process.answer(call).outcome, "a configuration with an unknown key", "InvalidRequestError")
