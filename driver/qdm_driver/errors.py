"""The one error hierarchy: what a driver raises is what the caller gets, as a gRPC status code with details.

Each class stands for one row of the contract's error table. Whatever else a driver lets escape is a bug: the caller
gets INTERNAL with an error id, and the log has the rest. Messages are read by callers, so they say where and what to
do, and never hold a path, a class name or a credential.
"""

import math
from enum import Enum, StrEnum
from typing import ClassVar, NamedTuple


class Code(Enum):
    """The canonical status codes this contract uses, with their numbers on the wire (google.rpc.Code)."""

    CANCELLED = 1
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14


class Reason(StrEnum):
    """Values of ``google.rpc.ErrorInfo.reason``; stable, for programs."""

    AUTH = "EIGEN_BACKEND_AUTH"
    AUTHZ = "EIGEN_BACKEND_AUTHZ"
    UNAVAILABLE = "EIGEN_BACKEND_UNAVAILABLE"
    QUOTA = "EIGEN_BACKEND_QUOTA"
    CAPACITY = "EIGEN_BACKEND_CAPACITY"
    PROVIDER = "EIGEN_BACKEND_PROVIDER"
    INVALID_ARGUMENT = "EIGEN_BACKEND_INVALID_ARGUMENT"
    TIMEOUT = "EIGEN_BACKEND_TIMEOUT"
    PRECONDITION = "EIGEN_BACKEND_PRECONDITION"
    INTERNAL = "EIGEN_BACKEND_INTERNAL"
    UNSUPPORTED = "EIGEN_BACKEND_UNSUPPORTED"
    DEVICE_NOT_FOUND = "EIGEN_BACKEND_DEVICE_NOT_FOUND"
    JOB_CONFLICT = "EIGEN_BACKEND_JOB_CONFLICT"
    OUTCOME_UNKNOWN = "EIGEN_BACKEND_OUTCOME_UNKNOWN"


class Violation(NamedTuple):
    """One thing wrong with a request: the path of the field, such as ``operations[3].q``, and a sentence."""

    field: str
    description: str


class DriverError(Exception):
    """Base of every error that reaches a caller: a sentence for people and a stable reason for programs.

    Raises TypeError where it could not be told: it is made of no sentence, or of a class without a code.
    """

    code: ClassVar[Code]
    reason: Reason

    def __init__(self, message: str, *, reason: Reason | None = None) -> None:
        if not hasattr(self, "code"):
            raise TypeError(f"{type(self).__name__} has no code; raise one of its subclasses that have one")
        if not isinstance(message, str):
            raise TypeError(f"the message is of type {type(message).__name__}; give a sentence, such as str(error)")
        super().__init__(message)
        self.message = message
        if reason is not None:
            self.reason = reason


class InvalidRequestError(DriverError):
    """INVALID_ARGUMENT: the request is wrong, on any device. Names every place that is wrong (BadRequest).

    Raises TypeError where it is given anything but violations.
    """

    code = Code.INVALID_ARGUMENT
    reason = Reason.INVALID_ARGUMENT

    def __init__(self, *violations: Violation) -> None:
        if not all(isinstance(violation, Violation) for violation in violations):
            raise TypeError("give every place that is wrong as a Violation(field, description)")
        super().__init__("; ".join(": ".join(filter(None, violation)) for violation in violations))
        self.violations = violations


class UnsupportedError(DriverError):
    """UNIMPLEMENTED: a format or a valid language feature that this driver cannot run."""

    code = Code.UNIMPLEMENTED
    reason = Reason.UNSUPPORTED


class DeviceNotFoundError(DriverError):
    """NOT_FOUND: no device has this id."""

    code = Code.NOT_FOUND
    reason = Reason.DEVICE_NOT_FOUND


class PreconditionError(DriverError):
    """FAILED_PRECONDITION: right on another device or later, never on this one as it is now (PreconditionFailure).

    ``kind`` is a stable word such as ``DEVICE_OFFLINE``, ``CIRCUIT_TOO_LARGE``, ``AQO_VERSION`` or ``CONFIG``.
    """

    code = Code.FAILED_PRECONDITION
    reason = Reason.PRECONDITION

    def __init__(self, message: str, *, kind: str, reason: Reason | None = None) -> None:
        super().__init__(message, reason=reason)
        self.kind = kind


class RetryableError(DriverError):
    """Base of what a retry may mend; ``retry_after`` in seconds travels as RetryInfo, ``None`` where none can help.

    Raises TypeError or ValueError where that is no number of seconds.
    """

    def __init__(self, message: str, *, retry_after: float | None, reason: Reason | None = None) -> None:
        super().__init__(message, reason=reason)
        if retry_after is not None:
            wrong = f"retry_after is {retry_after!r}; give seconds of at least 0, or None"
            if not isinstance(retry_after, int | float):
                raise TypeError(wrong)
            if not 0 <= retry_after < math.inf:
                raise ValueError(wrong)
        self.retry_after = retry_after


class UnavailableError(RetryableError):
    """UNAVAILABLE: the backend or its sidecar is down. Nothing was executed, or nothing that lasts."""

    code = Code.UNAVAILABLE
    reason = Reason.UNAVAILABLE


class ExhaustedError(RetryableError):
    """RESOURCE_EXHAUSTED: the queue is full, the payload over the limit, memory or a quota used up."""

    code = Code.RESOURCE_EXHAUSTED
    reason = Reason.CAPACITY


class JobConflictError(DriverError):
    """ALREADY_EXISTS: the job_id was used with other content."""

    code = Code.ALREADY_EXISTS
    reason = Reason.JOB_CONFLICT


class OutcomeUnknownError(DriverError):
    """ABORTED: the job may or may not have run, and will not be run again by itself."""

    code = Code.ABORTED
    reason = Reason.OUTCOME_UNKNOWN


class ExecutionTimeoutError(DriverError):
    """DEADLINE_EXCEEDED: the caller's deadline or the device's execution limit passed."""

    code = Code.DEADLINE_EXCEEDED
    reason = Reason.TIMEOUT


class JobCancelled(BaseException):
    """Raised inside a running driver method when the caller went away or the time is up.

    A driver that started something remote catches it, cancels that and raises it again, all within one second: after
    that its process is killed. A BaseException, so that no ``except Exception`` of an SDK swallows it.
    """
