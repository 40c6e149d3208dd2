"""Distributions that are known without simulating anything."""

from collections.abc import Iterable, Mapping
from math import asin, pi, sin, sqrt


def certain(outcome: str) -> Mapping[str, float]:
    """Returns the distribution of one outcome."""
    return {outcome: 1.0}


def evenly(outcomes: Iterable[str]) -> Mapping[str, float]:
    """Returns the distribution of outcomes that are equally likely."""
    each = [*outcomes]
    return dict.fromkeys(each, 1 / len(each))


def grover(marked: str) -> Mapping[str, float]:
    """Returns what Grover's search for one marked string finds after the usual number of iterations, ⌊π/4 √N⌋.

    It finds the marked one with probability sin²((2k + 1) arcsin 1/√N) after k iterations, all others evenly.
    """
    number = 1 << len(marked)
    iterations = int(pi / 4 * sqrt(number))
    found = sin((2 * iterations + 1) * asin(1 / sqrt(number))) ** 2
    others = (1 - found) / (number - 1)
    return {f"{value:0{len(marked)}b}": others for value in range(number)} | {marked: found}
