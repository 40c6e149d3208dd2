"""Conditions on classical bits: what decides whether a branch is taken.

A list of bits is read as an unsigned integer whose first bit is the least significant.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class BitsEqual:
    """The bits hold exactly ``value``, which fits their number."""

    clbits: tuple[int, ...]
    value: int


@dataclass(frozen=True, slots=True)
class BitsBelow:
    """The bits hold less than ``bound``; 0 < bound < 2 to the power of their number."""

    clbits: tuple[int, ...]
    bound: int


@dataclass(frozen=True, slots=True)
class Not:
    """The condition does not hold."""

    condition: "Condition"


@dataclass(frozen=True, slots=True)
class AllOf:
    """All conditions hold; of none, that is true."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class AnyOf:
    """At least one of the conditions holds; of none, that is false."""

    conditions: tuple["Condition", ...]


@dataclass(frozen=True, slots=True)
class Differ:
    """Exactly one of the two conditions holds."""

    one: "Condition"
    other: "Condition"


Condition = BitsEqual | BitsBelow | Not | AllOf | AnyOf | Differ

ALWAYS = AllOf(())
NEVER = AnyOf(())


def equal(clbits: tuple[int, ...], value: int) -> Condition:
    """Returns the condition that the bits hold ``value``, which may be any integer."""
    return BitsEqual(clbits, value) if 0 <= value < 1 << len(clbits) else NEVER


def below(clbits: tuple[int, ...], bound: int) -> Condition:
    """Returns the condition that the bits hold less than ``bound``, which may be any integer."""
    if bound <= 0:
        return NEVER
    return BitsBelow(clbits, bound) if bound < 1 << len(clbits) else ALWAYS


def holds(condition: Condition, bits: Sequence[int]) -> bool:
    """Evaluates the condition, given the value of every classical bit."""
    match condition:
        case BitsEqual(clbits, value):
            return _number(clbits, bits) == value
        case BitsBelow(clbits, bound):
            return _number(clbits, bits) < bound
        case Not(inner):
            return not holds(inner, bits)
        case AllOf(inner):
            return all(holds(item, bits) for item in inner)
        case AnyOf(inner):
            return any(holds(item, bits) for item in inner)
        case Differ(one, other):
            return holds(one, bits) != holds(other, bits)


def clbits_of(condition: Condition) -> Iterator[int]:
    """Yields the classical bits that the condition reads, each as often as it does."""
    match condition:
        case BitsEqual(clbits, _) | BitsBelow(clbits, _):
            yield from clbits
        case Not(inner):
            yield from clbits_of(inner)
        case AllOf(inner) | AnyOf(inner):
            for item in inner:
                yield from clbits_of(item)
        case Differ(one, other):
            yield from clbits_of(one)
            yield from clbits_of(other)


def renumbered(condition: Condition, place: Mapping[int, int]) -> Condition:
    """Returns the same condition on other bits."""
    match condition:
        case BitsEqual(clbits, value):
            return BitsEqual(tuple(place[clbit] for clbit in clbits), value)
        case BitsBelow(clbits, bound):
            return BitsBelow(tuple(place[clbit] for clbit in clbits), bound)
        case Not(inner):
            return Not(renumbered(inner, place))
        case AllOf(inner) | AnyOf(inner):
            return type(condition)(tuple(renumbered(item, place) for item in inner))
        case Differ(one, other):
            return Differ(renumbered(one, place), renumbered(other, place))


def _number(clbits: tuple[int, ...], bits: Sequence[int]) -> int:
    return sum(bits[clbit] << place for place, clbit in enumerate(clbits))
