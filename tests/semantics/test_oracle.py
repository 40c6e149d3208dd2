"""The oracle itself, against values computed by hand, and the measure of agreement against counts made up."""

from math import cos, pi, sin
from typing import Any

import numpy as np
import pytest
from oracle.agreement import check_agreement
from oracle.gates import matrix_of
from oracle.interpreter import distribution
from oracle.matrices import H, X, Y, Z, controlled, phase, power, rx, ry, rz, u
from oracle.program import (
    BIT,
    BOOL,
    Angle,
    Apply,
    Assign,
    Binary,
    Break,
    Call,
    Cast,
    Continue,
    Control,
    Declare,
    End,
    For,
    GateDefinition,
    If,
    Inverse,
    Invoke,
    Kind,
    Let,
    Literal,
    Measure,
    Measured,
    Power,
    Program,
    Ref,
    Reset,
    Return,
    Slice,
    Statement,
    Subroutine,
    Switch,
    Type,
    Unary,
    Value,
    While,
    Wires,
)

UINT2, INT3, BITS2 = Type(Kind.UINT, 2), Type(Kind.INT, 3), Type(Kind.BIT, 2)
Q, Q0, Q1 = Ref("q"), Ref("q", 0), Ref("q", 1)
C, C0, C1 = Ref("c"), Ref("c", 0), Ref("c", 1)
N = Ref("n")


def gate(name: str, *qubits: Ref, angle: float | None = None) -> Apply:
    return Apply(name, () if angle is None else (Angle(angle),), qubits)


def program(*statements: Statement, subroutines: tuple[Subroutine, ...] = ()) -> Program:
    return Program((("q", 2),), (("c", 2),), statements, subroutines=subroutines)


def bit(value: int) -> Literal:
    return Literal(value, BIT)


def case(name: str, expected: dict[str, float], *statements: Statement) -> Any:
    return pytest.param(program(*statements), expected, id=name)


COIN = (gate("h", Q0), Measure(Q0, C0))
EVEN = {"00": 1 / 2, "11": 1 / 2}
NOTHING = Measure(Q0, None)
SET_C1 = Assign(C1, "", bit(1))
SHOW_N = Assign(C, "", Cast(BITS2, Value(N)))


@pytest.mark.parametrize(
    ("whole", "expected"),
    [
        case(
            "flipped twice",
            {"01": 1},
            *(gate("rx", Q0, angle=pi), Measure(Q0, C0)),
            *(gate("rx", Q0, angle=pi), Measure(Q0, C1)),
        ),
        case(
            "two coins",
            dict.fromkeys(("00", "01", "10", "11"), 1 / 4),
            *(gate("ry", Q0, angle=pi / 2), Measure(Q0, C0)),
            *(gate("ry", Q0, angle=pi / 2), Measure(Q0, C1)),
        ),
        case("plus in X", {"00": 1}, gate("h", Q0), Measure(Q0, C0, "X")),
        case("plus i in Y", {"00": 1}, gate("h", Q0), gate("s", Q0), Measure(Q0, C0, "Y")),
        case("minus i in Y", {"01": 1}, gate("h", Q0), gate("sdg", Q0), Measure(Q0, C0, "Y")),
        case("a basis is left", {"00": 1}, gate("h", Q0), Measure(Q0, C0, "X"), gate("h", Q0), Measure(Q0, C1)),
        case("reset", {"00": 1}, gate("x", Q0), Reset(Q0), Measure(Q0, C0)),
        case("Bell", EVEN, gate("h", Q0), gate("cx", Q0, Q1), Measure(Q, C)),
        case("no measurement measures all", {"00": 3 / 4, "10": 1 / 4}, gate("ry", Q1, angle=pi / 3)),
        case(
            "declared bits come out",
            {"1001": 1},
            gate("x", Q),
            Measure(Q0, C0),
            Declare(BITS2, "n", Measured(Q)),
            Assign(Ref("n", 0), "", bit(0)),
        ),
        case("a later write wins", {"01": 1}, gate("x", Q1), Measure(Q0, C0), Measure(Q1, C0)),
        case("if", EVEN, *COIN, If(Value(C0), (gate("x", Q1),)), Measure(Q1, C1)),
        case("else", {"00": 1 / 2, "11": 1 / 2}, *COIN, If(Unary("!", Value(C0)), (), (SET_C1,))),
        case("until it succeeds", {"00": 1}, Assign(C0, "", bit(1)), While(Value(C0), COIN), Measure(Q0, C1)),
        case("switch", EVEN, *COIN, Switch(Cast(UINT2, Value(C)), (((0, 3), (NOTHING,)),), (SET_C1,))),
        case("end", {"01": 1 / 2, "10": 1 / 2}, *COIN, If(Value(C0), (End(),)), Assign(C, "", Literal(2, BITS2))),
        case(
            "continue and break",
            {"00": 1},
            For(
                INT3,
                "i",
                Slice(0, 1, 3),
                (
                    If(Binary("==", Value(Ref("i")), Literal(1)), (Continue(),)),
                    If(Binary("==", Value(Ref("i")), Literal(3)), (Break(),)),
                    gate("x", Q0),
                ),
            ),
            Measure(Q0, C0),
        ),
        case("set and index", {"11": 1}, NOTHING, For(INT3, "i", (1, 0), (Assign(Ref("c", "i"), "", bit(1)),))),
        case(
            "bits of a register",
            EVEN,
            *COIN,
            Declare(UINT2, "n", Literal(0)),
            For(BIT, "b", C, (If(Value(Ref("b")), (Assign(N, "+", Literal(3)),)),)),
            SHOW_N,
        ),
        case(
            "alias and slice",
            {"01": 1},
            Let("r", (Q1, Q0)),
            gate("x", Ref("r", 0)),
            Measure(Ref("q", Slice(1, -1, 0)), C),
        ),
        case("indices", {"00": 1}, gate("x", Ref("q", (1,))), gate("x", Ref("q", -1)), Measure(Q, C)),
        case(
            "overflow of a uint",
            {"10": 1},
            NOTHING,
            Declare(UINT2, "n", Literal(3)),
            Assign(N, "+", Literal(3, UINT2)),
            SHOW_N,
        ),
        case(
            "overflow of an int",
            {"01": 1},
            NOTHING,
            Declare(INT3, "n", Literal(3)),
            Assign(N, "+", Literal(2, INT3)),
            If(Binary("==", Value(N), Literal(-3)), (Assign(C0, "", bit(1)),)),
        ),
        case(
            "truth",
            {"01": 1},
            NOTHING,
            Declare(BOOL, "n", Cast(BOOL, Literal(2, UINT2))),
            If(Binary("&&", Value(N), Unary("!", Value(C0))), (Assign(C, "^", Literal(1, BITS2)),)),
        ),
    ],
)
def test_a_program_has_the_distribution_computed_by_hand(whole: Program, expected: dict[str, float]) -> None:
    assert distribution(whole) == pytest.approx(expected)


