"""What measuring a state may give: basis states by the squares of their amplitudes."""

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from qdm_sidecar.engines.qsim_core import State

AMPLITUDES_AT_ONCE = 1 << 16
"""Up to so many amplitudes a distribution takes 8 bytes each; larger ones keep their state."""


class Distribution:
    """Basis states to be drawn, of a state that need not be normalised.

    Of a small state it keeps the cumulated squares alone. Larger ones are kept and gone through in parts, so that
    their squares need no memory beside them.
    """

    def __init__(self, state: State) -> None:
        self._only: NDArray[np.float64] | None = None
        if len(state) <= AMPLITUDES_AT_ONCE:
            self._only = _cumulated(state)
            return
        self._parts = state.reshape(-1, AMPLITUDES_AT_ONCE)
        self._ends = np.cumsum([_squares(part).sum(dtype=np.float64) for part in self._parts])

    def draw(self, shots: int, rng: Generator) -> NDArray[np.int64]:
        """Draws basis states, one a shot, and returns them in rising order, in which they are found soonest."""
        shares = np.sort(rng.random(shots))
        if self._only is not None:
            return _found(self._only, shares)
        places = _below(self._ends[-1], shares)
        bounds = np.searchsorted(places, self._ends[:-1])
        drawn: list[NDArray[np.int64]] = []
        start = 0.0
        for number, (chosen, end) in enumerate(zip(np.split(places, bounds), self._ends, strict=True)):
            if len(chosen):
                cumulated = _cumulated(self._parts[number])
                drawn.append(number * len(cumulated) + _found(cumulated, (chosen - start) / (end - start)))
            start = end
        return np.concatenate(drawn)


def _squares(part: State) -> NDArray[np.float32]:
    return part.real**2 + part.imag**2


def _cumulated(part: State) -> NDArray[np.float64]:
    return np.cumsum(_squares(part), dtype=np.float64)


def _found(cumulated: NDArray[np.float64], shares: NDArray[np.float64]) -> NDArray[np.int64]:
    return np.searchsorted(cumulated, _below(cumulated[-1], shares), side="right")


def _below(end: np.float64, shares: NDArray[np.float64]) -> NDArray[np.float64]:
    """Returns shares of the whole; none is rounded up to all of it, where an outcome may follow that cannot be."""
    return np.minimum(shares * end, np.nextafter(end, 0))
