"""Whether counts can have come from a distribution.

The count of each bitstring is binomial, so that its tails are known exactly; a chi-square statistic is not that at the
far tails that are needed here. By the union bound over the bitstrings, right counts fail no oftener than the rate.
"""

from collections.abc import Mapping

import numpy as np
from scipy.stats import binom

ROUNDING = 1e-9
"""How much of the probability histories that were not followed, and rounding, may take."""


def check_agreement(counts: Mapping[str, int], probabilities: Mapping[str, float], rate: float) -> None:
    """Raises AssertionError where the counts are too unlikely; ``rate`` bounds how often right ones are."""
    total = sum(probabilities.values())
    assert abs(total - 1) < ROUNDING, f"probabilities add up to {total!r}"
    impossible = counts.keys() - probabilities.keys()
    assert not impossible, f"bitstrings that can't come out: {sorted(impossible)}"
    shots = sum(counts.values())
    bitstrings = sorted(probabilities)
    observed = np.array([counts.get(bits, 0) for bits in bitstrings])
    expected = np.minimum([probabilities[bits] for bits in bitstrings], 1.0)
    tails = np.minimum(binom.cdf(observed, shots, expected), binom.sf(observed - 1, shots, expected))
    unlikely = [
        f"{bits}: {count} of {shots}, expected {shots * chance:.1f}"
        for bits, count, chance, tail in zip(bitstrings, observed, expected, tails, strict=True)
        if tail < rate / (2 * len(bitstrings))
    ]
    assert not unlikely, "; ".join(unlikely)