def test_a_subroutine_sees_its_parameters_and_returns_early() -> None:
    body: tuple[Statement, ...] = (
        gate("h", Ref("a")),
        If(Binary("<", Value(N), Literal(2)), (Return(bit(1)),)),
        Return(Measured(Ref("a"))),
    )
    subroutine = Subroutine("f", (("a", Wires()), ("n", UINT2)), BIT, body)
    statements = (
        Assign(C0, "", Call("f", (Q0, Literal(1, UINT2)))),
        Assign(C1, "", Call("f", (Q1, Literal(2, UINT2)))),
        Invoke(Call("f", (Q0, Literal(0, UINT2)))),
        Measure(Q0, C0),
    )
    expected = {"00": 1 / 2, "10": 1 / 2}
    assert distribution(program(*statements, subroutines=(subroutine,))) == pytest.approx(expected)


def test_a_symbol_is_an_angle() -> None:
    turned = Program((("q", 1),), (), (Apply("ry", (Angle(2, "t"),), (Q0,)),), symbols=(("t", pi / 6),))
    assert distribution(turned) == pytest.approx({"0": 3 / 4, "1": 1 / 4})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (u(pi, 0, pi), 1j * X),
        (u(pi / 2, 0, pi), np.exp(0.25j * pi) * H),
        (u(0, 0, 0.7), phase(0.7)),
        (power(X, 0.5) @ power(X, 0.5), X),
        (power(Y, -1), Y),
        (power(phase(pi), 0.5), phase(pi / 2)),
        (rz(0.3), np.exp(-0.15j) * phase(0.3)),
        (rx(0.3), cos(0.15) * np.eye(2) - 1j * sin(0.15) * X),
        (ry(0.3), cos(0.15) * np.eye(2) - 1j * sin(0.15) * Y),
        (controlled(Z), np.diag([1, 1, 1, -1])),
        (controlled(phase(pi), by_zero=True), np.diag([1, -1, 1, 1])),
    ],
)
def test_matrices_are_those_of_the_specification(one: np.ndarray, other: np.ndarray) -> None:
    assert one == pytest.approx(other)


def test_modifiers_act_from_the_inside_and_controls_come_first() -> None:
    call = Apply("rz", (Angle(0.5),), (Q0, Q1), (Control(1, by_zero=True), Inverse(), Power(3)))
    assert matrix_of(call, {}, {}) == pytest.approx(np.diag([*np.diag(rz(-1.5)), 1, 1]))


def test_a_defined_gate_is_the_product_of_its_parts() -> None:
    a, b = Ref("a"), Ref("b")
    body = (Apply("p", (Angle(2, "t"),), (b,)), Apply("cx", (), (b, a)))
    definitions = {"g": GateDefinition("g", ("t",), ("a", "b"), body)}
    flipped_by_b = np.array([[1, 0, 0, 0], [0, 0, 0, 1], [0, 0, 1, 0], [0, 1, 0, 0]])
    expected = flipped_by_b @ np.diag([1, np.exp(1j), 1, np.exp(1j)])
    assert matrix_of(Apply("g", (Angle(0.5),), (Q0, Q1)), {}, definitions) == pytest.approx(expected)


@pytest.mark.parametrize(
    ("counts", "agree"),
    [
        ({"0": 500, "1": 500}, True),
        ({"0": 570, "1": 430}, True),
        ({"0": 650, "1": 350}, False),
        ({"0": 350, "1": 650}, False),
        ({"0": 1000}, False),
        ({"0": 500, "1": 499, "2": 1}, False),
    ],
)
def test_counts_agree_unless_they_are_too_unlikely(counts: dict[str, int], *, agree: bool) -> None:
    probabilities = {"0": 0.5, "1": 0.5}
    if agree:
        check_agreement(counts, probabilities, 1e-8)
        return
    with pytest.raises(AssertionError):
        check_agreement(counts, probabilities, 1e-8)
