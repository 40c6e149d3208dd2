"""Registers in scope, and the ways to write some of their places as an operand."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from oracle.program import Ref, Slice
from oracle.random_programs.dice import Dice


@dataclass(frozen=True)
class Places:
    """What a name stands for: distinct places, by numbers that tell them from those of other names."""

    numbers: tuple[int, ...]
    single: bool


@dataclass(frozen=True)
class Operand:
    """A reference, the places that it may touch, and its width, ``None`` where it is a single one."""

    ref: Ref
    numbers: frozenset[int]
    width: int | None


def operands(
    dice: Dice, registers: Mapping[str, Places], counters: Mapping[str, Sequence[int]], *, sets: bool
) -> list[Operand]:
    """Returns operands that can be written: every single place, whole registers, with ``sets`` some parts of them."""
    found: list[Operand] = []
    for name, places in registers.items():
        numbers, width = places.numbers, len(places.numbers)
        if places.single:
            found.append(Operand(Ref(name), frozenset(numbers), None))
            continue
        found += [Operand(Ref(name, index), frozenset({number}), None) for index, number in enumerate(numbers)]
        found.append(Operand(Ref(name), frozenset(numbers), width))
        for counter, values in counters.items():
            if set(values) <= set(range(width)):
                found.append(Operand(Ref(name, counter), frozenset(numbers[value] for value in values), None))
        if sets:
            found.append(_negative(name, numbers))
            found.append(_slice(dice, name, numbers))
            found.append(_set(dice, name, numbers))
    return found


def _negative(name: str, numbers: tuple[int, ...]) -> Operand:
    return Operand(Ref(name, -1), frozenset({numbers[-1]}), None)


def _slice(dice: Dice, name: str, numbers: tuple[int, ...]) -> Operand:
    ends = [dice.number(0, len(numbers) - 1) for _ in range(2)]
    step = dice.number(1, 2)
    part = Slice(min(ends), step, max(ends)) if dice.chance(80) else Slice(max(ends), -step, min(ends))
    picked = (
        numbers[part.start : part.stop + 1 : step] if part.step > 0 else numbers[part.stop : part.start + 1][::-step]
    )
    return Operand(Ref(name, part), frozenset(picked), len(picked))


def _set(dice: Dice, name: str, numbers: tuple[int, ...]) -> Operand:
    indices = dice.some(range(len(numbers)), 1, len(numbers))
    return Operand(Ref(name, tuple(indices)), frozenset(numbers[index] for index in indices), len(indices))
