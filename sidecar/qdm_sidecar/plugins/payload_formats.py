"""Which reader takes which payload format of the simulator. BACKEND_NATIVE is OpenQASM 2.0."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from qdm_circuits.aqo import Expectation, NotEvaluable, parse_aqo_json, parse_aqo_proto
from qdm_circuits.circuit import Circuit
from qdm_circuits.qasm2 import parse_qasm2
from qdm_circuits.qasm3.parser import parse_qasm3
from qdm_driver import CircuitFormat, CircuitPayload, InvalidRequestError, Violation

FORMATS = frozenset(CircuitFormat)
NATIVE_FORMAT = "openqasm-2.0"


@dataclass(frozen=True, slots=True)
class Reading:
    """What a payload says: its circuit, metadata that only its format gives, the expectation value it asks for."""

    circuit: Circuit
    metadata: Mapping[str, str] = field(default_factory=dict)
    expectation: Expectation | NotEvaluable | None = None


def read_payload(payload: CircuitPayload, symbols: Mapping[str, str]) -> Reading:
    """Reads the payload; ``symbols`` are the request's options that are no option of the device.

    Raises the errors of the formats.
    """
    match payload.format:
        case CircuitFormat.AQO_JSON | CircuitFormat.AQO_PROTO:
            parse = parse_aqo_json if payload.format is CircuitFormat.AQO_JSON else parse_aqo_proto
            program = parse(payload.data, symbols)
            return Reading(program.circuit, {"aqo_hash": program.aqo_hash}, program.expectation)
        case CircuitFormat.QASM3_TEXT:
            qasm3 = parse_qasm3(payload.data, symbols)
            return Reading(qasm3.circuit, _ignored(qasm3.ignored))
        case CircuitFormat.BACKEND_NATIVE:
            if symbols:
                sentence = "unknown option; OpenQASM 2.0 programs take no values"
                raise InvalidRequestError(*(Violation(f"options.{key}", sentence) for key in symbols))
            qasm2 = parse_qasm2(payload.data)
            return Reading(qasm2.circuit, _ignored(qasm2.ignored))


def _ignored(words: Sequence[str]) -> Mapping[str, str]:
    return {"ignored": json.dumps(words)} if words else {}
