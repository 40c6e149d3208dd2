import math

import pytest

from qdm_circuits.circuit import Assign, Branch, Circuit, Measure, Register, Reset
from qdm_circuits.conditions import BitsEqual, holds
from qdm_circuits.gates import Gate
from qdm_circuits.qasm3.parser import parse_qasm3

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[3] q;\nbit[2] c;\nbit d;\n'


def read(statements: str) -> Circuit:
    """Reads statements after the head; the last measurement, which keeps the registers, is left out."""
    circuit = parse_qasm3(f"{HEAD}{statements}\nd = measure q[0];".encode(), {}).circuit
    return Circuit(circuit.num_qubits, circuit.registers, circuit.operations[:-1])


def gates(statements: str) -> tuple[object, ...]:
    return read(statements).operations


@pytest.mark.parametrize("version", ["", "OPENQASM 3;", "OPENQASM 3.0;", "OPENQASM 3.1;"])
def test_versions_3_and_none_are_read(version: str) -> None:
    assert parse_qasm3(f"{version} qubit q; U(1, 2, 3) q;".encode(), {}).circuit.operations[0] == Gate(
        "u", (0,), (1, 2, 3)
    )


def test_registers_keep_their_order_and_loose_bits_are_registers() -> None:
    circuit = parse_qasm3(
        b"qubit[2] q; bit a; bit[2] b; creg c[1]; qreg r[1]; b = measure q; measure r -> c;", {}
    ).circuit
    assert circuit.num_qubits == 3
    assert circuit.registers == (Register("a", 1), Register("b", 2), Register("c", 1))
    assert circuit.operations == (Measure(0, 1), Measure(1, 2), Measure(2, 3))


@pytest.mark.parametrize(
    ("angle", "value"),
    [
        ("pi", math.pi),
        ("π / 2", math.pi / 2),
        ("-pi/4", -math.pi / 4),
        ("3*pi/4", 3 * math.pi / 4),
        ("tau", math.tau),
        ("euler", math.e),
        ("ℇ", math.e),
        (".5", 0.5),
        ("1e-3", 1e-3),
        ("2", 2.0),
        ("7 / 7", 1.0),
        ("7 % 4", 3.0),
        ("2 ** 3", 8.0),
        ("2 ** -1", 0.5),
        ("1 << 3", 8.0),
        ("(1 + 2) * -(3 - 1)", -6.0),
        ("sin(pi / 2)", 1.0),
        ("arccos(-1)", math.pi),
        ("sqrt(2)", math.sqrt(2)),
        ("exp(log(2))", math.exp(math.log(2))),
        ("mod(7, 4)", 3.0),
        ("ceiling(1.5) - floor(1.5)", 1.0),
        ("float(1) / 2", 0.5),
        ("int(1.9)", 1.0),
    ],
)
def test_angles_are_constant_expressions(angle: str, value: float) -> None:
    assert gates(f"rx({angle}) q[0];") == (Gate("rx", (0,), (value,)),)


@pytest.mark.parametrize(
    ("operands", "pairs"),
    [
        ("q[0], q[2]", [(0, 2)]),
        ("q[-1], q[0]", [(2, 0)]),
        ("q[0:1], q[1:2]", [(0, 1), (1, 2)]),
        ("q[0], q[1:2]", [(0, 1), (0, 2)]),
        ("q[{2, 1}], q[0]", [(2, 0), (1, 0)]),
        ("q[2:-1:1], q[0]", [(2, 0), (1, 0)]),
        ("q[:1], q[2]", [(0, 2), (1, 2)]),
        ("q[1:], q[0]", [(1, 0), (2, 0)]),
    ],
)
def test_operands_are_indexed_and_broadcast(operands: str, pairs: list[tuple[int, int]]) -> None:
    assert gates(f"cx {operands};") == tuple(Gate("cx", pair) for pair in pairs)


