"""Conditions of ``if``: expressions on classical bits that the program has measured."""

from collections.abc import Callable, Mapping

from openqasm3 import ast

from qdm_circuits.conditions import ALWAYS, NEVER, AllOf, AnyOf, BitsEqual, Condition, Differ, Not, below, equal
from qdm_circuits.qasm3.constants import evaluate, evaluate_integer
from qdm_circuits.qasm3.names import Bits, Scope, bits_of, names_bits
from qdm_circuits.qasm3.places import invalid, unsupported

_COMPARISONS: Mapping[str, Callable[[tuple[int, ...], int], Condition]] = {
    "==": equal,
    "!=": lambda clbits, value: Not(equal(clbits, value)),
    "<": below,
    "<=": lambda clbits, value: below(clbits, value + 1),
    ">": lambda clbits, value: Not(below(clbits, value + 1)),
    ">=": lambda clbits, value: Not(below(clbits, value)),
}
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}


def read_condition(expression: ast.Expression, scope: Scope) -> Condition:
    """Returns the condition that the expression stands for. Raises InvalidRequestError or UnsupportedError."""
    match expression:
        case ast.UnaryExpression(op, operand) if op.name == "!" or (op.name == "~" and _is_truth(operand, scope)):
            return Not(read_condition(operand, scope))
        case ast.BinaryExpression(op, left, right) if op.name in _COMPARISONS:
            return _comparison(op.name, left, right, expression, scope)
        case ast.BinaryExpression(op, left, right) if op.name in ("&&", "||"):
            sides = (read_condition(left, scope), read_condition(right, scope))
            return AllOf(sides) if op.name == "&&" else AnyOf(sides)
        case ast.BinaryExpression(op, left, right) if _is_truth(left, scope) and _is_truth(right, scope):
            return _bitwise(op.name, read_condition(left, scope), read_condition(right, scope), expression)
    bits = _bits(expression, scope)
    if bits is None:
        return ALWAYS if evaluate(expression, scope) else NEVER
    return _is_one(bits.indices[0]) if bits.single else Not(equal(bits.indices, 0))


def _comparison(op: str, left: ast.Expression, right: ast.Expression, node: ast.Expression, scope: Scope) -> Condition:
    if op in ("==", "!=") and _is_truth(left, scope) and _is_truth(right, scope):
        differ = Differ(read_condition(left, scope), read_condition(right, scope))
        return differ if op == "!=" else Not(differ)
    left_bits, right_bits = _bits(left, scope), _bits(right, scope)
    if left_bits is not None and right_bits is not None:
        return _same_bits(op, left_bits, right_bits, node)
    if left_bits is not None:
        return _COMPARISONS[op](left_bits.indices, _value(right, left_bits, scope))
    if right_bits is not None:
        return _COMPARISONS[_MIRRORED.get(op, op)](right_bits.indices, _value(left, right_bits, scope))
    return ALWAYS if evaluate(node, scope) else NEVER


def _same_bits(op: str, left: Bits, right: Bits, node: ast.Expression) -> Condition:
    if op not in ("==", "!="):
        raise unsupported(node, "orderings of two registers")
    if len(left.indices) != len(right.indices):
        raise invalid(node, "registers of different size cannot be compared")
    pairs = zip(left.indices, right.indices, strict=True)
    same = AllOf(tuple(Not(Differ(_is_one(one), _is_one(other))) for one, other in pairs))
    return same if op == "==" else Not(same)


def _bitwise(op: str, left: Condition, right: Condition, node: ast.Expression) -> Condition:
    match op:
        case "&":
            return AllOf((left, right))
        case "|":
            return AnyOf((left, right))
        case "^":
            return Differ(left, right)
    raise unsupported(node, "arithmetics on classical bits")


def _is_one(clbit: int) -> Condition:
    return BitsEqual((clbit,), 1)


def _value(expression: ast.Expression, bits: Bits, scope: Scope) -> int:
    if isinstance(expression, ast.BitstringLiteral):
        if expression.width != len(bits.indices):
            raise invalid(expression, f"this has {expression.width} bits and is compared with {len(bits.indices)}")
        return expression.value
    return evaluate_integer(expression, scope)


def _is_truth(expression: ast.Expression, scope: Scope) -> bool:
    """Tells whether the expression is true or false by its form: a single bit, a comparison, a logical operation."""
    match expression:
        case ast.BooleanLiteral():
            return True
        case ast.UnaryExpression(op, operand):
            return op.name == "!" or (op.name == "~" and _is_truth(operand, scope))
        case ast.BinaryExpression(op, left, right):
            if op.name in ("&", "|", "^"):
                return _is_truth(left, scope) and _is_truth(right, scope)
            return op.name in _COMPARISONS or op.name in ("&&", "||")
    bits = _bits(expression, scope)
    return bits is not None and bits.single


def _bits(expression: ast.Expression, scope: Scope) -> Bits | None:
    match expression:
        case ast.Cast(ast.UintType(size=None) | ast.BoolType(), argument) if names_bits(argument, scope):
            bits = bits_of(argument, scope)
            if isinstance(expression.type, ast.BoolType) and not bits.single:
                raise unsupported(expression, "casts of registers to bool")
            return bits
    return bits_of(expression, scope) if names_bits(expression, scope) else None
