"""What an author of a driver needs: the interface, its types, its errors. See docs/drivers.md."""

from qdm_driver.base import BaseDriver
from qdm_driver.calibration import ArtifactStore, CalibrationRef
from qdm_driver.config import DeviceContext, DriverConfig
from qdm_driver.device import Capabilities, DeviceInfo, DeviceState, DeviceStatus
from qdm_driver.errors import (
    Code,
    DeviceNotFoundError,
    DriverError,
    ExecutionTimeoutError,
    ExhaustedError,
    InvalidRequestError,
    JobCancelled,
    JobConflictError,
    OutcomeUnknownError,
    PreconditionError,
    Reason,
    RetryableError,
    UnavailableError,
    UnsupportedError,
    Violation,
)
from qdm_driver.execution import ExecutionOptions, ExecutionResult
from qdm_driver.payload import CircuitFormat, CircuitPayload

__all__ = [
    "ArtifactStore",
    "BaseDriver",
    "CalibrationRef",
    "Capabilities",
    "CircuitFormat",
    "CircuitPayload",
    "Code",
    "DeviceContext",
    "DeviceInfo",
    "DeviceNotFoundError",
    "DeviceState",
    "DeviceStatus",
    "DriverConfig",
    "DriverError",
    "ExecutionOptions",
    "ExecutionResult",
    "ExecutionTimeoutError",
    "ExhaustedError",
    "InvalidRequestError",
    "JobCancelled",
    "JobConflictError",
    "OutcomeUnknownError",
    "PreconditionError",
    "Reason",
    "RetryableError",
    "UnavailableError",
    "UnsupportedError",
    "Violation",
]
