"""Arithmetics of numbers that are known before the program runs. Integers and floats are kept apart.

A division of integers truncates, as OpenQASM 3 says. Where its quotient becomes an angle or a float, one that leaves a
remainder is refused: OpenQASM 2 did not truncate, so whoever writes it is likely to get another angle than they meant.
"""

import math
import operator
from collections.abc import Callable, Mapping

from openqasm3 import ast

from qdm_circuits.qasm3.places import invalid, unsupported
from qdm_driver.errors import InvalidRequestError

Number = bool | int | float

CONSTANTS: Mapping[str, float] = {
    "pi": math.pi,
    "π": math.pi,
    "tau": math.tau,
    "τ": math.tau,
    "euler": math.e,
    "ℇ": math.e,
}
_INTEGER_BITS = 64
FLOAT_FUNCTIONS: Mapping[str, Callable[..., Number]] = {
    "arccos": math.acos,
    "arcsin": math.asin,
    "arctan": math.atan,
    "ceiling": lambda value: float(math.ceil(value)),
    "cos": math.cos,
    "exp": math.exp,
    "floor": lambda value: float(math.floor(value)),
    "log": math.log,
    "sin": math.sin,
    "sqrt": math.sqrt,
    "tan": math.tan,
}
_BINARY: Mapping[str, Callable[[Number, Number], Number]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
    "&&": lambda left, right: bool(left) and bool(right),
    "||": lambda left, right: bool(left) or bool(right),
}
_INTEGER_ONLY: Mapping[str, Callable[[int, int], int]] = {
    "&": operator.and_,
    "|": operator.or_,
    "^": operator.xor,
    "<<": lambda left, right: left << min(right, _INTEGER_BITS),
    ">>": operator.rshift,
}


class RemainderError(InvalidRequestError):
    """A quotient of integers that becomes an angle or a float leaves a remainder, for some values at least."""


def unary(op: str, value: Number, node: ast.QASMNode) -> Number:
    """Returns the value of an operator. Raises InvalidRequestError where there is none."""
    match op:
        case "-":
            return -value
        case "!":
            return not value
        case "~" if isinstance(value, bool):
            return not value
        case _ if isinstance(value, float):
            raise invalid(node, f"{op!r} needs an integer")
    return ~int(value)


def binary(op: str, left: Number, right: Number, node: ast.QASMNode, *, exact: bool) -> Number:
    """Returns the value of an operator; ``exact`` refuses divisions of integers that leave a remainder.

    Raises InvalidRequestError where there is no value, UnsupportedError for integers of more than 64 bits.
    """
    return _computed(lambda: _binary(op, left, right, node, exact=exact), node)


def call(name: str, arguments: list[Number], node: ast.QASMNode) -> Number:
    """Returns the value of a built-in function. Raises as ``binary``."""
    if name == "mod":
        return _computed(lambda: _remainder(*arguments), node)
    if name not in FLOAT_FUNCTIONS:
        raise invalid(node, f"unknown function {name!r}")
    return _computed(lambda: FLOAT_FUNCTIONS[name](*arguments), node)


def checked(value: Number, node: ast.QASMNode) -> Number:
    """Returns the value. Raises InvalidRequestError where it is not finite, UnsupportedError for too many bits."""
    if isinstance(value, float):
        if not math.isfinite(value):
            raise invalid(node, "this is not finite")
    elif value.bit_length() > _INTEGER_BITS:
        raise unsupported(node, f"integers of more than {_INTEGER_BITS} bits")
    return value


def _computed(work: Callable[[], Number], node: ast.QASMNode) -> Number:
    try:
        value = work()
    except (ArithmeticError, ValueError, TypeError):
        raise invalid(node, "this expression has no value") from None
    return checked(value, node)


def _binary(op: str, left: Number, right: Number, node: ast.QASMNode, *, exact: bool) -> Number:
    integers = not isinstance(left, float) and not isinstance(right, float)
    if op in _BINARY:
        return _BINARY[op](left, right)
    if op == "**":
        return _power(left, right, node)
    if op == "/":
        if integers and exact and right and left % right:
            sentence = "this division of integers leaves a remainder; write one of them with a decimal point"
            raise RemainderError(*invalid(node, sentence).violations)
        return _quotient(int(left), int(right)) if integers else left / right
    if op == "%":
        return _remainder(left, right)
    if not integers:
        raise invalid(node, f"{op!r} needs integers")
    return _INTEGER_ONLY[op](int(left), int(right))


def _quotient(left: int, right: int) -> int:
    quotient = abs(left) // abs(right)
    return quotient if (left < 0) == (right < 0) else -quotient


def _remainder(left: Number, right: Number) -> Number:
    if isinstance(left, float) or isinstance(right, float):
        return math.fmod(left, right)
    return left - right * _quotient(left, right)


def _power(base: Number, exponent: Number, node: ast.QASMNode) -> Number:
    if isinstance(base, float) or isinstance(exponent, float) or exponent < 0:
        return math.pow(base, exponent)
    if abs(base) > 1 and exponent > _INTEGER_BITS:
        raise unsupported(node, f"integers of more than {_INTEGER_BITS} bits")
    power: int = int(base) ** int(exponent)
    return power
