"""What OpenQASM 2.0 programs become."""

import math

import pytest

from qdm_circuits.circuit import Branch, Circuit, Measure, Operation, Register, Reset
from qdm_circuits.conditions import NEVER, BitsEqual
from qdm_circuits.gates import Gate
from qdm_circuits.qasm2 import parse_qasm2

HEAD = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
BITS = "qreg q[2];\ncreg c[2];\nmeasure q[0] -> c[0];\n"
X0, X1 = Gate("x", (0,)), Gate("x", (1,))


def circuit(text: str) -> Circuit:
    return parse_qasm2(text.encode()).circuit


def after_the_measurement(statements: str) -> list[Operation]:
    """Returns what the statements become, in a program that measures before."""
    first, *rest = circuit(HEAD + BITS + statements).operations
    assert first == Measure(0, 0)
    return rest


@pytest.mark.parametrize(
    ("statements", "operations"),
    [
        ("x q[1];", [X1]),
        ("x q;", [X0, X1]),
        ("x  q [ 1 ] // a comment\n;", [X1]),
        ("x\tq[0];\r\nx q[1];", [X0, X1]),
        ("U(pi,0,pi) q[0];", [Gate("u", (0,), (math.pi, 0, math.pi))]),
        ("CX q[1],q[0];", [Gate("cx", (1, 0))]),
        ("h() q[0];", [Gate("h", (0,))]),
        ("qreg r[2]; cx q,r;", [Gate("cx", (0, 2)), Gate("cx", (1, 3))]),
        ("qreg r[1]; cx r[0],q;", [Gate("cx", (2, 0)), Gate("cx", (2, 1))]),
        ("qreg r[2]; ccx q,r[1],r[0];", [Gate("ccx", (0, 3, 2)), Gate("ccx", (1, 3, 2))]),
        ("measure q -> c;", [Measure(0, 0), Measure(1, 1)]),
        ("creg d[2]; measure q -> d;", [Measure(0, 2), Measure(1, 3)]),
        ("measure q[1] -> c[0];", [Measure(1, 0)]),
        ("reset q;", [Reset(0), Reset(1)]),
        ("reset q[1];", [Reset(1)]),
        ("barrier q; barrier q[0],q[1];", []),
        ("if(c==2) x q[0];", [Branch(BitsEqual((0, 1), 2), (X0,))]),
        ("if(c==3) x q;", [Branch(BitsEqual((0, 1), 3), (X0, X1))]),
        ("if(c==0) measure q -> c;", [Branch(BitsEqual((0, 1), 0), (Measure(0, 0), Measure(1, 1)))]),
        ("if(c==0) reset q[1];", [Branch(BitsEqual((0, 1), 0), (Reset(1),))]),
        ("if(c==4) x q[0];", [Branch(NEVER, (X0,))]),
        (f"if(c=={10**30}) x q[0];", [Branch(NEVER, (X0,))]),
    ],
)
def test_a_statement_becomes_operations(statements: str, operations: list[Operation]) -> None:
    assert after_the_measurement(statements) == operations


@pytest.mark.parametrize(
    ("definitions", "call", "operations"),
    [
        ("gate g a { x a; }", "g q[1];", [X1]),
        ("gate g a { }", "g q[1];", []),
        ("gate g() a { x a; }", "g() q[1];", [X1]),
        ("gate g a,b { cx b,a; x a; }", "g q[0],q[1];", [Gate("cx", (1, 0)), X0]),
        ("gate g(t) a { rx(-t/2) a; }", "g(3) q[0];", [Gate("rx", (0,), (-1.5,))]),
        ("gate f(t) a { rx(t+1) a; } gate g(u,t) a { f(u-t) a; }", "g(3,1) q[0];", [Gate("rx", (0,), (3.0,))]),
        ("gate f a { x a; barrier a; } gate g a,b { f b; f a; }", "g q[0],q[1];", [X1, X0]),
        ("gate g x { x x; }", "g q;", [X0, X1]),
        ("gate g p { p(pi) p; }", "g q[0];", [Gate("p", (0,), (math.pi,))]),
        ("gate rzz(t) a,b { x a; }", "rzz(1) q[0],q[1];", [X0]),
        ("gate cu a { x a; }", "cu q[0];", [X0]),
    ],
)
def test_a_call_becomes_what_its_definition_says(definitions: str, call: str, operations: list[Operation]) -> None:
    assert after_the_measurement(f"{definitions}\n{call}") == operations


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("0.25", 0.25),
        (".5", 0.5),
        ("3.", 3),
        ("2e3", 2000),
        ("1.5E-2", 0.015),
        ("7", 7),
        ("pi", math.pi),
        ("1/2", 0.5),
        ("-pi/4", -math.pi / 4),
        ("3*pi/4", 3 * math.pi / 4),
        ("1-2-3", -4),
        ("8/4/2", 1),
        ("8/4*2", 4),
        ("1+2*3", 7),
        ("(1+2)*3", 9),
        ("2^3^2", 512),
        ("-2^2", -4),
        ("2^-1", 0.5),
        ("2^-1*4", 2),
        ("2*-3", -6),
        ("--2", 2),
        ("1- -2", 3),
        ("0^2", 0),
        ("-(1+1)^2", -4),
        ("((((1))))", 1),
        ("sin(pi/2)", 1),
        ("cos(0)", 1),
        ("tan(0.5)", math.tan(0.5)),
        ("exp(1)", math.e),
        ("ln(exp(2))", 2),
        ("sqrt(16)", 4),
        ("2*sqrt(1+cos(0)*3)^2", 8),
    ],
)
def test_an_angle_is_the_value_of_its_expression(expression: str, value: float) -> None:
    (gate,) = after_the_measurement(f"gate g(t) a {{ rz(t) a; }} g({expression}) q[0];")
    assert isinstance(gate, Gate)
    assert gate.params == pytest.approx((value,), abs=1e-12)
    assert after_the_measurement(f"gate g a {{ rz({expression}) a; }} g q[0];") == [gate]


