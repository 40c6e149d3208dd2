"""Counts name what was not seen."""

from itertools import product

from tiny_driver import TinyDriver, TinyOptions


class ZeroCountsDriver(TinyDriver):
    """Gives a count for every bitstring."""

    def draw(self, probabilities: dict[str, float], shots: int, options: TinyOptions) -> dict[str, int]:
        counts = super().draw(probabilities, shots, options)
        width = len(next(iter(counts)))
        return {bits: counts.get(bits, 0) for bits in map("".join, product("01", repeat=width))}
