"""Conditions as Aer evaluates them, on registers wider than its integers."""

import random
from functools import reduce
from itertools import product

import pytest

from qdm_circuits.circuit import Branch, Circuit, Measure, Operation, Register
from qdm_circuits.conditions import AllOf, AnyOf, BitsBelow, BitsEqual, Condition, Differ, Not, holds
from qdm_circuits.gates import Gate
from qdm_sidecar.engines.aer import AerEngine, CircuitOnAer
from qdm_sidecar.engines.aer_plan import Method, Plan

AER = AerEngine(memory_bytes=2**28, threads=1)


def outcome(condition: Condition, value: int, width: int) -> bool:
    """Writes ``value`` into a register, then tells through a measured qubit whether the condition holds."""
    write: list[Operation] = [Measure(1 if value >> clbit & 1 else 0, clbit) for clbit in range(width)]
    branch = Branch(condition, (Gate("x", (2,)),))
    operations = (Gate("x", (1,)), *write, branch, Measure(2, width))
    circuit = Circuit(3, (Register("c", width + 1),), operations)
    (bits,) = CircuitOnAer(AER, Plan(Method.STATEVECTOR, circuit)).run(1, 0).counts
    assert bits[1:] == f"{value:0{width}b}"
    return bits[0] == "1"


@pytest.mark.parametrize("width", [1, 31, 32, 33, 63, 64, 65, 100])
@pytest.mark.parametrize("seed", range(4))
def test_a_register_of_any_width_is_compared_bit_by_bit(width: int, seed: int) -> None:
    rng = random.Random(1000 * width + seed)  # noqa: S311 - no secret
    value = rng.getrandbits(width)
    clbits = tuple(range(width))
    near = [value, value + 1, value - 1, value ^ 1 << rng.randrange(width), rng.getrandbits(width)]
    for bound in near:
        if 0 < bound < 2**width:
            for condition in (BitsEqual(clbits, bound), BitsBelow(clbits, bound)):
                assert outcome(condition, value, width) == holds(condition, [value >> bit & 1 for bit in clbits])


def bit(clbit: int) -> Condition:
    return BitsEqual((clbit,), 1)


@pytest.mark.parametrize("value", range(8))
@pytest.mark.parametrize(
    "condition",
    [Differ(one, other) for one, other in product((bit(0), Not(bit(1)), AllOf(()), AnyOf((bit(0), bit(2)))), repeat=2)],
)
def test_two_conditions_of_any_kind_differ_as_their_values_do(condition: Condition, value: int) -> None:
    assert outcome(condition, value, 3) == holds(condition, [value >> clbit & 1 for clbit in range(3)])


@pytest.mark.parametrize("value", [0b1011, (1 << 200) - 1])
def test_the_parity_of_a_wide_register_is_found(value: int) -> None:
    parity = reduce(Differ, map(bit, range(200)))
    assert outcome(parity, value, 200) == bool(value.bit_count() % 2)


@pytest.mark.parametrize("kind", [BitsEqual, BitsBelow])
def test_a_register_of_thousands_of_bits_is_compared(kind: type[BitsEqual] | type[BitsBelow]) -> None:
    width = 40_000
    assert not outcome(kind(tuple(range(width)), 5), 1 << (width - 1), width)
