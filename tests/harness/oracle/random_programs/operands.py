"""Registers in scope, and the ways to write some of their places as an operand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oracle.program import Ref, Slice
from oracle.random_programs.dice import Dice

Register = tuple[str, int | None]
"""A name and a width; a width of ``None`` is a single one."""


@dataclass(frozen=True)
class Places:
    """What a name stands for: distinct places, by numbers that tell them from those of other names."""

    numbers: tuple[int, ...]
    single: bool


@dataclass(frozen=True)
class Operand:
    """A reference, the places that it may touch in its order, and its width, ``None`` where it is a single one."""

    ref: Ref
    numbers: tuple[int, ...]
    width: int | None


def registers(dice: Dice, prefix: str, total: int, *, singles: bool) -> tuple[Register, ...]:
    """Returns registers that hold so many places together; with ``singles`` some may be single ones."""
    widths: list[int | None] = []
    while free := total - sum(width or 1 for width in widths):
        widths.append(None if singles and dice.chance(25) else dice.number(1, free))
    return tuple((f"{prefix}{number}", width) for number, width in enumerate(widths))


def singles(declared: Sequence[Register]) -> list[Ref]:
    """Returns every single place of the registers."""
    return [
        ref
        for name, width in declared
        for ref in ([Ref(name)] if width is None else [Ref(name, index) for index in range(width)])
    ]


def operands(
    dice: Dice, registers: Mapping[str, Places], counters: Mapping[str, Sequence[int]], *, sets: bool
) -> list[Operand]:
    """Returns operands that can be written: every single place, whole registers, with ``sets`` some parts of them."""
    found: list[Operand] = []
    for name, places in registers.items():
        numbers, width = places.numbers, len(places.numbers)
        if places.single:
            found.append(Operand(Ref(name), numbers, None))
            continue
        found += [Operand(Ref(name, index), (number,), None) for index, number in enumerate(numbers)]
        found.append(Operand(Ref(name), numbers, width))
        for counter, values in counters.items():
            if set(values) <= set(range(width)):
                found.append(Operand(Ref(name, counter), tuple(numbers[value] for value in values), None))
        if sets:
            found.append(_negative(name, numbers))
            found.append(_slice(dice, name, numbers))
            found.append(_set(dice, name, numbers))
    return found


def _negative(name: str, numbers: tuple[int, ...]) -> Operand:
    return Operand(Ref(name, -1), (numbers[-1],), None)


def _slice(dice: Dice, name: str, numbers: tuple[int, ...]) -> Operand:
    first, last, step = dice.number(0, len(numbers) - 1), dice.number(0, len(numbers) - 1), dice.number(1, 2)
    part = Slice(first, step if first <= last else -step, last)
    picked = tuple(numbers[index] for index in part.numbers)
    return Operand(Ref(name, part), picked, len(picked))


def _set(dice: Dice, name: str, numbers: tuple[int, ...]) -> Operand:
    chosen = tuple(dice.some(range(len(numbers)), 1, len(numbers)))
    return Operand(Ref(name, chosen), tuple(numbers[index] for index in chosen), len(chosen))