@pytest.mark.parametrize(
    ("statements", "expected"),
    [
        ("h q;", [Gate("h", (qubit,)) for qubit in range(3)]),
        ("let r = q[1:2]; x r[0]; x r;", [Gate("x", (1,)), Gate("x", (1,)), Gate("x", (2,))]),
        ("let r = q[2] ++ q[0]; x r;", [Gate("x", (2,)), Gate("x", (0,))]),
        ("reset q[1];", [Reset(1)]),
        ("reset q;", [Reset(0), Reset(1), Reset(2)]),
        ("barrier q; barrier; delay[10ns] q[0]; barrier q[0], q[1];", []),
        ("c = measure q[0:1];", [Measure(0, 0), Measure(1, 1)]),
        ("measure q[2] -> c[1];", [Measure(2, 1)]),
        ("measure q[2];", [Measure(2, None)]),
        ("const int n = 2; const float angle_of_n = pi / n; rx(angle_of_n) q[n];", [Gate("rx", (2,), (math.pi / 2,))]),
        ("for int i in [0:2] { x q[i]; }", [Gate("x", (0,)), Gate("x", (1,)), Gate("x", (2,))]),
        ("for uint i in {2, 0} rz(i * pi) q[i];", [Gate("rz", (2,), (2 * math.pi,)), Gate("rz", (0,), (0.0,))]),
        ("for int i in [2:-1:1] { for int j in [i:2] x q[j]; }", [Gate("x", (n,)) for n in (2, 1, 2)]),
        ("{ const int n = 1; x q[n]; }", [Gate("x", (1,))]),
        (
            "CX q[0], q[1]; u1(1) q[0]; phase(2) q[0];",
            [Gate("cx", (0, 1)), Gate("p", (0,), (1,)), Gate("p", (0,), (2,))],
        ),
        ("u2(1, 2) q[0];", [Gate("u", (0,), (math.pi / 2, 1, 2))]),
        ("gphase(pi);", []),
    ],
)
def test_statements_become_operations(statements: str, expected: list[object]) -> None:
    assert gates(statements) == tuple(expected)


def test_a_declaration_may_measure() -> None:
    circuit = read("bit[2] e = measure q[1:2];")
    assert circuit.registers[-1] == Register("e", 2)
    assert circuit.operations == (Measure(1, 3), Measure(2, 4))


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("inv @ s q[0];", [Gate("sdg", (0,))]),
        ("inv @ rx(1) q[0];", [Gate("rx", (0,), (-1,))]),
        ("ctrl @ x q[0], q[1];", [Gate("cx", (0, 1))]),
        ("ctrl(2) @ x q[2], q[0], q[1];", [Gate("ccx", (2, 0, 1))]),
        ("ctrl @ ctrl @ z q[2], q[0], q[1];", [Gate("ccz", (2, 0, 1))]),
        ("negctrl @ x q[0], q[1];", [Gate("x", (0,)), Gate("cx", (0, 1)), Gate("x", (0,))]),
        (
            "ctrl @ negctrl @ z q[0], q[1], q[2];",
            [Gate("x", (1,)), Gate("ccz", (0, 1, 2)), Gate("x", (1,))],
        ),
        ("pow(2) @ t q[0];", [Gate("t", (0,)), Gate("t", (0,))]),
        ("pow(-2) @ t q[0];", [Gate("tdg", (0,)), Gate("tdg", (0,))]),
        ("pow(0) @ t q[0];", []),
        ("gate nop a { } pow(1e300) @ nop q[0];", []),
        ("gate nop a { } pow(-9223372036854775807) @ nop q[0];", []),
        ("pow(0.5) @ p(1) q[0];", [Gate("p", (0,), (0.5,))]),
        ("inv @ pow(1.0/2) @ z q[0];", [Gate("p", (0,), (-math.pi / 2,))]),
        ("ctrl @ gphase(1) q[0];", [Gate("p", (0,), (1,))]),
        ("ctrl @ U(1, 2, 3) q[0], q[1];", [Gate("p", (0,), (0.5,)), Gate("mcu", (0, 1), (1, 2, 3, 0))]),
        ("ctrl @ x q[0:1], q[2];", [Gate("cx", (0, 2)), Gate("cx", (1, 2))]),
    ],
)
def test_modifiers_are_lowered(call: str, expected: list[object]) -> None:
    assert gates(call) == tuple(expected)


def test_controls_that_must_be_0_are_flipped_once_before_and_once_after_however_many_there_are() -> None:
    operands = ", ".join(f"r[{place}]" for place in range(9000))
    operations = gates(f"qubit[9000] r; negctrl(8999) @ x {operands};")
    flips = {Gate("x", (3 + place,)) for place in range(8999)}
    assert set(operations[:8999]) == set(operations[-8999:]) == flips
    (gate,) = operations[8999:-8999]
    assert isinstance(gate, Gate)
    assert set(gate.qubits) == set(range(3, 9003))


def test_a_defined_gate_is_expanded_with_its_own_names() -> None:
    program = """
    gate inner(t) a { rx(t / 2) a; gphase(t); }
    gate outer(t, u) a, b { inner(t * 2) b; ctrl @ inner(u) a, b; barrier a; inv @ s a; }
    outer(1, 2) q[2], q[0];
    """
    assert gates(program) == (
        Gate("rx", (0,), (1.0,)),
        Gate("crx", (2, 0), (1.0,)),
        Gate("p", (2,), (2.0,)),
        Gate("sdg", (2,)),
    )


