"""Expressions whose value is known before the program runs: sizes, indices, angles.

Integers and floats are kept apart. A division of integers that leaves a remainder is refused: OpenQASM 3 truncates it
and OpenQASM 2 did not, so whoever writes it is likely to get another angle than they meant.
"""

import math
import operator
from collections.abc import Callable, Mapping

from openqasm3 import ast

from qdm_circuits.qasm3.places import invalid, unsupported

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
_FUNCTIONS: Mapping[str, Callable[..., Number]] = {
    "arccos": math.acos,
    "arcsin": math.asin,
    "arctan": math.atan,
    "ceiling": math.ceil,
    "cos": math.cos,
    "exp": math.exp,
    "floor": math.floor,
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


def evaluate(expression: ast.Expression, scope: Mapping[str, object]) -> Number:
    """Returns the expression's value; ``scope`` gives what names mean.

    Raises InvalidRequestError where it has none, UnsupportedError where it is known only while the program runs.
    """
    try:
        value = _evaluate(expression, scope)
    except (ArithmeticError, ValueError, TypeError):
        raise invalid(expression, "this expression has no value") from None
    if isinstance(value, float):
        if not math.isfinite(value):
            raise invalid(expression, "this expression is not finite")
    elif value.bit_length() > _INTEGER_BITS:
        raise unsupported(expression, f"integers of more than {_INTEGER_BITS} bits")
    return value


def evaluate_integer(expression: ast.Expression, scope: Mapping[str, object]) -> int:
    """Returns the value of an expression that must be an integer. Raises as ``evaluate``."""
    value = evaluate(expression, scope)
    if isinstance(value, float):
        raise invalid(expression, "an integer is needed here")
    return int(value)


def evaluate_float(expression: ast.Expression, scope: Mapping[str, object]) -> float:
    """Returns the value of an expression as a float. Raises as ``evaluate``."""
    return float(evaluate(expression, scope))


def cast(value: Number, to: ast.ClassicalType, node: ast.QASMNode) -> Number:
    """Returns the value as a constant of a scalar type. Raises InvalidRequestError where it can't be one."""
    match to:
        case ast.FloatType() | ast.AngleType(size=None):
            return float(value)
        case ast.BoolType():
            return bool(value)
        case ast.UintType() if value < 0:
            raise invalid(node, "a uint must not be negative")
        case ast.IntType() | ast.UintType():
            return int(value)
    raise unsupported(node, "constants of this type")


def _evaluate(expression: ast.Expression, scope: Mapping[str, object]) -> Number:
    match expression:
        case ast.IntegerLiteral(value) | ast.FloatLiteral(value) | ast.BooleanLiteral(value):
            return value
        case ast.Identifier(name):
            return _named(expression, name, scope)
        case ast.UnaryExpression(op, operand):
            return _unary(op.name, evaluate(operand, scope), expression)
        case ast.BinaryExpression(op, left, right):
            return _binary(op.name, evaluate(left, scope), evaluate(right, scope), expression)
        case ast.FunctionCall(name, arguments):
            return _call(name, [evaluate(argument, scope) for argument in arguments])
        case ast.Cast(to, argument):
            return cast(evaluate(argument, scope), to, expression)
    raise unsupported(expression, "expressions of this kind")


def _named(node: ast.Identifier, name: str, scope: Mapping[str, object]) -> Number:
    if name in scope:
        value = scope[name]
        if isinstance(value, bool | int | float):
            return value
        raise unsupported(node, "values that are not constant")
    if name not in CONSTANTS:
        raise invalid(node, f"unknown name {name!r}")
    return CONSTANTS[name]


def _unary(op: str, value: Number, node: ast.QASMNode) -> Number:
    if op == "-":
        return -value
    if op == "!":
        return not value
    raise unsupported(node, "bitwise complements of constants")


def _binary(op: str, left: Number, right: Number, node: ast.QASMNode) -> Number:
    integers = not isinstance(left, float) and not isinstance(right, float)
    if op in _BINARY:
        return _BINARY[op](left, right)
    if op == "**":
        return _power(left, right, node)
    if op == "/":
        if integers and right and left % right:
            raise invalid(node, "this division of integers leaves a remainder; write one of them with a decimal point")
        return left // right if integers else left / right
    if op == "%":
        return left % right if integers else math.fmod(left, right)
    if not integers:
        raise invalid(node, f"{op!r} needs integers")
    return _INTEGER_ONLY[op](int(left), int(right))


def _power(base: Number, exponent: Number, node: ast.QASMNode) -> Number:
    if isinstance(base, float) or isinstance(exponent, float) or exponent < 0:
        return math.pow(base, exponent)
    if abs(base) > 1 and exponent > _INTEGER_BITS:
        raise unsupported(node, f"integers of more than {_INTEGER_BITS} bits")
    power: int = int(base) ** int(exponent)
    return power


def _call(name: ast.Identifier, arguments: list[Number]) -> Number:
    if name.name == "mod":
        left, right = arguments
        return _binary("%", left, right, name)
    if name.name not in _FUNCTIONS:
        raise unsupported(name, f"calls of {name.name!r} in constants")
    return _FUNCTIONS[name.name](*arguments)
