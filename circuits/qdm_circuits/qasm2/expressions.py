"""Expressions for angles, as formulas in postfix order. All numbers are real, so ``1/2`` is a half.

They are read by operator precedence with a stack of their own (Dijkstra's shunting yard) and evaluated with another:
however deep they are nested, Python's stack is not needed.
"""

import math
import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from qdm_circuits.qasm2.tokens import Tokens
from qdm_circuits.quoting import shown


class _Parameter(NamedTuple):
    """The value of the parameter at this place among all parameters."""

    place: int


class _Operator(NamedTuple):
    """Takes the last ``arity`` values, as soon as an operator comes whose ``yields`` is at most its ``holds``."""

    arity: int
    apply: Callable[..., float]
    holds: int = 0
    yields: int = 0


_BINARY: Mapping[str, _Operator] = {
    "+": _Operator(2, operator.add, 1, 1),
    "-": _Operator(2, operator.sub, 1, 1),
    "*": _Operator(2, operator.mul, 2, 2),
    "/": _Operator(2, operator.truediv, 2, 2),
    "^": _Operator(2, math.pow, 4, 5),
}
_NEGATIVE = _Operator(1, operator.neg, 3)
_BRACKETS = _Operator(1, operator.pos)
_FUNCTIONS: Mapping[str, _Operator] = {
    "sin": _Operator(1, math.sin),
    "cos": _Operator(1, math.cos),
    "tan": _Operator(1, math.tan),
    "exp": _Operator(1, math.exp),
    "ln": _Operator(1, math.log),
    "sqrt": _Operator(1, math.sqrt),
}

_Step = float | _Parameter | _Operator

RESERVED = _FUNCTIONS.keys() | {"pi"}


@dataclass(frozen=True, slots=True)
class Formula:
    """Numbers, parameters and operators in postfix order; ``start`` is the offset of the expression."""

    steps: tuple[_Step, ...]
    start: int


def read_formula(tokens: Tokens, parameters: Mapping[str, int]) -> Formula:
    """Reads one expression, with the place of each parameter; where none is in it, the formula is a number.

    Raises InvalidRequestError where there is no expression, or it has no value.
    """
    start = tokens.start
    steps: list[_Step] = []
    waiting: list[_Operator] = []
    while True:
        while opening := _opening(tokens):
            waiting.append(opening)
        steps.append(_value(tokens, parameters))
        while tokens.text == ")":
            _settle(steps, waiting, 1)
            if not waiting:
                break
            steps.append(waiting.pop())
            tokens.advance()
        binary = _BINARY.get(tokens.text)
        if binary is None:
            break
        tokens.advance()
        _settle(steps, waiting, binary.yields)
        waiting.append(binary)
    _settle(steps, waiting, 1)
    if waiting:
        raise tokens.unexpected("')' or an operator")
    formula = Formula(tuple(steps), start)
    if any(isinstance(step, _Parameter) for step in steps):
        return formula
    return Formula((evaluate(formula, (), tokens),), start)


def evaluate(formula: Formula, arguments: Sequence[float], tokens: Tokens) -> float:
    """Returns the formula's value. Raises InvalidRequestError at its place where that is no finite number."""
    values: list[float] = []
    try:
        for step in formula.steps:
            if isinstance(step, float):
                values.append(step)
            elif isinstance(step, _Parameter):
                values.append(arguments[step.place])
            elif step.arity == 1:
                values[-1] = step.apply(values[-1])
            else:
                right = values.pop()
                values[-1] = step.apply(values[-1], right)
    except (ArithmeticError, ValueError):
        raise tokens.invalid(formula.start, "this expression has no value") from None
    (value,) = values
    if not math.isfinite(value):
        raise tokens.invalid(formula.start, "this expression is not finite")
    return value


def _opening(tokens: Tokens) -> _Operator | None:
    """Goes on over a sign, a bracket, or a function with its bracket; ``None`` where there is none of them."""
    if tokens.take("-"):
        return _NEGATIVE
    if tokens.take("("):
        return _BRACKETS
    function = _FUNCTIONS.get(tokens.text)
    if function:
        tokens.advance()
        tokens.expect("(")
    return function


def _value(tokens: Tokens, parameters: Mapping[str, int]) -> float | _Parameter:
    text = tokens.text
    if tokens.kind in ("real", "integer"):
        value: float | _Parameter = float(text)
    elif text == "pi":
        value = math.pi
    elif text in parameters:
        value = _Parameter(parameters[text])
    elif tokens.kind == "name":
        raise tokens.invalid(tokens.start, f"{shown(text)} has no value here")
    else:
        raise tokens.unexpected("an expression")
    tokens.advance()
    return value


def _settle(steps: list[_Step], waiting: list[_Operator], yields: int) -> None:
    while waiting and waiting[-1].holds >= yields:
        steps.append(waiting.pop())
