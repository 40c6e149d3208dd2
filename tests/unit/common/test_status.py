import base64
import json
import logging
from collections.abc import Mapping, Sequence
from urllib.parse import quote

import pytest
from google.protobuf.message import Message
from google.rpc import code_pb2, error_details_pb2, status_pb2

from qdm_common.logging import JsonFormatter
from qdm_common.status import internal_status, to_status
from qdm_driver import (
    DeviceNotFoundError,
    DriverError,
    ExecutionTimeoutError,
    ExhaustedError,
    InvalidRequestError,
    JobConflictError,
    OutcomeUnknownError,
    PreconditionError,
    Reason,
    UnavailableError,
    UnsupportedError,
    Violation,
)

FACTS = {"job_id": "j1", "device_id": "sim:local", "driver": "simulator"}
KINDS = {
    kind.DESCRIPTOR.full_name: kind
    for kind in (
        error_details_pb2.ErrorInfo,
        error_details_pb2.BadRequest,
        error_details_pb2.PreconditionFailure,
        error_details_pb2.RetryInfo,
    )
}
TRAILERS_PEERS_TAKE_BYTES = 8 * 1024


def unpacked(status: status_pb2.Status) -> dict[str, Message]:
    """The details by the name of their type; each type at most once."""
    details = {}
    for packed in status.details:
        name = packed.TypeName()
        details[name.rpartition(".")[2]] = KINDS[name].FromString(packed.value)
    assert len(details) == len(status.details)
    return details


def info(status: status_pb2.Status) -> error_details_pb2.ErrorInfo:
    found = unpacked(status)["ErrorInfo"]
    assert isinstance(found, error_details_pb2.ErrorInfo)
    return found


@pytest.mark.parametrize(
    ("error", "code", "reason", "details"),
    [
        (InvalidRequestError(Violation("shots", "no")), "INVALID_ARGUMENT", "INVALID_ARGUMENT", ["BadRequest"]),
        (UnsupportedError("no"), "UNIMPLEMENTED", "UNSUPPORTED", []),
        (DeviceNotFoundError("no"), "NOT_FOUND", "DEVICE_NOT_FOUND", []),
        (PreconditionError("no", kind="CONFIG"), "FAILED_PRECONDITION", "PRECONDITION", ["PreconditionFailure"]),
        (UnavailableError("no", retry_after=1), "UNAVAILABLE", "UNAVAILABLE", ["RetryInfo"]),
        (UnavailableError("no", retry_after=None), "UNAVAILABLE", "UNAVAILABLE", []),
        (ExhaustedError("no", retry_after=2.5), "RESOURCE_EXHAUSTED", "CAPACITY", ["RetryInfo"]),
        (ExhaustedError("no", retry_after=None), "RESOURCE_EXHAUSTED", "CAPACITY", []),
        (ExhaustedError("no", retry_after=None, reason=Reason.QUOTA), "RESOURCE_EXHAUSTED", "QUOTA", []),
        (JobConflictError("no"), "ALREADY_EXISTS", "JOB_CONFLICT", []),
        (OutcomeUnknownError("no"), "ABORTED", "OUTCOME_UNKNOWN", []),
        (ExecutionTimeoutError("no"), "DEADLINE_EXCEEDED", "TIMEOUT", []),
    ],
)
def test_each_row_of_the_error_table_has_its_code_reason_and_details(
    error: DriverError, code: str, reason: str, details: Sequence[str]
) -> None:
    status = to_status(error, FACTS)
    assert status.code == code_pb2.Code.Value(code)
    assert status.message == str(error)
    assert list(unpacked(status)) == ["ErrorInfo", *details]
    assert info(status) == error_details_pb2.ErrorInfo(
        domain="eigen.driver_manager", reason=f"EIGEN_BACKEND_{reason}", metadata=FACTS
    )


def test_facts_nobody_knows_are_left_out() -> None:
    status = to_status(DeviceNotFoundError("no"), {"job_id": "", "device_id": "sim:9"})
    assert dict(info(status).metadata) == {"device_id": "sim:9"}


