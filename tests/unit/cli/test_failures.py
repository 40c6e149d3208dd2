import json

import pytest

from qdm_cli.failures import Failure, failure_json, failure_of, hint
from qdm_common.status import to_status
from qdm_driver import DriverError, ExhaustedError, InvalidRequestError, PreconditionError, Violation

FACTS = {"job_id": "j1", "device_id": "sim:local"}


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (
            InvalidRequestError(
                Violation("operations[3].q", "must be below 2"), Violation("shots", "must be positive")
            ),
            Failure(
                code="INVALID_ARGUMENT",
                message="operations[3].q: must be below 2; shots: must be positive",
                reason="EIGEN_BACKEND_INVALID_ARGUMENT",
                violations=(Violation("operations[3].q", "must be below 2"), Violation("shots", "must be positive")),
                facts=FACTS,
            ),
        ),
        (
            ExhaustedError("the queue is full", retry_after=1.5),
            Failure(
                code="RESOURCE_EXHAUSTED",
                message="the queue is full",
                reason="EIGEN_BACKEND_CAPACITY",
                retry_after=1.5,
                facts=FACTS,
            ),
        ),
        (
            PreconditionError("too large", kind="CIRCUIT_TOO_LARGE"),
            Failure("FAILED_PRECONDITION", "too large", reason="EIGEN_BACKEND_PRECONDITION", facts=FACTS),
        ),
    ],
)
def test_what_a_server_tells_is_read_in_full(error: DriverError, expected: Failure) -> None:
    assert failure_of(to_status(error, FACTS)) == expected


@pytest.mark.parametrize(
    ("failure", "expected"),
    [
        (Failure("NOT_FOUND", ""), "`qdm devices` lists the fleet"),
        (Failure("UNAVAILABLE", ""), "`qdm up -f FILE` starts a fleet here; --address names one elsewhere"),
        (Failure("UNAVAILABLE", "", reason="R"), "try again later; `qdm devices` shows what is up"),
        (Failure("UNAVAILABLE", "", retry_after=2.0), "try again in 2 s"),
        (Failure("UNAVAILABLE", "", retry_after=0.0), "try again in 0 s"),
        (Failure("INTERNAL", ""), ""),
    ],
)
def test_a_hint_says_what_to_do_next(failure: Failure, expected: str) -> None:
    assert hint(failure) == expected


def test_an_error_as_json_has_one_stable_shape() -> None:
    failure = Failure("INVALID_ARGUMENT", "c: no", "R", (Violation("c", "no"),), None, {"b": "2", "a": "1"})
    assert json.dumps(failure_json(failure)) == (
        '{"code": "INVALID_ARGUMENT", "message": "c: no", "reason": "R", "details": {"violations": '
        '[{"field": "c", "description": "no"}], "retry_after_sec": null, "facts": {"a": "1", "b": "2"}}}'
    )
