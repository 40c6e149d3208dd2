import grpc
import pytest

from qdm_driver import ExecutionTimeoutError, ExhaustedError, OutcomeUnknownError, RetryableError, UnavailableError
from qdm_facade.failures import SidecarFaultError, failure_of, retry_seconds
from qdm_facade.relay import Answer, end_to_end

DETAILS = (("grpc-status-details-bin", b"packed"),)
CODES = [code for code in grpc.StatusCode if code is not grpc.StatusCode.OK]

MADE_BY_GRPC = {
    grpc.StatusCode.UNAVAILABLE: UnavailableError,
    grpc.StatusCode.CANCELLED: UnavailableError,
    grpc.StatusCode.NOT_FOUND: UnavailableError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ExhaustedError,
    grpc.StatusCode.DEADLINE_EXCEEDED: ExecutionTimeoutError,
    grpc.StatusCode.UNKNOWN: SidecarFaultError,
    grpc.StatusCode.INTERNAL: SidecarFaultError,
    grpc.StatusCode.UNIMPLEMENTED: SidecarFaultError,
}


@pytest.mark.parametrize("code", CODES)
def test_a_failure_with_details_passes_untouched_unless_it_is_none_of_the_sidecars(code: grpc.StatusCode) -> None:
    failure = failure_of(Answer(code, b"", "as told", (), DETAILS), repeatable=True)
    if code in {grpc.StatusCode.CANCELLED, grpc.StatusCode.NOT_FOUND}:
        assert isinstance(failure, UnavailableError)
    else:
        assert failure is None


@pytest.mark.parametrize("code", CODES)
def test_a_failure_without_details_is_put_into_the_contracts_terms(code: grpc.StatusCode) -> None:
    failure = failure_of(Answer(code, b"", "Socket closed: unix:/run/secret.sock"), repeatable=True)
    assert type(failure) is MADE_BY_GRPC.get(code, type(None))
    if failure is not None and not isinstance(failure, SidecarFaultError):
        assert "secret" not in str(failure)


@pytest.mark.parametrize("code", [grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.CANCELLED, grpc.StatusCode.NOT_FOUND])
def test_a_sidecar_that_went_away_or_is_another_devices_is_worth_a_retry(code: grpc.StatusCode) -> None:
    failure = failure_of(Answer(code, b""), repeatable=True)
    assert isinstance(failure, RetryableError)
    assert failure.retry_after is not None
    assert 1 <= failure.retry_after <= 2


@pytest.mark.parametrize(
    ("code", "sent", "repeatable", "failure"),
    [
        (grpc.StatusCode.UNAVAILABLE, True, False, OutcomeUnknownError),
        (grpc.StatusCode.CANCELLED, True, False, OutcomeUnknownError),
        (grpc.StatusCode.UNAVAILABLE, False, False, UnavailableError),
        (grpc.StatusCode.CANCELLED, False, False, UnavailableError),
        (grpc.StatusCode.UNAVAILABLE, True, True, UnavailableError),
        (grpc.StatusCode.NOT_FOUND, True, False, UnavailableError),
    ],
)
def test_a_call_that_may_have_run_and_must_not_run_twice_is_not_to_be_tried_again(
    code: grpc.StatusCode, *, sent: bool, repeatable: bool, failure: type[Exception]
) -> None:
    assert type(failure_of(Answer(code, b"", sent=sent), repeatable=repeatable)) is failure


@pytest.mark.parametrize(("chance", "seconds"), [(0.0, 1.0), (0.25, 1.25), (1.0, 2.0)])
def test_callers_of_a_lost_sidecar_are_told_different_times_to_come_back(chance: float, seconds: float) -> None:
    assert retry_seconds(lambda: chance) == seconds


def test_a_message_that_is_too_large_is_not_worth_a_retry() -> None:
    failure = failure_of(Answer(grpc.StatusCode.RESOURCE_EXHAUSTED, b""), repeatable=False)
    assert isinstance(failure, RetryableError)
    assert failure.retry_after is None


def test_only_metadata_of_the_connection_stays_behind() -> None:
    theirs = (("x-eigen-sub", "s"), ("token-bin", b"\x00"), ("tracestate", "a=b"), *DETAILS)
    hops = (("user-agent", "u"), ("te", "trailers"), ("grpc-timeout", "1S"), ("grpc-accept-encoding", "gzip"))
    assert end_to_end((*hops, *theirs)) == theirs
    assert end_to_end(None) == ()