MEASURED = "c = measure q[0:1]; d = measure q[2];"
CONDITIONS = [
    ("c[0]", {1, 3, 5, 7}),
    ("!c[0]", {0, 2, 4, 6}),
    ("~c[0]", {0, 2, 4, 6}),
    ("d", {4, 5, 6, 7}),
    ("c", {1, 2, 3, 5, 6, 7}),
    ("c == 2", {2, 6}),
    ("2 == c", {2, 6}),
    ("c != 2", {0, 1, 3, 4, 5, 7}),
    ("c < 2", {0, 1, 4, 5}),
    ("2 > c", {0, 1, 4, 5}),
    ("c <= 2", {0, 1, 2, 4, 5, 6}),
    ("c > 1", {2, 3, 6, 7}),
    ("1 <= c", {1, 2, 3, 5, 6, 7}),
    ("c == 5", set()),
    ("c < 5", set(range(8))),
    ("c == -1", set()),
    ('c == "10"', {2, 6}),
    ("c[0] == 1", {1, 3, 5, 7}),
    ("c[1] == false", {0, 1, 4, 5}),
    ("c[0] == d", {0, 2, 5, 7}),
    ("c[0] != d", {1, 3, 4, 6}),
    ("c[0:1] == c[{1, 0}]", {0, 3, 4, 7}),
    ("c[0] && d", {5, 7}),
    ("c[0] || d", {1, 3, 4, 5, 6, 7}),
    ("c[0] & d", {5, 7}),
    ("c[0] | d", {1, 3, 4, 5, 6, 7}),
    ("c[0] ^ d", {1, 3, 4, 6}),
    ("(c[0] ^ d) == true", {1, 3, 4, 6}),
    ("c[0] ^ c[1] ^ d", {1, 2, 4, 7}),
    ("!(c == 1 || d) && true", {0, 2, 3}),
    ("uint(c) > 2", {3, 7}),
    ("bool(d)", {4, 5, 6, 7}),
    ("1 + 1 == 2", set(range(8))),
]


@pytest.mark.parametrize(("condition", "true_for"), CONDITIONS)
def test_a_condition_holds_for_the_values_it_says(condition: str, true_for: set[int]) -> None:
    *_, last = gates(MEASURED + f"if ({condition}) x q[0];")
    match last:
        case Branch(found, _, _):
            holding = {value for value in range(8) if holds(found, [value >> bit & 1 for bit in range(3)])}
        case Gate():
            holding = set(range(8))
        case _:
            holding = set()
    assert holding == true_for


@pytest.mark.parametrize(("condition", "true_for"), CONDITIONS)
def test_a_condition_on_known_bits_is_decided_at_once(condition: str, true_for: set[int]) -> None:
    for value in range(8):
        assigned = f'c = "{value & 3:02b}"; d = {value >> 2};'
        operations = [item for item in gates(f"{assigned} if ({condition}) x q[0];") if not isinstance(item, Assign)]
        assert operations == [Gate("x", (0,))] * (value in true_for)


def test_else_and_nested_branches_are_kept() -> None:
    program = "if (d) { x q[0]; if (c[0]) { reset q[1]; } } else if (c[1]) y q[0]; else z q[0];"
    inner = Branch(BitsEqual((0,), 1), (Reset(1),))
    last = Branch(BitsEqual((1,), 1), (Gate("y", (0,)),), (Gate("z", (0,)),))
    assert gates(MEASURED + program)[-1] == Branch(BitsEqual((2,), 1), (Gate("x", (0,)), inner), (last,))


def test_each_case_of_a_switch_is_a_branch_beside_the_others() -> None:
    cases = "".join(f"case {case} {{ x q[0]; }}" for case in range(3000))
    switch = f"switch (uint[12](w)) {{ {cases} case 1 {{ h q[0]; }} default {{ y q[0]; }} }}"
    operations = gates(f"qubit[12] r; bit[12] w = measure r; {switch}")
    *branches, default = (item for item in operations if isinstance(item, Branch))
    assert [branch.then for branch in branches] == [(Gate("x", (0,)),)] * 3000
    assert default.then == (Gate("y", (0,)),)


def test_an_empty_branch_is_left_out() -> None:
    assert gates("if (c == 1) { barrier q; }") == ()


def test_a_long_chain_of_exclusive_ors_does_not_explode() -> None:
    branch = gates(MEASURED + f"if ({' ^ '.join(['c[0]'] * 51)}) x q[0];")[-1]
    assert isinstance(branch, Branch)
    assert holds(branch.condition, [1, 0, 0])
