"""Values of classical expressions, and how one becomes another type.

A number is known before the program runs. A vector is of a type that bits hold, each of them known or not: bit strings,
truth values, integers in two's complement, and angles as fractions of a turn. Floats are numbers always.
"""

import math
from dataclasses import dataclass
from enum import Enum, auto

from openqasm3 import ast

from qdm_circuits.conditions import clbits_of
from qdm_circuits.qasm3.bits import Bit, Bits, constant, disjunction, integer
from qdm_circuits.qasm3.constants import Number
from qdm_circuits.qasm3.places import invalid, unsupported

WORD = 64
"""Bits of an integer that is declared without a size."""


class Kind(Enum):
    """What the bits of a vector mean."""

    BIT = auto()
    BOOL = auto()
    INT = auto()
    UINT = auto()
    ANGLE = auto()


@dataclass(frozen=True, slots=True)
class Type:
    """The type of what bits hold."""

    kind: Kind
    width: int


@dataclass(frozen=True, slots=True)
class Vector:
    """A value that bits hold."""

    kind: Kind
    bits: Bits

    @property
    def width(self) -> int:
        """Number of bits."""
        return len(self.bits)


Value = Number | Vector


class NotKnown(Exception):  # noqa: N818 - no error: the statement is lowered once for each value of the bit
    """A value is needed before the program runs that depends on a classical bit."""

    def __init__(self, clbit: int, node: ast.QASMNode) -> None:
        super().__init__()
        self.clbit = clbit
        self.node = node


def truth_of(bit: Bit) -> Vector:
    """Returns a truth value."""
    return Vector(Kind.BOOL, (bit,))


def truth(value: Value) -> Bit:
    """Returns whether a value counts as true: whether it is other than 0."""
    return disjunction(value.bits) if isinstance(value, Vector) else bool(value)


def number(value: Value, node: ast.QASMNode) -> Number:
    """Returns the number that a value is, an angle in radians. Raises NotKnown."""
    if not isinstance(value, Vector):
        return value
    unsigned = integer(value.bits)
    if unsigned is None:
        clbits = (clbit for bit in value.bits if not isinstance(bit, bool) for clbit in clbits_of(bit))
        raise NotKnown(next(iter(clbits)), node)
    match value.kind:
        case Kind.BOOL:
            return bool(unsigned)
        case Kind.INT:
            return unsigned - (unsigned >> value.width - 1 << value.width)
        case Kind.ANGLE:
            return unsigned * math.tau / (1 << value.width)
    return unsigned


def typed(value: Value, to: Type, node: ast.QASMNode) -> Vector:
    """Returns a value as one of a type. Raises InvalidRequestError where it can't be, NotKnown."""
    if isinstance(value, Vector) and value.kind is to.kind and value.width == to.width:
        return value
    if to.kind is Kind.BOOL:
        return truth_of(truth(value))
    if to.kind is Kind.ANGLE:
        return Vector(Kind.ANGLE, _angle_bits(value, to.width, node))
    if isinstance(value, Vector) and value.kind is not Kind.ANGLE:
        if value.kind is to.kind is Kind.BIT:
            raise invalid(node, f"this has {value.width} bits, and {to.width} are needed")
        return Vector(to.kind, resized(value, to.width))
    if isinstance(value, Vector):
        if to.kind is not Kind.BIT or value.width != to.width:
            raise invalid(node, "an angle becomes nothing but a bit string of its own size")
        return Vector(Kind.BIT, value.bits)
    return Vector(to.kind, constant(math.trunc(value), to.width))


def resized(value: Vector, width: int) -> Bits:
    """Returns a vector's bits, cut or filled up to a width: with the sign where it has one, with 0 otherwise."""
    filler = value.bits[-1] if value.kind is Kind.INT else False
    return value.bits[:width] + (filler,) * (width - value.width)


def integer_type(value: Value) -> Type:
    """Returns the type that a value has in arithmetics.

    Numbers are as wide as they need and at least a word; so are truth values and single bits, which count as 0 and 1.
    """
    if isinstance(value, Vector):
        if value.kind is Kind.BOOL or (value.kind is Kind.BIT and value.width == 1):
            return Type(Kind.INT, WORD)
        return Type(Kind.INT if value.kind is Kind.INT else Kind.UINT, value.width)
    return Type(Kind.INT, max(WORD, int(value).bit_length() + 1))


def type_of(node: ast.ClassicalType, width: int | None) -> Type | None:
    """Returns the type of a declaration whose size is ``width``, ``None`` where no bits hold it."""
    match node:
        case ast.BitType():
            return Type(Kind.BIT, width or 1)
        case ast.BoolType():
            return Type(Kind.BOOL, 1)
        case ast.IntType():
            return Type(Kind.INT, width or WORD)
        case ast.UintType():
            return Type(Kind.UINT, width or WORD)
        case ast.AngleType() if width:
            return Type(Kind.ANGLE, width)
        case ast.AngleType() | ast.FloatType():
            return None
    raise unsupported(node, "values of this type")


def angle_constant(radians: float, width: int) -> Vector:
    """Returns the angle of ``width`` bits that is nearest to a number of radians, modulo a turn."""
    return Vector(Kind.ANGLE, constant(round(radians / math.tau * (1 << width)), width))


def _angle_bits(value: Value, width: int, node: ast.QASMNode) -> Bits:
    if not isinstance(value, Vector):
        return angle_constant(value, width).bits
    if value.kind is Kind.ANGLE:
        return value.bits[-width:] if value.width >= width else (False,) * (width - value.width) + value.bits
    if value.kind is Kind.BIT and value.width == width:
        return value.bits
    raise invalid(node, "only numbers, angles and bit strings of the same size become an angle")
