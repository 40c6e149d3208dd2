"""Inputs of a mebibyte, made when they are needed."""

from collections.abc import Callable
from itertools import count

MIB = 2**20

MakeInput = Callable[[], bytes]


def repeated(unit: str, head: str = "", tail: str = "") -> MakeInput:
    """Returns what makes ``head``, as many units as there is room for, and ``tail``."""

    def make() -> bytes:
        return (head + unit * ((MIB - len(head) - len(tail)) // len(unit)) + tail).encode()

    return make


def nested(opening: str, closing: str, head: str = "", middle: str = "", tail: str = "") -> MakeInput:
    """Returns what makes as many openings as there is room for, and as many closings."""

    def make() -> bytes:
        depth = (MIB - len(head) - len(middle) - len(tail)) // len(opening + closing)
        return (head + opening * depth + middle + closing * depth + tail).encode()

    return make


def numbered(unit: Callable[[int], str], head: str = "", tail: str = "") -> MakeInput:
    """Returns what makes units, each with its number, as ``repeated`` does."""

    def make() -> bytes:
        units: list[str] = []
        room = MIB - len(head) - len(tail)
        for number in count():
            units.append(unit(number))
            room -= len(units[-1])
            if room < 0:
                return (head + "".join(units[:-1]) + tail).encode()
        raise AssertionError

    return make
