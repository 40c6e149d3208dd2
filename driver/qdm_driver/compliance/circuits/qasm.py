"""Programs as OpenQASM text, versions 3.0 and 2.0."""

from collections.abc import Iterator

from qdm_driver.compliance.circuits.program import Program, Step
from qdm_driver.payload import CircuitFormat, CircuitPayload

NATIVE_FORMAT = "openqasm-2.0"
"""The ``native_format`` in which the kit has circuits for BACKEND_NATIVE."""

_TO_Z = {"X": ("h",), "Y": ("sdg", "h"), "Z": ()}
_FROM_Z = {"X": ("h",), "Y": ("h", "s"), "Z": ()}


def qasm3(program: Program) -> CircuitPayload:
    """Returns the program as OpenQASM 3.0 with ``stdgates.inc``."""
    bits = [f"bit[{program.width}] c;"] if program.width else []
    head = ["OPENQASM 3.0;", 'include "stdgates.inc";', f"qubit[{program.qubits}] q;", *bits]
    return _payload(CircuitFormat.QASM3_TEXT, head, program, "c[{clbit}] = measure q[{qubit}];")


def qasm2(program: Program) -> CircuitPayload:
    """Returns the program as OpenQASM 2.0 with the ``qelib1.inc`` of its specification."""
    bits = [f"creg c[{program.width}];"] if program.width else []
    head = ["OPENQASM 2.0;", 'include "qelib1.inc";', f"qreg q[{program.qubits}];", *bits]
    return _payload(CircuitFormat.BACKEND_NATIVE, head, program, "measure q[{qubit}] -> c[{clbit}];")


def _payload(encoding: CircuitFormat, head: list[str], program: Program, measurement: str) -> CircuitPayload:
    body = [line for step in program.steps for line in _lines(step, measurement)]
    return CircuitPayload(encoding, "\n".join([*head, *body, ""]).encode())


def _lines(step: Step, measurement: str) -> Iterator[str]:
    match step.op:
        case "MEASURE":
            for qubit, clbit in zip(step.qubits, step.clbits, strict=True):
                yield from (f"{name} q[{qubit}];" for name in _TO_Z[step.basis])
                yield measurement.format(qubit=qubit, clbit=clbit)
                yield from (f"{name} q[{qubit}];" for name in _FROM_Z[step.basis])
        case "RESET":
            yield from (f"reset q[{qubit}];" for qubit in step.qubits)
        case "CCZ":  # in neither library
            target = step.qubits[-1]
            yield from (f"h q[{target}];", f"ccx {_operands(step.qubits)};", f"h q[{target}];")
        case "SWAP":  # not in the specification's qelib1.inc
            one, other = step.qubits
            yield from (f"cx {_operands(pair)};" for pair in ((one, other), (other, one), (one, other)))
        case _:
            angle = "" if step.theta is None else f"({step.theta})"
            yield f"{step.op.lower()}{angle} {_operands(step.qubits)};"


def _operands(qubits: tuple[int, ...]) -> str:
    return ", ".join(f"q[{qubit}]" for qubit in qubits)
