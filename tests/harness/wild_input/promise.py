"""What every decoder promises, whatever comes in: a circuit, or an error that its sender can act on.

Errors are the three that a decoder may raise. Their messages are not empty, short, name a place that exists, and tell
nothing of the program that wrote them.
"""

import re

from qdm_driver import (
    CircuitFormat,
    CircuitPayload,
    DriverError,
    InvalidRequestError,
    PreconditionError,
    UnsupportedError,
)
from qdm_sidecar.plugins.payload_formats import read_payload

MAX_MESSAGE = 2_000

_PLACE = re.compile(r"line (\d+), column (\d+)")
_INNER_LIFE = re.compile(r"Traceback|object at 0x|<class|\.py\b|site-packages|/(?:home|root|usr|tmp)/")


def decode(encoding: CircuitFormat, data: bytes) -> DriverError | None:
    """Decodes as the simulator does and returns the error, ``None`` for a circuit. Raises what is not promised."""
    try:
        read_payload(CircuitPayload(encoding, data), {})
    except (InvalidRequestError, UnsupportedError, PreconditionError) as error:
        return error
    return None


def check_error(error: DriverError, data: bytes) -> None:
    """Asserts that the error tells the sender of ``data`` where and what, and no more."""
    assert error.message.strip()
    assert len(error.message) <= MAX_MESSAGE, error.message[:200]
    assert not _INNER_LIFE.search(error.message), error.message
    match error:
        case InvalidRequestError():
            assert error.violations
            assert all(violation.field and violation.description for violation in error.violations), error.message
        case PreconditionError():
            assert error.kind in ("CIRCUIT_TOO_LARGE", "AQO_VERSION"), error.message
        case _:
            assert _PLACE.match(error.message) or error.message.startswith("OpenQASM version"), error.message
    place = _PLACE.match(error.message)
    if place:
        line, column = map(int, place.groups())
        lines = data.decode().split("\n")
        assert 1 <= line <= len(lines), error.message
        assert 1 <= column <= len(lines[line - 1]) + 1, error.message
