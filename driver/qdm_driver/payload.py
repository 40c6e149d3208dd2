"""What a circuit arrives as: bytes, and the format that says how to read them (RFC 0006, CircuitPayload)."""

from dataclasses import dataclass
from enum import Enum


class CircuitFormat(Enum):
    """The formats of the contract, with their numbers on the wire."""

    AQO_JSON = 1
    AQO_PROTO = 2
    QASM3_TEXT = 3
    BACKEND_NATIVE = 4


@dataclass(frozen=True, slots=True)
class CircuitPayload:
    """A circuit of at least one byte, in a format that the driver's capabilities name."""

    format: CircuitFormat
    data: bytes
