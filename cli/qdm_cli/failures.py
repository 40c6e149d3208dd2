"""A failed call, as people and programs are told of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from google.rpc import error_details_pb2, status_pb2

from qdm_common.rpc import GRPC_CODES
from qdm_driver import Violation


@dataclass(frozen=True, slots=True)
class Failure:
    """What a google.rpc.Status says.

    ``code`` is the name of the gRPC status code, ``reason`` a stable word of ErrorInfo and ``facts`` its metadata,
    ``retry_after`` is in seconds and ``None`` where no retry was proposed.
    """

    code: str
    message: str
    reason: str = ""
    violations: tuple[Violation, ...] = ()
    retry_after: float | None = None
    facts: Mapping[str, str] = field(default_factory=dict)


class CallError(Exception):
    """A call to the fleet failed."""

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message)
        self.failure = failure


def failure_of(status: status_pb2.Status) -> Failure:
    """Reads a status and the details that the contract gives it."""
    info = error_details_pb2.ErrorInfo()
    request = error_details_pb2.BadRequest()
    retry = error_details_pb2.RetryInfo()
    for detail in status.details:
        for known in (info, request, retry):
            if detail.Is(known.DESCRIPTOR):
                detail.Unpack(known)
    delay = retry.retry_delay
    return Failure(
        code=GRPC_CODES[status.code].name,
        message=status.message,
        reason=info.reason,
        violations=tuple(Violation(item.field, item.description) for item in request.field_violations),
        retry_after=delay.seconds + delay.nanos / 1e9 if retry.HasField("retry_delay") else None,
        facts=dict(info.metadata),
    )


_HINTS = {
    "INVALID_ARGUMENT": "mend the places named and send it again",
    "UNIMPLEMENTED": "`qdm status DEVICE` and `qdm drivers` show what the device takes",
    "ALREADY_EXISTS": "choose another --job-id, or leave it out",
    "NOT_FOUND": "`qdm devices` lists the fleet",
    "FAILED_PRECONDITION": "`qdm devices` shows what each device can do and is doing",
    "UNAVAILABLE": "try again later; `qdm devices` shows what is up",
    "RESOURCE_EXHAUSTED": "try again later, or ask for less",
    "ABORTED": "find out whether the job ran before you send it under another --job-id",
    "DEADLINE_EXCEEDED": "allow more time with --timeout, or ask for fewer shots",
}


def hint(failure: Failure) -> str:
    """Returns what to do next, in half a sentence; empty where nobody knows."""
    if failure.retry_after is not None:
        return f"try again in {failure.retry_after:g} s"
    if failure.code == "UNAVAILABLE" and not failure.reason:
        return "`qdm up -f FILE` starts a fleet here; --address names one elsewhere"
    return _HINTS.get(failure.code, "")


def failure_json(failure: Failure) -> dict[str, object]:
    """Returns the value of ``error`` in ``--json`` output."""
    return {
        "code": failure.code,
        "message": failure.message,
        "reason": failure.reason or None,
        "details": {
            "violations": [violation._asdict() for violation in failure.violations],
            "retry_after_sec": failure.retry_after,
            "facts": dict(sorted(failure.facts.items())),
        },
    }
