import inspect
import math
from collections.abc import Callable, Mapping, Sequence

import pytest

from qdm_driver import (
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
    errors,
)

ROWS = [
    (InvalidRequestError(Violation("shots", "must be positive")), Code.INVALID_ARGUMENT, Reason.INVALID_ARGUMENT),
    (UnsupportedError("no"), Code.UNIMPLEMENTED, Reason.UNSUPPORTED),
    (DeviceNotFoundError("no"), Code.NOT_FOUND, Reason.DEVICE_NOT_FOUND),
    (PreconditionError("no", kind="DEVICE_OFFLINE"), Code.FAILED_PRECONDITION, Reason.PRECONDITION),
    (UnavailableError("no", retry_after=1), Code.UNAVAILABLE, Reason.UNAVAILABLE),
    (ExhaustedError("no", retry_after=None), Code.RESOURCE_EXHAUSTED, Reason.CAPACITY),
    (JobConflictError("no"), Code.ALREADY_EXISTS, Reason.JOB_CONFLICT),
    (OutcomeUnknownError("no"), Code.ABORTED, Reason.OUTCOME_UNKNOWN),
    (ExecutionTimeoutError("no"), Code.DEADLINE_EXCEEDED, Reason.TIMEOUT),
]


@pytest.mark.parametrize(("error", "code", "reason"), ROWS, ids=lambda value: type(value).__name__)
def test_an_error_stands_for_one_row_of_the_contract_s_table(error: DriverError, code: Code, reason: Reason) -> None:
    assert (error.code, error.reason) == (code, reason)


def test_no_error_class_is_missing_from_the_table() -> None:
    classes = {item for item in vars(errors).values() if inspect.isclass(item) and issubclass(item, DriverError)}
    assert classes - {type(error) for error, _, _ in ROWS} == {DriverError, RetryableError}


@pytest.mark.parametrize("code", Code)
def test_codes_have_the_numbers_of_grpc(code: Code) -> None:
    grpc = pytest.importorskip("grpc")
    assert grpc.StatusCode[code.name].value[0] == code.value


def test_a_finer_reason_replaces_the_class_s_own_for_that_error_only() -> None:
    assert UnavailableError("log in", retry_after=None, reason=Reason.AUTH).reason is Reason.AUTH
    assert UnavailableError("down", retry_after=None).reason is Reason.UNAVAILABLE


def test_a_wrong_request_says_every_place_that_is_wrong() -> None:
    error = InvalidRequestError(Violation("shots", "must be positive"), Violation("operations[3].q", "is empty"))
    assert str(error) == error.message == "shots: must be positive; operations[3].q: is empty"


def test_cancelling_a_job_passes_through_what_an_sdk_catches() -> None:
    assert not issubclass(JobCancelled, Exception)


@pytest.mark.parametrize(
    ("kind", "arguments", "retry_after", "problem", "words"),
    [
        (InvalidRequestError, ["no"], {}, TypeError, r"Violation\(field, description\)"),
        (InvalidRequestError, [("shots", "no")], {}, TypeError, r"Violation\(field, description\)"),
        (UnsupportedError, [OSError("no route")], {}, TypeError, "message is of type OSError; give a sentence"),
        (UnavailableError, ["no"], {"retry_after": "1"}, TypeError, "retry_after is '1'; give seconds"),
        (UnavailableError, ["no"], {"retry_after": math.inf}, ValueError, "retry_after is inf; give seconds"),
        (UnavailableError, ["no"], {"retry_after": math.nan}, ValueError, "retry_after is nan; give seconds"),
        (ExhaustedError, ["no"], {"retry_after": -1}, ValueError, "retry_after is -1; give seconds"),
        (DriverError, ["no"], {}, TypeError, "DriverError has no code; raise one of its subclasses"),
        (RetryableError, ["no"], {"retry_after": 1}, TypeError, "RetryableError has no code; raise one"),
    ],
)
def test_an_error_that_nobody_could_be_told_is_refused_where_it_is_made(
    kind: Callable[..., DriverError],
    arguments: Sequence[object],
    retry_after: Mapping[str, object],
    problem: type[Exception],
    words: str,
) -> None:
    with pytest.raises(problem, match=words):
        kind(*arguments, **retry_after)
