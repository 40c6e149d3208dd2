"""Formulas on bits, folded as far as bits are known; and sequences of them as numbers, the least significant first.

A bit is True or False where it is known before the program runs, and otherwise a condition on classical bits. What
would grow with the number of bits is settled: its value is written to a bit of its own, which then stands for it.
"""

from collections.abc import Callable, Iterable, Sequence

from qdm_circuits.conditions import AllOf, AnyOf, BitsEqual, Condition, Differ, Not, below, equal

Bit = bool | Condition
Bits = tuple[Bit, ...]
Settle = Callable[[Bit], Bit]


def negation(bit: Bit) -> Bit:
    """Returns the bit that is 1 where this one is 0."""
    if isinstance(bit, bool):
        return not bit
    return bit.condition if isinstance(bit, Not) else Not(bit)


def conjunction(bits: Iterable[Bit]) -> Bit:
    """Returns the bit that is 1 where all are."""
    return _joined(bits, AllOf, decided_by=False)


def disjunction(bits: Iterable[Bit]) -> Bit:
    """Returns the bit that is 1 where at least one is."""
    return _joined(bits, AnyOf, decided_by=True)


def difference(one: Bit, other: Bit) -> Bit:
    """Returns the bit that is 1 where the two differ."""
    if isinstance(one, bool):
        return negation(other) if one else other
    if isinstance(other, bool):
        return negation(one) if other else one
    return Differ(one, other)


def constant(value: int, width: int) -> Bits:
    """Returns the lowest ``width`` bits of an integer, in two's complement where it is negative."""
    digits = f"{value & (1 << width) - 1:0{width}b}"
    return tuple(digit == "1" for digit in digits[: -width - 1 : -1])


def integer(bits: Bits) -> int | None:
    """Returns the unsigned integer of the bits, ``None`` where one of them is not known."""
    if any(not isinstance(bit, bool) for bit in bits):
        return None
    return int("".join("1" if bit else "0" for bit in reversed(bits)) or "0", 2)


def equality(left: Bits, right: Bits) -> Bit:
    """Returns the bit that is 1 where both, of one length, hold the same."""
    plain: list[tuple[int, bool]] = []
    rest: list[Bit] = []
    for one, other in zip(left, right, strict=True):
        match one, other:
            case BitsEqual((clbit,), 1), bool():
                plain.append((clbit, other))
            case bool(), BitsEqual((clbit,), 1):
                plain.append((clbit, one))
            case _:
                rest.append(negation(difference(one, other)))
    if plain:
        clbits, values = zip(*plain, strict=True)
        rest.insert(0, equal(clbits, integer(values) or 0))
    return conjunction(rest)


def less(left: Bits, right: Bits, settle: Settle) -> Bit:
    """Returns the bit that is 1 where the left unsigned integer is less than the right one, of the same length."""
    pairs = list(zip(left, right, strict=True))
    while pairs and isinstance(pairs[-1][0], bool) and pairs[-1][0] == pairs[-1][1]:
        pairs.pop()
    lefts, rights = tuple(one for one, _ in pairs), tuple(other for _, other in pairs)
    left_value, right_value = integer(lefts), integer(rights)
    if right_value is not None and (clbits := _plain(lefts)):
        return _folded(below(clbits, right_value))
    if left_value is not None and (clbits := _plain(rights)):
        return negation(_folded(below(clbits, left_value + 1)))
    result: Bit = False
    for one, other in pairs:
        smaller = conjunction((negation(one), other))
        result = settle(disjunction((smaller, conjunction((negation(difference(one, other)), result)))))
    return result


def total(left: Bits, right: Bits, settle: Settle, *, carry: Bit = False) -> Bits:
    """Returns the sum of two integers of one length and of a carry, modulo two to the power of the length."""
    result: list[Bit] = []
    for one, other in zip(left, right, strict=True):
        differ = difference(one, other)
        result.append(difference(differ, carry))
        carry = settle(disjunction((conjunction((one, other)), conjunction((differ, carry)))))
    return tuple(result)


def product(left: Bits, right: Bits, settle: Settle) -> Bits:
    """Returns the product of two integers of one length, modulo two to the power of the length."""
    width = len(left)
    result = constant(0, width)
    for place, bit in enumerate(right):
        if bit is not False:
            summand = (*constant(0, place), *(settle(conjunction((one, bit))) for one in left[: width - place]))
            result = tuple(map(settle, total(result, summand, settle)))
    return result


def _joined(bits: Iterable[Bit], kind: type[AllOf] | type[AnyOf], *, decided_by: bool) -> Bit:
    unknown: list[Condition] = []
    for bit in bits:
        if bit is decided_by:
            return decided_by
        if not isinstance(bit, bool):
            unknown.append(bit)
    if len(unknown) > 1:
        return kind(tuple(unknown))
    return unknown[0] if unknown else not decided_by


def _plain(bits: Sequence[Bit]) -> tuple[int, ...]:
    """Returns the classical bits that these are, nothing where one is something else."""
    clbits: list[int] = []
    for bit in bits:
        match bit:
            case BitsEqual((clbit,), 1):
                clbits.append(clbit)
            case _:
                return ()
    return tuple(clbits)


def _folded(condition: Condition) -> Bit:
    match condition:
        case AllOf(()):
            return True
        case AnyOf(()):
            return False
    return condition
