"""Classical values and what operators do to them: two's complement integers of fixed widths, bits, truth values."""

import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from oracle.program import BOOL, Kind, Type

_ARITHMETIC: Mapping[str, Callable[[int, int], int]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "<<": operator.lshift,
    ">>": operator.rshift,
}
_COMPARISONS: Mapping[str, Callable[[int, int], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}

MACHINE_WIDTH = 32
"""Bits of an integer whose type names no width."""


@dataclass(frozen=True)
class Number:
    """A value and its type; without a type, an integer literal. Registers are numbers whose bit 0 is the lowest."""

    value: int
    type: Type | None


def width_of(type_: Type) -> int:
    """Returns the number of bits that a value of the type has."""
    machine = MACHINE_WIDTH if type_.kind in (Kind.INT, Kind.UINT) else 1
    return type_.width or machine


def fitted(value: int, to: Type) -> Number:
    """Returns the value in as many bits as the type has: what is above them is lost."""
    modulus = 1 << width_of(to)
    value %= modulus
    negative = to.kind is Kind.INT and value >= modulus // 2
    return Number(value - modulus if negative else value, to)


def cast(number: Number, to: Type) -> Number:
    """Returns the number as another type: any but 0 is true, all others keep their bits."""
    return Number(int(number.value != 0), BOOL) if to == BOOL else fitted(number.value, to)


def unary(op: str, operand: Number) -> Number:
    """Returns the value of ``! ~ -``."""
    if op == "!":
        return Number(int(not operand.value), BOOL)
    assert operand.type is not None
    return fitted(~operand.value if op == "~" else -operand.value, operand.type)


def binary(op: str, left: Number, right: Number) -> Number:
    """Returns the value of an operator; both sides have one type, or one is a literal, or the right one is a shift."""
    if op in ("&&", "||"):
        return Number(int(bool(left.value) and bool(right.value) if op == "&&" else left.value or right.value), BOOL)
    assert op in ("<<", ">>") or None in (left.type, right.type) or left.type == right.type, (op, left, right)
    if op in _COMPARISONS:
        return Number(int(_COMPARISONS[op](left.value, right.value)), BOOL)
    to = left.type or right.type
    assert to is not None
    return fitted(_ARITHMETIC[op](left.value, right.value), to)
