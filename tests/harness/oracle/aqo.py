"""Programs as AQO documents: gates on single qubits, measurements in a basis, resets, symbols."""

from typing import Any

from oracle.program import Angle, Apply, Measure, Program, Ref, Reset, Statement

Json = dict[str, Any]


def to_aqo(program: Program) -> Json:
    """Returns the document of a program with one register of qubits; its symbols stand in ``parameters``."""
    ((_, width),) = program.qubits
    document = {"version": "1.0.0", "qubits": width, "operations": [_operation(item) for item in program.statements]}
    return document | ({"parameters": dict(program.symbols)} if program.symbols else {})


def _operation(statement: Statement) -> Json:
    match statement:
        case Apply(gate, angles, qubits, ()):
            params = {"params": {"theta": _angle(angles[0])}} if angles else {}
            return {"op": gate.upper(), "q": [index for ref in qubits for index in _indices(ref)], **params}
        case Measure(qubits, bits, basis):
            assert bits is not None, statement
            measured = {"op": "MEASURE", "q": _indices(qubits), "c": _indices(bits)}
            return measured if basis == "Z" else {**measured, "basis": basis}
        case Reset(qubits):
            return {"op": "RESET", "q": _indices(qubits)}
    raise AssertionError(statement)


def _angle(angle: Angle) -> float | str:
    return angle.factor if angle.name is None else angle.name


def _indices(ref: Ref) -> list[int]:
    assert isinstance(ref.index, int | tuple), ref
    return [ref.index] if isinstance(ref.index, int) else list(ref.index)
