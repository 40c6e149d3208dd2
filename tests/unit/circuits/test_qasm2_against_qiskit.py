"""OpenQASM 2.0 against Qiskit's reader: the same unitaries, and the same programs refused."""

import cmath
import re
from collections.abc import Iterable

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from qiskit import QuantumCircuit, qasm2
from qiskit.circuit.library import UGate, UnitaryGate
from qiskit.quantum_info import Operator

from qdm_circuits.gates import Gate
from qdm_circuits.qasm2 import parse_qasm2
from qdm_driver import DriverError

INCLUDE = 'include "qelib1.inc";\n'
QELIB1 = (qasm2.LEGACY_INCLUDE_PATH[0] / "qelib1.inc").read_text()
SIGNATURES = {
    gate.name: (gate.num_params, gate.num_qubits)
    for gate in qasm2.LEGACY_CUSTOM_INSTRUCTIONS
    if gate.name not in ("u0", "delay")
}
ANGLES = (0.37, -1.1, 2.3, 0.6)


# Beyond it, the order in which angles are added shows.
LARGEST_EXACT_ANGLE = 1e4


def program(statements: str, num_qubits: int) -> str:
    return f"OPENQASM 2.0;\n{INCLUDE}qreg q[{num_qubits}];\n{statements}\n"


def ours(text: str, num_qubits: int) -> Operator:
    operations = parse_qasm2(text.encode()).circuit.operations
    return Operator(to_qiskit((item for item in operations if isinstance(item, Gate)), num_qubits))


def as_written(text: str) -> QuantumCircuit:
    """Reads with the include file that Qiskit ships put in, whose gates are all made of U and CX."""
    return qasm2.loads(text.replace(INCLUDE, QELIB1))


def largest_angle(text: str) -> float:
    """Returns the largest angle before it is brought into range, which gates that add angles round."""
    gates = as_written(text).decompose(reps=8).data
    return max((abs(float(angle)) for gate in gates for angle in gate.operation.params), default=0.0)


def theirs(text: str) -> Operator:
    return Operator(as_written(text))


def to_qiskit(operations: Iterable[Gate], num_qubits: int) -> QuantumCircuit:
    circuit = QuantumCircuit(num_qubits)
    for name, qubits, params in operations:
        if name in ("cu", "mcu"):
            *angles, phase = params
            matrix = cmath.exp(1j * phase) * Operator(UGate(*angles)).data
            circuit.append(UnitaryGate(matrix).control(len(qubits) - 1, annotated=False), qubits)
        else:
            getattr(circuit, name)(*params, *qubits)
    return circuit


@pytest.mark.parametrize("name", SIGNATURES)
def test_a_gate_of_the_include_file_is_what_the_file_makes_of_u_and_cx(name: str) -> None:
    num_params, num_qubits = SIGNATURES[name]
    angles = ",".join(map(str, ANGLES[:num_params]))
    qubits = ",".join(f"q[{qubit}]" for qubit in reversed(range(num_qubits)))
    text = program(f"{name}({angles}) {qubits};", num_qubits)
    assert ours(text, num_qubits).equiv(theirs(text))


def test_a_wait_is_the_identity() -> None:
    assert ours(program("u0(3) q[0];", 1), 1) == Operator(np.eye(2))


