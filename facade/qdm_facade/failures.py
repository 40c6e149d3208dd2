"""What a failed call to a sidecar means to the caller.

A sidecar describes each of its own failures with details: those pass untouched, except that it knows no such device,
since the facade alone says which there are. A failure without details was made by gRPC on the way, in words about
addresses and sockets, and is put into the contract's terms here.
"""

import random
from collections.abc import Callable

import grpc

from qdm_common.sidecar_health import Trouble
from qdm_driver import DriverError, ExecutionTimeoutError, ExhaustedError, OutcomeUnknownError, UnavailableError
from qdm_facade.relay import Answer


class SidecarFaultError(Exception):
    """A sidecar broke the contract; for the log, never for the caller."""


def retry_seconds(chance: Callable[[], float] = random.random) -> float:
    """Returns when to try again: 1 to 2 s, so that those who lost a sidecar together do not come back together."""
    return 1.0 + chance()


def unreachable(trouble: Trouble) -> UnavailableError:
    """Returns the refusal of a call that is not worth a try."""
    return UnavailableError(f"{trouble.message}; try again", retry_after=retry_seconds())


def failure_of(answer: Answer, *, repeatable: bool) -> Exception | None:
    """Returns what to tell the caller in place of a failed answer; ``None`` where the answer itself is right.

    ``repeatable`` is whether it harms nobody when the call is sent again though it ran. CANCELLED is never right: a
    caller who cancels does not wait for an answer, so somebody else cancelled. Nor is NOT_FOUND: the device is there,
    and so the sidecar is another's, at an address that was this one's.
    """
    if answer.code in {grpc.StatusCode.CANCELLED, grpc.StatusCode.NOT_FOUND} or (
        answer.code is grpc.StatusCode.UNAVAILABLE and not answer.has_details
    ):
        ran = answer.sent and answer.code is not grpc.StatusCode.NOT_FOUND
        return _lost(may_be_sent_again=repeatable or not ran)
    if answer.has_details:
        return None
    match answer.code:
        case grpc.StatusCode.RESOURCE_EXHAUSTED:
            text = "the request, its metadata or its response is larger than facade and sidecar pass on"
            return ExhaustedError(text, retry_after=None)
        case grpc.StatusCode.DEADLINE_EXCEEDED:
            return ExecutionTimeoutError("the call's deadline passed before the device answered")
        case grpc.StatusCode.UNKNOWN | grpc.StatusCode.INTERNAL | grpc.StatusCode.UNIMPLEMENTED:
            return SidecarFaultError(f"{answer.code.name} without details: {answer.message}")
    return None


def _lost(*, may_be_sent_again: bool) -> DriverError:
    if may_be_sent_again:
        text = "the device's sidecar cannot be reached or went away during the call; try again"
        return UnavailableError(text, retry_after=retry_seconds())
    return OutcomeUnknownError("the device's sidecar went away during the call, which may or may not have run")
