"""Whether counts come from a distribution, with a stated rate of false alarms.

Exact devices are judged by Pearson's chi-square test, noisy ones by total variation distance. A right device fails one
comparison with a probability of at most ``FALSE_ALARM``; a run of the kit makes fewer than a thousand of them, so it
fails a right device with a probability below 1e-6.
"""

import math
from collections.abc import Mapping

from scipy.special import chdtrc

FALSE_ALARM = 1e-9

_SIGNIFICANCE = 1e-12  # what the approximation by chi-square loses in small cells is up to three orders of magnitude
_LEAST_EXPECTED = 25.0
_CERTAIN = 1e-12  # what floating point leaves of 0


def disagreement(counts: Mapping[str, int], probabilities: Mapping[str, float], fidelity: float = 1.0) -> str:
    """Returns a sentence on how the counts contradict the probabilities, empty where they do not.

    ``counts`` hold at least one shot, ``probabilities`` add up to 1. With a fidelity below 1, a device is right whose
    own distribution is within ``1 - fidelity`` in total variation.
    """
    return _exact(counts, probabilities) if fidelity == 1 else _noisy(counts, probabilities, fidelity)


def _exact(counts: Mapping[str, int], probabilities: Mapping[str, float]) -> str:
    shots = sum(counts.values())
    for bits in sorted(filter(counts.get, counts)):
        if probabilities.get(bits, 0.0) <= _CERTAIN:
            possible = ", ".join(sorted(bits for bits, one in probabilities.items() if one > _CERTAIN))
            return f"{bits} was counted in {counts[bits]} of {shots} shots and is impossible; possible is {possible}"
    cells = _pooled(counts, probabilities, shots)
    statistic = sum((seen - expected) ** 2 / expected for seen, expected in cells)
    if len(cells) > 1 and chdtrc(len(cells) - 1, statistic) < _SIGNIFICANCE:
        return _worst(counts, probabilities, shots)
    return ""


def _pooled(counts: Mapping[str, int], probabilities: Mapping[str, float], shots: int) -> list[tuple[int, float]]:
    """Returns pairs of what was seen and what was expected; rare outcomes share a cell."""
    cells: list[tuple[int, float]] = []
    seen, expected = 0, 0.0
    for bits in sorted(probabilities, key=lambda bits: (probabilities[bits], bits)):
        seen += counts.get(bits, 0)
        expected += probabilities[bits] * shots
        if expected >= _LEAST_EXPECTED:
            cells.append((seen, expected))
            seen, expected = 0, 0.0
    if expected and cells:
        last_seen, last_expected = cells.pop()
        cells.append((last_seen + seen, last_expected + expected))
    return cells


def _noisy(counts: Mapping[str, int], probabilities: Mapping[str, float], fidelity: float) -> str:
    # The mean of the empirical distance is at most sqrt(outcomes / shots) / 2, and McDiarmid's inequality bounds what
    # chance adds to it.
    shots = sum(counts.values())
    width = max(map(len, (*counts, *probabilities)))
    outcomes = counts.keys() | probabilities.keys()
    distance = sum(abs(counts.get(bits, 0) / shots - probabilities.get(bits, 0.0)) for bits in outcomes) / 2
    chance = math.sqrt(2**width / shots) / 2 + math.sqrt(-math.log(FALSE_ALARM) / (2 * shots))
    if distance <= 1 - fidelity + chance:
        return ""
    return (
        f"the total variation distance is {distance:.3f}; a fidelity of {fidelity:g} allows {1 - fidelity:.3f}, "
        f"and chance {chance:.3f}. {_worst(counts, probabilities, shots)}"
    )


def _worst(counts: Mapping[str, int], probabilities: Mapping[str, float], shots: int) -> str:
    def excess(bits: str) -> float:
        return abs(counts.get(bits, 0) - probabilities.get(bits, 0.0) * shots)

    bits = max(sorted(counts.keys() | probabilities.keys()), key=excess)
    expected = probabilities.get(bits, 0.0) * shots
    return f"{bits} was counted in {counts.get(bits, 0)} of {shots} shots, expected were {expected:.0f}"
