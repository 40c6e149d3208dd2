"""Random expressions of a type, of what is in scope."""

from collections.abc import Sequence

from oracle.classical import width_of
from oracle.program import BIT, BOOL, Binary, Cast, Expression, Kind, Literal, Ref, Type, Unary, Value
from oracle.random_programs.dice import Dice
from oracle.random_programs.operands import operands
from oracle.random_programs.scope import Scope

_COMPARISONS = ("==", "!=", "<", "<=", ">", ">=")
OPERATORS: dict[Kind, tuple[str, ...]] = {
    Kind.UINT: ("+", "-", "^", "&", "|", "*"),
    Kind.INT: ("+", "-", "*"),
    Kind.BIT: ("^", "&", "|"),
}


def literals_of(type_: Type) -> range:
    """Returns the values of a type, of a machine's integer small ones only."""
    if type_.width is None and type_.kind in (Kind.INT, Kind.UINT):
        return range(4)
    count = 1 << width_of(type_)
    return range(-count // 2, count // 2) if type_.kind is Kind.INT else range(count)


def expression(dice: Dice, scope: Scope, type_: Type, depth: int = 2) -> Expression:
    """Returns an expression of the type, so deep at most."""
    if type_ == BOOL:
        return Cast(BOOL, condition(dice, scope, depth))
    if depth and dice.chance(45):
        return _composed(dice, scope, type_, depth - 1)
    return dice.pick(_leaves(dice, scope, type_))


def condition(dice: Dice, scope: Scope, depth: int = 2) -> Expression:
    """Returns a truth value: what ``if`` and ``while`` take."""
    if depth and dice.chance(35):
        if dice.chance(30):
            return Unary("!", condition(dice, scope, depth - 1))
        return Binary(dice.pick(("&&", "||")), condition(dice, scope, depth - 1), condition(dice, scope, depth - 1))
    makers = [_truth]
    if scope.bits:
        makers += [_comparison_of_bits] * 2
    if _numbers(scope):
        makers += [_comparison_of_numbers] * 2
    return dice.pick(makers)(dice, scope)


def bit_operands(dice: Dice, scope: Scope) -> dict[Ref, Type]:
    """Returns the bits in scope, in the ways to write some of them, with the type that each has."""
    return {
        item.ref: Type(Kind.BIT, item.width)
        for item in operands(dice, scope.bits, scope.counters, sets=dice.chance(20))
    }


def _numbers(scope: Scope) -> dict[str, Type]:
    return {name: type_ for name, type_ in scope.readable().items() if type_.kind in (Kind.INT, Kind.UINT)}


def _truth(dice: Dice, scope: Scope) -> Expression:
    bits: list[Expression] = [Value(ref) for ref, type_ in bit_operands(dice, scope).items() if type_ == BIT]
    known = [Value(Ref(name)) for name, type_ in scope.readable().items() if type_ in (BOOL, BIT)]
    return dice.pick([*bits, *known, Literal(1, BOOL)])


def _comparison_of_bits(dice: Dice, scope: Scope) -> Expression:
    ref, type_ = dice.pick(list(bit_operands(dice, scope).items()))
    number = dice.number(0, (1 << (type_.width or 1)) - 1)
    if type_ != BIT and dice.chance(40):
        return Binary(dice.pick(("==", "!=")), Value(ref), Literal(number, type_))
    return Binary(dice.pick(_COMPARISONS), Value(ref), Literal(number))


def _comparison_of_numbers(dice: Dice, scope: Scope) -> Expression:
    name, type_ = dice.pick(list(_numbers(scope).items()))
    left: Expression = Value(Ref(name))
    if dice.chance(50):
        return Binary(dice.pick(_COMPARISONS), left, Literal(dice.pick(literals_of(type_))))
    left = expression(dice, scope, type_, 1) if dice.chance(50) else left
    return Binary(dice.pick(_COMPARISONS), left, expression(dice, scope, type_, 1))


def _composed(dice: Dice, scope: Scope, type_: Type, depth: int) -> Expression:
    if type_ != BIT and type_.kind is not Kind.INT and dice.chance(30):
        operand = expression(dice, scope, type_, depth)
        if dice.chance(50):
            return Unary("~", operand)
        return Binary(dice.pick(("<<", ">>")), operand, Literal(dice.number(0, type_.width or 1)))
    operator = dice.pick(OPERATORS[type_.kind])
    return Binary(operator, expression(dice, scope, type_, depth), expression(dice, scope, type_, depth))


def _leaves(dice: Dice, scope: Scope, type_: Type) -> Sequence[Expression]:
    leaves: list[Expression] = [Literal(dice.pick(literals_of(type_)), type_)]
    leaves += [Value(Ref(name)) for name, other in scope.readable().items() if other == type_] * 2
    for ref, other in bit_operands(dice, scope).items():
        if other == type_:
            leaves.append(Value(ref))
        elif other.width == type_.width is not None:
            leaves.append(Cast(type_, Value(ref)))
    if type_.kind is Kind.BIT and type_.width is not None:
        leaves += [
            Cast(type_, Value(Ref(name))) for name, other in _numbers(scope).items() if other.width == type_.width
        ]
    return leaves