def expressions(names: list[str]) -> st.SearchStrategy[str]:
    literals = st.sampled_from(["0", "1", "2", "3.5", ".25", "1.", "2e-1", "pi", *names, *names])

    def larger(smaller: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
        return st.one_of(
            st.builds("{}{}{}".format, smaller, st.sampled_from("+-*/^"), smaller),
            st.builds("-{}".format, smaller),
            st.builds("({})".format, smaller),
            st.builds("{}({})".format, st.sampled_from(["sin", "cos", "tan", "exp", "ln", "sqrt"]), smaller),
        )

    return st.recursive(literals, larger, max_leaves=4)


def call(draw: st.DrawFn, gates: dict[str, tuple[int, int]], names: list[str], qubits: list[str]) -> str:
    usable = [name for name, (_, needed) in gates.items() if needed <= len(qubits)]
    name = draw(st.sampled_from(usable))
    num_params, num_qubits = gates[name]
    angles = ",".join(draw(expressions(names)) for _ in range(num_params))
    operands = ",".join(draw(st.permutations(qubits))[:num_qubits])
    return f"{name}({angles}) {operands};" if angles else f"{name} {operands};"


@st.composite
def unitary_programs(draw: st.DrawFn) -> str:
    """Draws programs of gates on four qubits: two registers, definitions that call one another, broadcasts.

    Every definition is called, because Qiskit refuses some of those without a value where they are never called.
    """
    gates = SIGNATURES | {"U": (3, 1), "CX": (0, 2)}
    lines = ["qreg a[2];", "qreg b[2];"]
    for index in range(draw(st.integers(0, 3))):
        names, qubits = ["t", "u"][: draw(st.integers(0, 2))], ["a", "b", "x"][: draw(st.integers(1, 3))]
        body = " ".join(call(draw, gates, names, qubits) for _ in range(draw(st.integers(0, 3))))
        parameters = f"({','.join(names)})" if names else ""
        lines.append(f"gate g{index}{parameters} {','.join(qubits)} {{ {body} }}")
        gates[f"g{index}"] = len(names), len(qubits)
        lines.append(call(draw, {f"g{index}": gates[f"g{index}"]}, [], ["a[1]", "b[1]", "b[0]"]))
    places = ["a[0]", "a[1]", "b[0]", "b[1]"]
    for _ in range(draw(st.integers(1, 5))):
        operands = draw(st.sampled_from([places, places, ["a", "b"], ["a", "b[0]", "b[1]"], ["a[1]", "b"]]))
        lines.append(call(draw, gates, [], operands))
    return f"OPENQASM 2.0;\n{INCLUDE}" + "\n".join(lines) + "\n"


@settings(deadline=None, max_examples=60)
@given(unitary_programs())
def test_programs_of_gates_are_the_same_unitary(text: str) -> None:
    without_value = refusal(text)
    if without_value is None:
        assume(largest_angle(text) < LARGEST_EXACT_ANGLE)
        assert ours(text, 4).equiv(theirs(text))
    else:
        assert "this expression" in without_value


PROGRAM = """
OPENQASM 2.0; include "qelib1.inc"; qreg a[2]; qreg b[2]; creg c[2]; creg d[3];
gate g(t, v) x, y { rx(-t * 2 ^ v) x; barrier x, y; cx x, y; U(0, t / 3, (v)) y; }
opaque o(t) x, y;
g(pi / 2, sin(1.5)) a[0], b[1]; h a; cx a, b; cx a[1], b; barrier a, b[0]; u2(-.5, 1) b;
measure a -> c; measure b[0] -> d[2]; reset a; reset b[1]; if (c == 3) x b; if (d == 0) measure b -> c;
if (c == 1) reset a[0];
"""
TOKENS = re.findall(r'"[^"]*"|->|==|[A-Za-z_]\w*|[\d.]+|\S', PROGRAM)
OURS_ALONE = re.compile(
    "a register must not be empty|has no qubits|expected '2.0', found '2'|takes [0-9]+ parameters, not 0|"
    "'[tvxy]' is already taken"  # the parameters and qubits of an opaque gate are named apart there
)


@st.composite
def mutated_programs(draw: st.DrawFn) -> str:
    """Draws a program of which a few tokens were deleted, doubled, exchanged or replaced by others of it."""
    tokens = list(TOKENS)
    for _ in range(draw(st.integers(1, 3))):
        one, other = draw(st.integers(0, len(tokens) - 1)), draw(st.integers(0, len(tokens) - 1))
        match draw(st.sampled_from(["delete", "double", "exchange", "replace"])):
            case "delete":
                del tokens[one]
            case "double":
                tokens.insert(one, tokens[one])
            case "exchange":
                tokens[one], tokens[other] = tokens[other], tokens[one]
            case "replace":
                tokens[one] = tokens[other]
    return " ".join(tokens)


@settings(deadline=None, max_examples=1000)
@given(mutated_programs())
def test_qiskit_and_this_reader_refuse_the_same_programs(text: str) -> None:
    refusals = [refusal_of_qiskit(text), refusal(text)]
    assert None not in refusals or refusals == [None, None] or OURS_ALONE.search(refusals[1] or ""), refusals


def refusal_of_qiskit(text: str) -> str | None:
    try:
        qasm2.loads(text, custom_instructions=qasm2.LEGACY_CUSTOM_INSTRUCTIONS, strict=True)
    except (qasm2.QASM2ParseError, TypeError) as error:  # a gate of its own without its parameters is a TypeError
        return str(error)
    return None


def refusal(text: str) -> str | None:
    try:
        parse_qasm2(text.encode())
    except DriverError as error:
        return error.message
    return None
