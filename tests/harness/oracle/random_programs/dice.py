"""Random choices, drawn by hypothesis so that failing programs get small: first options and low numbers are simple."""

from collections.abc import Sequence
from math import pi
from typing import TypeVar

from hypothesis import strategies as st

T = TypeVar("T")

_SIMPLE_ANGLES = (pi, pi / 2, pi / 4, -pi / 2, 0.0, 1, 2, -3, 2 * pi, pi / 3)
_QUARTER_TURNS = (pi, pi / 2, -pi / 2, 0.0)


class Dice:
    """What a composite strategy draws by."""

    def __init__(self, draw: st.DrawFn) -> None:
        self._draw = draw

    def number(self, low: int, high: int) -> int:
        """Returns a number from ``low`` to ``high``, both included."""
        return self._draw(st.integers(low, high))

    def many(self, low: int, high: int) -> int:
        """Returns a number from ``low`` to ``high``, more often a high one."""
        return max(self.number(low, high), self.number(low, high))

    def chance(self, percent: int) -> bool:
        """Returns true in about so many cases of a hundred."""
        return self.number(0, 99) >= 100 - percent

    def pick(self, options: Sequence[T]) -> T:
        """Returns one of the options."""
        return options[self.number(0, len(options) - 1)]

    def some(self, options: Sequence[T], least: int, most: int) -> list[T]:
        """Returns from ``least`` to ``most`` distinct options in any order."""
        rest = list(options)
        return [rest.pop(self.number(0, len(rest) - 1)) for _ in range(self.number(least, min(most, len(rest))))]

    def angle(self, *, quarter_turns: bool = False) -> float:
        """Returns an angle in radians."""
        if quarter_turns:
            return self.pick(_QUARTER_TURNS)
        return self.pick(_SIMPLE_ANGLES) if self.chance(50) else self._draw(st.floats(-7, 7, allow_subnormal=False))
