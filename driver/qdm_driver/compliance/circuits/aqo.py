"""AQO documents of programs; the encoding as JSON, and the stored one as protobuf."""

import base64
import json
from functools import cache
from pathlib import Path

from qdm_driver.compliance.circuits.program import Program, Step
from qdm_driver.payload import CircuitFormat, CircuitPayload

AQO_PROTO_FILE = Path(__file__).with_name("aqo_proto.json")
"""Protobuf encodings in base64 by the program's name. Made, and checked, by a test that has the encoder."""


def aqo_document(program: Program) -> dict[str, object]:
    """Returns the program as an AQO document of version 1.0.0."""
    operations = [_operation(step) for step in program.steps]
    return {"version": "1.0.0", "qubits": program.qubits, "operations": operations}


def aqo_json(program: Program) -> CircuitPayload:
    """Returns the program as AQO_JSON."""
    return CircuitPayload(CircuitFormat.AQO_JSON, json.dumps(aqo_document(program)).encode())


def aqo_proto(program: Program) -> CircuitPayload:
    """Returns one of the stored programs as AQO_PROTO. Raises KeyError for any other."""
    return CircuitPayload(CircuitFormat.AQO_PROTO, base64.b64decode(_stored()[program.name]))


@cache
def _stored() -> dict[str, str]:
    stored: dict[str, str] = json.loads(AQO_PROTO_FILE.read_bytes())
    return stored


def _operation(step: Step) -> dict[str, object]:
    operation: dict[str, object] = {"op": step.op, "q": list(step.qubits)}
    if step.theta is not None:
        operation["params"] = {"theta": step.theta}
    if step.clbits:
        operation["c"] = list(step.clbits)
    if step.basis != "Z":
        operation["basis"] = step.basis
    return operation
