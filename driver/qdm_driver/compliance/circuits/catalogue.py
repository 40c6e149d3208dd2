"""All graded circuits, format by format."""

from collections.abc import Callable, Mapping

from qdm_driver.compliance.circuits.aqo import aqo_json, aqo_proto
from qdm_driver.compliance.circuits.circuit import GradedCircuit
from qdm_driver.compliance.circuits.graded import programs, symbolic
from qdm_driver.compliance.circuits.program import Program
from qdm_driver.compliance.circuits.qasm import qasm2, qasm3
from qdm_driver.compliance.circuits.texts import qasm2_circuits, qasm3_circuits
from qdm_driver.payload import CircuitFormat, CircuitPayload

ENCODERS: Mapping[CircuitFormat, Callable[[Program], CircuitPayload]] = {
    CircuitFormat.AQO_JSON: aqo_json,
    CircuitFormat.AQO_PROTO: aqo_proto,
    CircuitFormat.QASM3_TEXT: qasm3,
    CircuitFormat.BACKEND_NATIVE: qasm2,
}
"""How a program is said in each format; BACKEND_NATIVE is OpenQASM 2.0 here."""

_SYMBOL_VALUE = "3.141592653589793"


def graded_circuits() -> tuple[GradedCircuit, ...]:
    """Returns the graded set in every format."""
    return (
        *(graded(program, encoding) for encoding in CircuitFormat for program in programs()),
        *qasm3_circuits(),
        *qasm2_circuits(),
    )


def symbolic_circuits() -> tuple[GradedCircuit, ...]:
    """Returns circuits whose angle the options give, under each key that AQO allows."""
    keys = ("theta", "param.theta", "param:theta", "parameters.theta", "parameters:theta")
    return tuple(
        graded(symbolic(), encoding, {key: _SYMBOL_VALUE})
        for encoding in (CircuitFormat.AQO_JSON, CircuitFormat.AQO_PROTO)
        for key in keys
    )


def graded(program: Program, encoding: CircuitFormat, options: Mapping[str, str] | None = None) -> GradedCircuit:
    """Returns a program in a format."""
    return GradedCircuit(
        program.name,
        program.topic,
        ENCODERS[encoding](program),
        program.qubits,
        program.probabilities,
        program.dynamic,
        options or {},
    )
