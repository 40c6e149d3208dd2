import math
import random

import pytest
from scipy.stats import binom, multinomial

from qdm_driver.compliance.circuits.catalogue import graded_circuits, symbolic_circuits
from qdm_driver.compliance.distributions import FALSE_ALARM, disagreement
from qdm_driver.compliance.malformed import malformed_payloads

SHOTS = 4096
COIN = {"0": 0.5, "1": 0.5}


@pytest.mark.parametrize(
    ("counts", "probabilities"),
    [
        ({"1": SHOTS}, {"1": 1.0}),
        ({"1": SHOTS}, {"0": 0.0, "1": 1.0}),
        ({"0": 0, "1": SHOTS}, {"1": 1.0}),
        ({"0": 2100, "1": 1996}, COIN),
        ({"0": 1}, COIN),
        ({"00": 2000, "11": 2090, "01": 6}, {"00": 0.5, "11": 0.499, "01": 0.001}),
    ],
)
def test_counts_that_may_well_come_from_the_distribution_agree(
    counts: dict[str, int], probabilities: dict[str, float]
) -> None:
    assert disagreement(counts, probabilities) == ""


@pytest.mark.parametrize(
    ("counts", "probabilities", "sentence"),
    [
        ({"0": 1, "1": 4095}, {"1": 1.0}, "0 was counted in 1 of 4096 shots and is impossible; possible is 1"),
        ({"10": SHOTS}, {"01": 1.0}, "10 was counted in 4096 of 4096 shots and is impossible; possible is 01"),
        ({"0": 2400, "1": 1696}, COIN, "0 was counted in 2400 of 4096 shots, expected were 2048"),
        ({"0": SHOTS}, COIN, "0 was counted in 4096 of 4096 shots, expected were 2048"),
        (
            {"0": 2500, "1": 798, "2": 798},
            {"0": 0.5, "1": 0.3, "2": 0.2},
            "0 was counted in 2500 of 4096 shots, expected were 2048",
        ),
    ],
)
def test_counts_that_contradict_the_distribution_are_told_with_their_worst_outcome(
    counts: dict[str, int], probabilities: dict[str, float], sentence: str
) -> None:
    assert disagreement(counts, probabilities) == sentence


@pytest.mark.parametrize("chance", [0.0005, 0.0062, 0.01, 0.05, 0.1464, 0.25, 0.333, 0.5])
def test_the_rate_of_false_alarms_of_two_outcomes_is_below_what_is_stated(chance: float) -> None:
    """Adds up the exact probabilities of all counts that the test rejects."""
    probabilities = {"0": 1 - chance, "1": chance}
    rejected = [ones for ones in range(SHOTS + 1) if disagreement({"0": SHOTS - ones, "1": ones}, probabilities)]
    assert sum(binom.pmf(rejected, SHOTS, chance)) < FALSE_ALARM


def test_the_rate_of_false_alarms_of_four_outcomes_is_below_what_is_stated() -> None:
    shots, chances = 100, (0.25, 0.25, 0.25, 0.25)
    every = [
        (a, b, c, shots - a - b - c)
        for a in range(shots + 1)
        for b in range(shots + 1 - a)
        for c in range(shots + 1 - a - b)
    ]
    names = ("00", "01", "10", "11")
    uniform = dict(zip(names, chances, strict=True))
    rejected = [counts for counts in every if disagreement(dict(zip(names, counts, strict=True)), uniform)]
    assert sum(multinomial.pmf(rejected, shots, chances)) < FALSE_ALARM


def test_a_run_makes_fewer_than_a_thousand_comparisons() -> None:
    after_refusals = len(malformed_payloads())
    elsewhere = 50  # last qubits, cancellations, processes, calibration
    assert len(graded_circuits()) + len(symbolic_circuits()) + after_refusals + elsewhere < 1000


@pytest.mark.parametrize("fidelity", [0.99, 0.9, 0.5])
def test_a_noisy_device_may_be_off_by_what_its_fidelity_leaves(fidelity: float) -> None:
    error = 1 - fidelity
    counts = {"00": round(SHOTS * (0.5 - error / 2)), "11": round(SHOTS * (0.5 - error / 2)), "01": 0}
    counts["01"] = SHOTS - sum(counts.values())
    assert disagreement(counts, {"00": 0.5, "11": 0.5}, fidelity) == ""


@pytest.mark.parametrize("fidelity", [0.99, 0.9, 0.5])
def test_a_noisy_device_may_not_be_off_by_more(fidelity: float) -> None:
    error = 1 - fidelity + 0.12
    wrong = round(SHOTS * error)
    sentence = disagreement({"1": SHOTS - wrong, "0": wrong}, {"1": 1.0}, fidelity)
    assert f"a fidelity of {fidelity} allows {1 - fidelity:.3f}" in sentence


def test_the_rate_of_false_alarms_of_a_noisy_device_is_below_what_is_stated() -> None:
    """Adds up the exact tail, at the very edge of what the fidelity allows."""
    rejected = [ones for ones in range(SHOTS + 1) if disagreement({"0": SHOTS - ones, "1": ones}, COIN, 0.9)]
    assert sum(binom.pmf(rejected, SHOTS, 0.6)) < FALSE_ALARM


def test_shots_drawn_from_a_distribution_agree_with_it() -> None:
    rng = random.Random(20)  # noqa: S311 - false alarms: 64 of at most 1e-9
    for outcomes in (2, 3, 8, 64):
        for _ in range(16):
            weights = [rng.expovariate(1) for _ in range(outcomes)]
            chances = {f"{index:06b}": weight / math.fsum(weights) for index, weight in enumerate(weights)}
            drawn = rng.choices(list(chances), list(chances.values()), k=SHOTS)
            assert disagreement({bits: drawn.count(bits) for bits in set(drawn)}, chances) == ""
