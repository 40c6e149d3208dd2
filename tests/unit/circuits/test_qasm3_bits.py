"""Formulas on bits say what integers say."""

import operator
from collections.abc import Callable, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdm_circuits.conditions import BitsEqual, holds
from qdm_circuits.qasm3.bits import Bit, Bits, constant, equality, integer, less, product, total

WIDTHS = st.integers(1, 6)


def value_of(bits: Bits, memory: Sequence[int]) -> int:
    return sum((bit if isinstance(bit, bool) else holds(bit, memory)) << place for place, bit in enumerate(bits))


def itself(bit: Bit) -> Bit:
    return bit


@st.composite
def pairs_in_part_unknown(draw: st.DrawFn) -> tuple[Bits, Bits, list[int]]:
    """Draws two integers of one width, and a memory that holds those of their bits that are not known."""
    width = draw(WIDTHS)
    memory = draw(st.lists(st.integers(0, 1), min_size=2 * width, max_size=2 * width))
    bits: list[Bit] = [
        bool(memory[place]) if draw(st.booleans()) else BitsEqual((place,), 1) for place in range(2 * width)
    ]
    return tuple(bits[:width]), tuple(bits[width:]), memory


@pytest.mark.parametrize(
    ("value", "width", "bits"),
    [
        (0, 0, ()),
        (1, 1, (True,)),
        (6, 4, (False, True, True, False)),
        (6, 2, (False, True)),
        (-1, 3, (True, True, True)),
        (-2, 3, (False, True, True)),
    ],
)
def test_a_constant_is_its_lowest_bits_in_twos_complement(value: int, width: int, bits: Bits) -> None:
    assert constant(value, width) == bits


@given(st.integers(0, 2**70))
def test_bits_that_are_known_are_an_integer(value: int) -> None:
    assert integer(constant(value, 71)) == value


def test_bits_of_which_one_is_not_known_are_no_integer() -> None:
    assert integer((True, BitsEqual((0,), 1))) is None


@settings(deadline=None)
@pytest.mark.parametrize(("formula", "number"), [(total, operator.add), (product, operator.mul)])
@given(pair=pairs_in_part_unknown())
def test_arithmetics_are_those_of_integers_modulo_the_width(
    formula: Callable[..., Bits], number: Callable[[int, int], int], pair: tuple[Bits, Bits, list[int]]
) -> None:
    left, right, memory = pair
    expected = number(value_of(left, memory), value_of(right, memory)) % (1 << len(left))
    assert value_of(formula(left, right, itself), memory) == expected


@settings(deadline=None)
@given(pairs_in_part_unknown())
def test_comparisons_are_those_of_integers(pair: tuple[Bits, Bits, list[int]]) -> None:
    left, right, memory = pair
    one, other = value_of(left, memory), value_of(right, memory)
    assert value_of((equality(left, right),), memory) == (one == other)
    assert value_of((less(left, right, itself),), memory) == (one < other)
