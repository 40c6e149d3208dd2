import pytest

from qdm_circuits.circuit import Branch, Measure, Register, Reset, make_circuit
from qdm_circuits.conditions import (
    ALWAYS,
    NEVER,
    AllOf,
    AnyOf,
    BitsBelow,
    BitsEqual,
    Condition,
    Differ,
    Not,
    below,
    equal,
    holds,
)
from qdm_circuits.gates import Gate

BIT_0 = BitsEqual((0,), 1)
BIT_2 = BitsEqual((2,), 1)


@pytest.mark.parametrize(
    ("condition", "true_for"),
    [
        (BIT_0, {1, 3, 5, 7}),
        (BitsEqual((0, 1, 2), 6), {6}),
        (BitsEqual((2, 0), 1), {4, 6}),
        (BitsBelow((0, 1, 2), 3), {0, 1, 2}),
        (Not(BIT_0), {0, 2, 4, 6}),
        (AllOf((BIT_0, BIT_2)), {5, 7}),
        (AnyOf((BIT_0, BIT_2)), {1, 3, 4, 5, 6, 7}),
        (Differ(BIT_0, BIT_2), {1, 3, 4, 6}),
        (ALWAYS, set(range(8))),
        (NEVER, set()),
    ],
)
def test_a_condition_reads_the_first_bit_as_the_least_significant(condition: Condition, true_for: set[int]) -> None:
    assert {value for value in range(8) if holds(condition, [value >> bit & 1 for bit in range(3)])} == true_for


@pytest.mark.parametrize("value", [-1, 4, 10**30])
def test_a_value_that_does_not_fit_is_never_equal(value: int) -> None:
    assert equal((0, 1), value) == NEVER


@pytest.mark.parametrize(("bound", "condition"), [(-1, NEVER), (0, NEVER), (3, BitsBelow((0, 1), 3)), (4, ALWAYS)])
def test_a_bound_outside_the_range_decides_at_once(bound: int, condition: Condition) -> None:
    assert below((0, 1), bound) == condition


def test_a_measured_circuit_stays_as_it_is() -> None:
    operations = (Branch(BIT_0, (Measure(0, 0),)),)
    circuit = make_circuit(2, [Register("a", 1)], operations)
    assert (circuit.registers, circuit.operations) == ((Register("a", 1),), operations)


def test_without_measurement_all_qubits_are_measured_and_branches_are_decided() -> None:
    branch = Branch(BIT_2, (Gate("x", (0,)),), (Reset(1), Branch(Not(BIT_0), (Gate("y", (1,)),))))
    circuit = make_circuit(2, [Register("a", 3)], [branch])
    assert circuit.registers == (Register("c", 2),)
    assert circuit.operations == (Reset(1), Gate("y", (1,)), Measure(0, 0), Measure(1, 1))
