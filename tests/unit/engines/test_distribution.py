"""Basis states are drawn as often as the squares of their amplitudes say, of small and of large states."""

import numpy as np
import pytest
from scipy.stats import chi2

from qdm_sidecar.engines.distribution import Distribution

RATE = 1e-7
SMALL, IN_PARTS = 3, 18


def spread(num_qubits: int, weights: dict[int, float]) -> Distribution:
    state = np.zeros(1 << num_qubits, np.complex64)
    for index, weight in weights.items():
        state[index] = 1j * weight**0.5
    return Distribution(state)


@pytest.mark.parametrize("num_qubits", [SMALL, IN_PARTS])
def test_states_are_drawn_by_their_weights_even_where_these_do_not_add_up_to_one(num_qubits: int) -> None:
    """A chi-square test at a rate of 1e-7, with a seed that is fixed."""
    last = (1 << num_qubits) - 1
    weights = {0: 0.1, 1: 0.2, last - 2: 0.4, last: 0.6}
    drawn = spread(num_qubits, weights).draw(50_000, np.random.default_rng(1))
    assert set(drawn.tolist()) == weights.keys()
    wanted = {index: 50_000 * weight / sum(weights.values()) for index, weight in weights.items()}
    statistic = sum((np.count_nonzero(drawn == index) - number) ** 2 / number for index, number in wanted.items())
    assert chi2.sf(statistic, len(weights) - 1) > RATE


@pytest.mark.parametrize("num_qubits", [SMALL, IN_PARTS])
@pytest.mark.parametrize("place", [0.0, 1.0])
def test_the_ends_of_what_is_drawn_from_are_possible_outcomes(num_qubits: int, place: float) -> None:
    class Edge(np.random.Generator):
        def random(self, size: int) -> np.ndarray[tuple[int], np.dtype[np.float64]]:  # type: ignore[override]
            return np.full(size, place)

    middle = 1 << (num_qubits - 1)
    drawn = spread(num_qubits, {middle: 0.7, middle + 1: 0.2}).draw(3, Edge(np.random.PCG64()))
    assert drawn.tolist() == [middle + round(place)] * 3