def test_every_place_that_is_wrong_is_a_field_violation() -> None:
    error = InvalidRequestError(Violation("operations[3].q", "is empty"), Violation("shots", "must be positive"))
    assert unpacked(to_status(error, FACTS))["BadRequest"] == error_details_pb2.BadRequest(
        field_violations=[
            error_details_pb2.BadRequest.FieldViolation(field="operations[3].q", description="is empty"),
            error_details_pb2.BadRequest.FieldViolation(field="shots", description="must be positive"),
        ]
    )


def test_a_failed_precondition_says_its_kind_and_its_device() -> None:
    failure = unpacked(to_status(PreconditionError("it is off", kind="DEVICE_OFFLINE"), FACTS))["PreconditionFailure"]
    assert failure == error_details_pb2.PreconditionFailure(
        violations=[
            error_details_pb2.PreconditionFailure.Violation(
                type="DEVICE_OFFLINE", subject="sim:local", description="it is off"
            )
        ]
    )


@pytest.mark.parametrize(("seconds", "milliseconds"), [(0, 0), (1, 1000), (0.0004, 0), (2.5, 2500), (3600, 3_600_000)])
def test_the_time_to_retry_travels_in_milliseconds(seconds: float, milliseconds: int) -> None:
    retry = unpacked(to_status(ExhaustedError("full", retry_after=seconds), FACTS))["RetryInfo"]
    assert isinstance(retry, error_details_pb2.RetryInfo)
    assert retry.retry_delay.ToMilliseconds() == milliseconds


@pytest.mark.parametrize("character", ["x", "⟩"])
@pytest.mark.parametrize("facts", [FACTS, dict.fromkeys(FACTS, "⟩" * 10_000)], ids=["known-facts", "endless-facts"])
def test_the_longest_error_fits_into_the_trailers_that_peers_take(character: str, facts: Mapping[str, str]) -> None:
    endless = character * 10_000
    errors = [
        InvalidRequestError(*[Violation(endless, endless)] * 1000),
        PreconditionError(endless, kind="CIRCUIT_TOO_LARGE"),
        UnavailableError(endless, retry_after=1e6),
    ]
    for error in errors:
        status = to_status(error, facts)
        details = base64.b64encode(status.SerializeToString())
        assert len(details) + len(quote(status.message)) <= TRAILERS_PEERS_TAKE_BYTES


@pytest.mark.parametrize("character", ["x", "é", "⟩", "𝜓"])
def test_a_text_too_long_ends_in_an_ellipsis(character: str) -> None:
    message = to_status(UnsupportedError(character * 5000), FACTS).message
    assert message == character * (len(message) - 1) + "…"


def test_a_text_that_utf_8_cannot_write_is_still_sent() -> None:
    error = InvalidRequestError(Violation("parameters.\ud800", "is unbound"))
    assert to_status(error, {"job_id": "\udfff"}).message == "parameters.?: is unbound"


def test_a_bug_tells_the_caller_an_error_id_and_nothing_of_itself() -> None:
    status = internal_status(ZeroDivisionError("/usr/lib/secret.py"), FACTS)
    error_id = info(status).metadata["error_id"]
    assert status.code == code_pb2.INTERNAL
    assert info(status).reason == "EIGEN_BACKEND_INTERNAL"
    assert info(status).metadata.items() >= FACTS.items()
    assert error_id in status.message
    for internal in (b"secret.py", b"ZeroDivision", b"Traceback"):
        assert internal not in status.SerializeToString()


def test_a_bug_is_logged_under_the_error_id_the_caller_got(caplog: pytest.LogCaptureFixture) -> None:
    try:
        raise ZeroDivisionError("the reason")
    except ZeroDivisionError as error:
        status = internal_status(error, FACTS)
    (record,) = caplog.records
    line = json.loads(JsonFormatter("sidecar").format(record))
    assert record.levelno == logging.ERROR
    assert line["error_id"] == info(status).metadata["error_id"]
    assert "the reason" in line["error"]
    assert "test_status" in line["stack"]


def test_two_bugs_have_different_error_ids() -> None:
    ids = {info(internal_status(ValueError(), {})).metadata["error_id"] for _ in range(2)}
    assert len(ids) == 2