def test_registers_are_numbered_in_the_order_of_their_declarations() -> None:
    read = circuit("OPENQASM 2.0; creg low[1]; qreg a[1]; creg high[3]; qreg b[2]; measure b[1] -> high[2];")
    assert read.num_qubits == 3
    assert read.registers == (Register("low", 1), Register("high", 3))
    assert read.operations == (Measure(2, 3),)


def test_a_program_without_a_measurement_measures_every_qubit() -> None:
    read = circuit(f"{HEAD}qreg q[2]; creg unused[5]; if (unused == 0) x q[1];")
    assert read.registers == (Register("c", 2),)
    assert read.operations == (X1, Measure(0, 0), Measure(1, 1))


@pytest.mark.parametrize(("value", "operations"), [(0, [X1]), (1, [])])
def test_a_condition_before_any_measurement_is_decided(value: int, operations: list[Operation]) -> None:
    read = circuit(f"{HEAD}qreg q[2]; creg c[2]; if (c == {value}) x q[1]; measure q[0] -> c[0];")
    assert read.operations == (*operations, Measure(0, 0))


def test_a_measurement_that_never_happens_is_a_measurement() -> None:
    read = circuit(f"{HEAD}qreg q[2]; creg c[1]; if (c == 1) measure q[0] -> c[0];")
    assert read.registers == (Register("c", 1),)
    assert read.operations == (Branch(BitsEqual((0,), 1), (Measure(0, 0),)),)


@pytest.mark.parametrize("order", ['include "qelib1.inc"; creg p[2];', 'creg p[2]; include "qelib1.inc";'])
def test_names_that_were_added_to_the_include_file_stay_free_for_programs(order: str) -> None:
    read = circuit(f"OPENQASM 2.0; {order} qreg q[1]; u1(0) q[0]; measure q[0] -> p[1];")
    assert read.registers == (Register("p", 2),)


@pytest.mark.parametrize(
    ("statements", "ignored"),
    [
        ("x q[0];", ()),
        ("barrier q[0];", ("barrier",)),
        ("gate g a { barrier a; }", ("barrier",)),
        ("opaque delay(t) a; delay(100) q[0]; barrier q; barrier q;", ("barrier", "delay")),
        ("opaque delay(t) a; gate g a { delay(1) a; } g q[0];", ("delay",)),
        ("opaque delay(t) a; if(c==0) delay(1) q[0];", ("delay",)),
        ("opaque magic(t) a;", ()),
    ],
)
def test_what_circuits_do_not_hold_is_told(statements: str, ignored: tuple[str, ...]) -> None:
    assert parse_qasm2((HEAD + BITS + statements).encode()).ignored == ignored


def test_a_comment_may_hold_any_letters() -> None:
    assert circuit("// Schrödinger /*\nOPENQASM 2.0; // }{\nqreg q[1]; //").num_qubits == 1


@pytest.mark.parametrize("depth", [10, 100_000])
def test_nesting_has_no_bound(depth: int) -> None:
    nested = "(" * depth + "1" + ")" * depth
    assert after_the_measurement(f"rz({nested}) q[0];") == [Gate("rz", (0,), (1.0,))]
    chain = "".join(f"gate g{n}(t) a {{ {'rz' if n == 0 else f'g{n - 1}'}(t) a; }}" for n in range(depth // 10))
    assert after_the_measurement(f"{chain} g{depth // 10 - 1}(1) q[0];") == [Gate("rz", (0,), (1.0,))]
