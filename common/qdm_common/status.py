"""Errors as google.rpc.Status: the code, the sentence and the details that travel in ``grpc-status-details-bin``.

Holds no gRPC, so that worker processes can use it.
"""

import logging
import secrets
from collections.abc import Callable, Mapping

from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2, status_pb2

from qdm_driver import (
    Code,
    DriverError,
    InvalidRequestError,
    PreconditionError,
    Reason,
    RetryableError,
)

DOMAIN = "eigen.driver_manager"
DETAILS_KEY = "grpc-status-details-bin"

# All of it travels in HTTP/2 trailers, of which peers take 8 KiB: the message twice, once percent-encoded, which
# triples what is not ASCII, and the details in base64. These bytes of UTF-8 fit in the worst case.
_MAX_MESSAGE = 512
_MAX_VIOLATIONS = 8
_MAX_FIELD = 128
_MAX_DESCRIPTION = 256
_MAX_FACT = 256

_log = logging.getLogger(__name__)


def to_status(error: DriverError, facts: Mapping[str, str], *, mask: Callable[[str], str] = str) -> status_pb2.Status:
    """Returns the status of an error; ``facts`` (job_id, device_id, driver) go into ErrorInfo where not empty.

    ``mask`` takes out of the error's own texts what nobody may read, before they are cut to what fits.
    """
    details = _specific_details(error, facts, mask)
    return _status(error.code, mask(error.message), error.reason, facts, *details)


def error_status(error: Exception, facts: Mapping[str, str]) -> status_pb2.Status:
    """Returns the status of whatever a call ended with: ``to_status``, or ``internal_status`` for what is a bug."""
    return to_status(error, facts) if isinstance(error, DriverError) else internal_status(error, facts)


def log_bug(error: BaseException) -> str:
    """Logs what nobody expected, with its stack, under a new error id, and returns the id."""
    error_id = secrets.token_hex(8)
    _log.error("internal error %s", error_id, exc_info=error, extra={"fields": {"error_id": error_id}})
    return error_id


def internal_status(error: BaseException, facts: Mapping[str, str]) -> status_pb2.Status:
    """Logs a bug and returns an INTERNAL status that tells its error id and nothing else."""
    error_id = log_bug(error)
    message = f"internal error {error_id}; the log of the driver manager has the details"
    return _status(Code.INTERNAL, message, Reason.INTERNAL, {**facts, "error_id": error_id})


def _specific_details(error: DriverError, facts: Mapping[str, str], mask: Callable[[str], str]) -> list[Message]:
    match error:
        case InvalidRequestError(violations=violations):
            fields = [
                error_details_pb2.BadRequest.FieldViolation(
                    field=_cut(mask(violation.field), _MAX_FIELD),
                    description=_cut(mask(violation.description), _MAX_DESCRIPTION),
                )
                for violation in violations[:_MAX_VIOLATIONS]
            ]
            return [error_details_pb2.BadRequest(field_violations=fields)]
        case PreconditionError(kind=kind, message=message):
            violation = error_details_pb2.PreconditionFailure.Violation(
                type=kind,
                subject=_cut(facts.get("device_id", ""), _MAX_FACT),
                description=_cut(mask(message), _MAX_MESSAGE),
            )
            return [error_details_pb2.PreconditionFailure(violations=[violation])]
        case RetryableError(retry_after=float() | int() as seconds):
            delay = Duration()
            delay.FromMilliseconds(round(seconds * 1000))
            return [error_details_pb2.RetryInfo(retry_delay=delay)]
    return []


def _status(code: Code, message: str, reason: Reason, facts: Mapping[str, str], *details: Message) -> status_pb2.Status:
    known = {key: _cut(value, _MAX_FACT) for key, value in facts.items() if value}
    info = error_details_pb2.ErrorInfo(reason=reason, domain=DOMAIN, metadata=known)
    status = status_pb2.Status(code=code.value, message=_cut(message, _MAX_MESSAGE))
    for detail in (info, *details):
        status.details.add().Pack(detail)
    return status


def _cut(text: str, size: int) -> str:
    """Returns at most ``size`` bytes of UTF-8; what has no place in UTF-8 (a lone surrogate) becomes ``?``."""
    encoded = text.encode(errors="replace")
    if len(encoded) <= size:
        return encoded.decode()
    ellipsis = "…"
    return encoded[: size - len(ellipsis.encode())].decode(errors="ignore") + ellipsis
