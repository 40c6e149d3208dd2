import pytest

from qdm_common.manifest import HostedDevice
from qdm_driver import Capabilities, CircuitFormat, Code, DriverError, InvalidRequestError
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_sidecar.request_checks import check_calibration, check_capabilities, check_execution

DEVICE = HostedDevice.model_validate(
    {"deviceId": "sim:local", "driver": "simulator", "limits": {"shots": 1000, "payloadBytes": 10}}
)
CAPABILITIES = Capabilities(max_qubits=2, formats=frozenset({CircuitFormat.AQO_JSON}), max_shots=500)


def request(**changes: object) -> pb.ExecuteCircuitRequest:
    message = pb.ExecuteCircuitRequest(device_id="sim:local", shots=1)
    message.payload.format = pb.CIRCUIT_FORMAT_AQO_JSON
    message.payload.data = b"{}"
    for path, value in changes.items():
        target, _, field = path.rpartition("__")
        setattr(message.payload if target else message, field, value)
    return message


@pytest.mark.parametrize("changes", [{}, {"shots": 1000}, {"job_id": "j" * 256}, {"payload__data": b"0123456789"}])
def test_a_good_request_passes(changes: dict[str, object]) -> None:
    check_execution(request(**changes), DEVICE)


@pytest.mark.parametrize(
    ("changes", "code", "field"),
    [
        ({"device_id": ""}, Code.INVALID_ARGUMENT, "device_id"),
        ({"device_id": "other"}, Code.NOT_FOUND, None),
        ({"shots": 0}, Code.INVALID_ARGUMENT, "shots"),
        ({"shots": -1}, Code.INVALID_ARGUMENT, "shots"),
        ({"shots": 1001}, Code.INVALID_ARGUMENT, "shots"),
        ({"job_id": "j" * 257}, Code.INVALID_ARGUMENT, "job_id"),
        ({"payload__format": 0}, Code.INVALID_ARGUMENT, "payload.format"),
        ({"payload__format": 99}, Code.INVALID_ARGUMENT, "payload.format"),
        ({"payload__data": b""}, Code.INVALID_ARGUMENT, "payload.data"),
        ({"payload__data": b"01234567890"}, Code.RESOURCE_EXHAUSTED, None),
    ],
)
def test_a_wrong_request_is_refused_with_its_place(changes: dict[str, object], code: Code, field: str | None) -> None:
    with pytest.raises(DriverError) as refused:
        check_execution(request(**changes), DEVICE)
    assert refused.value.code is code
    if field is not None:
        assert isinstance(refused.value, InvalidRequestError)
        assert [violation.field for violation in refused.value.violations] == [field]


def test_everything_wrong_is_told_at_once() -> None:
    with pytest.raises(InvalidRequestError) as refused:
        check_execution(request(shots=0, payload__format=7, payload__data=b""), DEVICE)
    assert [violation.field for violation in refused.value.violations] == ["shots", "payload.format", "payload.data"]


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"payload__format": pb.CIRCUIT_FORMAT_QASM3_TEXT}, Code.UNIMPLEMENTED),
        ({"shots": 501}, Code.INVALID_ARGUMENT),
    ],
)
def test_what_the_driver_cannot_take_is_refused(changes: dict[str, object], code: Code) -> None:
    changed = request(**changes)
    with pytest.raises(DriverError) as refused:
        check_capabilities(changed.payload.format, changed.shots, CAPABILITIES)
    assert refused.value.code is code


def test_a_calibration_takes_no_options_but_the_kernels_own() -> None:
    good = pb.CalibrateDeviceRequest(device_id="sim:local", options={"provider_profile": "simulator"})
    check_calibration(good, DEVICE)
    with pytest.raises(InvalidRequestError, match=r"options\.depth"):
        check_calibration(pb.CalibrateDeviceRequest(device_id="sim:local", options={"depth": "3"}), DEVICE)
