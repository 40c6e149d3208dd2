"""Every check of a request that needs no driver, as pure functions."""

from qdm_common.logging import MAX_FIELD
from qdm_common.manifest import HostedDevice
from qdm_driver import (
    Capabilities,
    CircuitFormat,
    DeviceNotFoundError,
    ExhaustedError,
    InvalidRequestError,
    UnsupportedError,
    Violation,
)
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb

MAX_JOB_ID = MAX_FIELD  # so that the log has all of it
_FORMATS = {item.value: item for item in CircuitFormat}


def check_device(device_id: str, device: HostedDevice) -> None:
    """Raises InvalidRequestError or DeviceNotFoundError unless the request is for this device."""
    if not device_id:
        raise InvalidRequestError(Violation("device_id", "is required; ListDevices names the devices there are"))
    if device_id != device.device_id:
        raise DeviceNotFoundError(f"device {device_id!r} is not served here")


def check_execution(request: pb.ExecuteCircuitRequest, device: HostedDevice) -> None:
    """Raises InvalidRequestError or ExhaustedError where the request is wrong whatever the driver."""
    check_device(request.device_id, device)
    limits = device.limits
    size = len(request.payload.data)
    violations = [
        Violation(field, sentence)
        for wrong, field, sentence in (
            (len(request.job_id) > MAX_JOB_ID, "job_id", f"has more than {MAX_JOB_ID} characters"),
            (
                not 1 <= request.shots <= limits.shots,
                "shots",
                f"is {request.shots}; this device takes 1 to {limits.shots}",
            ),
            (
                request.payload.format not in _FORMATS,
                "payload.format",
                f"is {request.payload.format or 'unspecified'}; the contract knows "
                + ", ".join(f"{item.value} ({item.name})" for item in CircuitFormat),
            ),
            (size == 0, "payload.data", "is empty"),
        )
        if wrong
    ]
    if violations:
        raise InvalidRequestError(*violations)
    if size > limits.payload_bytes:
        sentence = f"payload.data has {size} bytes; this device takes at most {limits.payload_bytes}"
        raise ExhaustedError(sentence, retry_after=None)


def check_capabilities(payload_format: int, shots: int, capabilities: Capabilities) -> None:
    """Raises UnsupportedError or InvalidRequestError where the driver cannot take such a request."""
    wanted = _FORMATS[payload_format]
    if wanted not in capabilities.formats:
        taken = ", ".join(item.name for item in CircuitFormat if item in capabilities.formats)
        raise UnsupportedError(f"this device does not take {wanted.name}; it takes {taken}")
    if shots > capabilities.max_shots:
        sentence = f"is {shots}; this device takes 1 to {capabilities.max_shots}"
        raise InvalidRequestError(Violation("shots", sentence))


def check_calibration(request: pb.CalibrateDeviceRequest, device: HostedDevice) -> None:
    """Raises InvalidRequestError or DeviceNotFoundError."""
    check_device(request.device_id, device)
    unknown = sorted(request.options.keys() - {"provider_profile"})
    if unknown:
        raise InvalidRequestError(*(Violation(f"options.{key}", "unknown option; remove it") for key in unknown))
