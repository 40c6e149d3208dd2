"""Programs as OpenQASM 2.0 text: gates, gate definitions, measurements, resets, and ``if (register == number)``."""

from oracle.program import (
    Angle,
    Apply,
    Barrier,
    Binary,
    GateDefinition,
    If,
    Literal,
    Measure,
    Program,
    Ref,
    Reset,
    Statement,
    Value,
)
from oracle.qasm3 import BASIS_CHANGES


def to_qasm2(program: Program) -> str:
    """Returns the program's text; registers have a width, indices are single ones, modifiers are none."""
    lines = ["OPENQASM 2.0;", 'include "qelib1.inc";']
    lines += [f"qreg {name}[{width}];" for name, width in program.qubits]
    lines += [f"creg {name}[{width}];" for name, width in program.bits]
    lines += [_gate(gate) for gate in program.gates]
    symbols = program.angles
    lines += [line for statement in program.statements for line in _statement(statement, symbols)]
    return "\n".join(lines) + "\n"


def _gate(gate: GateDefinition) -> str:
    parameters = f"({','.join(gate.parameters)})" if gate.parameters else ""
    body = " ".join(line for call in gate.body for line in _statement(call, {}))
    return f"gate {gate.name}{parameters} {','.join(gate.qubits)} {{ {body} }}"


def _statement(statement: Statement, symbols: dict[str, float]) -> list[str]:
    match statement:
        case Apply("ccz", _, (one, other, target)):
            return [f"h {_ref(target)};", f"ccx {_ref(one)},{_ref(other)},{_ref(target)};", f"h {_ref(target)};"]
        case Apply(gate, angles, qubits, ()):
            arguments = f"({','.join(_angle(angle, symbols) for angle in angles)})" if angles else ""
            return [f"{gate}{arguments} {','.join(map(_ref, qubits))};"]
        case Measure(qubits, bits, basis):
            assert bits is not None, statement
            before, after = BASIS_CHANGES[basis]
            pairs = list(zip(_each(qubits), _each(bits), strict=True))
            return [
                line
                for qubit, bit in pairs
                for line in (
                    *(f"{gate} {qubit};" for gate in before),
                    f"measure {qubit} -> {bit};",
                    *(f"{gate} {qubit};" for gate in after),
                )
            ]
        case Reset(qubits):
            return [f"reset {qubit};" for qubit in _each(qubits)]
        case Barrier(qubits):
            return [f"barrier {_ref(qubits)};"]
        case If(Binary("==", Value(Ref(register, None)), Literal(value)), then, ()):
            return [f"if({register}=={value}) {line}" for inner in then for line in _statement(inner, symbols)]
    raise AssertionError(statement)


def _angle(angle: Angle, symbols: dict[str, float]) -> str:
    if angle.name is None:
        return repr(angle.factor)
    return f"{angle.factor!r}*{symbols.get(angle.name, angle.name)}"


def _each(ref: Ref) -> list[str]:
    """Returns the parts of a set of indices, or the one thing that it is."""
    return [f"{ref.name}[{index}]" for index in ref.index] if isinstance(ref.index, tuple) else [_ref(ref)]


def _ref(ref: Ref) -> str:
    return ref.name if ref.index is None else f"{ref.name}[{ref.index}]"
