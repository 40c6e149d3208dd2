"""Which reader takes which payload format of the simulator. BACKEND_NATIVE is OpenQASM 2.0."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field

from qdm_circuits.aqo import AqoDocument, Expectation, NotEvaluable, bind, read_aqo_json, read_aqo_proto
from qdm_circuits.circuit import Circuit
from qdm_circuits.qasm2 import parse_qasm2
from qdm_circuits.qasm3.parser import parse_qasm3
from qdm_circuits.text_program import TextProgram
from qdm_driver import CircuitFormat, CircuitPayload, InvalidRequestError, Violation
from qdm_sidecar.engines.program_cache import ByteBoundedCache

FORMATS = frozenset(CircuitFormat)
NATIVE_FORMAT = "openqasm-2.0"
_BYTES_OF_OBJECTS = 32  # that a byte of a document may become


@dataclass(frozen=True, slots=True)
class Reading:
    """What a payload says: its circuit, metadata that only its format gives, the expectation value it asks for."""

    circuit: Circuit
    metadata: Mapping[str, str] = field(default_factory=dict)
    expectation: Expectation | NotEvaluable | None = None


class PayloadReader:
    """Reads payloads, and keeps AQO documents with symbols, up to a number of bytes, for other values of these."""

    def __init__(self, max_bytes: int) -> None:
        self._documents = ByteBoundedCache[AqoDocument](max_bytes)

    def gauges(self) -> dict[str, float]:
        """Returns what is kept, in numbers."""
        return self._documents.gauges("document")

    def read(self, payload: CircuitPayload, digest: bytes, symbols: Mapping[str, str]) -> Reading:
        """Reads the payload, whose digest tells it from all others; ``symbols`` are the request's options that are no
        option of the device.

        Raises the errors of the formats.
        """
        match payload.format:
            case CircuitFormat.AQO_JSON | CircuitFormat.AQO_PROTO:
                read = read_aqo_json if payload.format is CircuitFormat.AQO_JSON else read_aqo_proto

                def kept() -> tuple[AqoDocument, int]:
                    return read(payload.data), _BYTES_OF_OBJECTS * len(payload.data)

                key = payload.format, digest
                document = self._documents.get_or_make(key, kept) if symbols else read(payload.data)
                program = bind(document, symbols)
                return Reading(program.circuit, {"aqo_hash": program.aqo_hash}, program.expectation)
            case CircuitFormat.QASM3_TEXT:
                return _reading(parse_qasm3(payload.data, symbols))
            case CircuitFormat.BACKEND_NATIVE:
                if symbols:
                    sentence = "unknown option; OpenQASM 2.0 programs take no values"
                    raise InvalidRequestError(*(Violation(f"options.{name}", sentence) for name in symbols))
                return _reading(parse_qasm2(payload.data))


def _reading(program: TextProgram) -> Reading:
    return Reading(program.circuit, {"ignored": json.dumps(program.ignored)} if program.ignored else {})
