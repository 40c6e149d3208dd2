"""Seeds, and what happens without one.

Eight tosses of 100 coins or more are the same as eight others with a probability below 1e-9.
"""

from collections.abc import Callable

import pytest

from qdm_driver.compliance.cases import skip_where
from qdm_driver.compliance.circuits.circuit import GradedCircuit
from qdm_driver.compliance.device import DriverProcess
from qdm_driver.device import Capabilities

RUNS = 8
MOST_SHOTS = 1000

Counts = dict[str, int]
Toss = Callable[..., Counts]


@pytest.fixture
def toss(capabilities: Capabilities, coin: GradedCircuit) -> Toss:
    """Tosses coins in a process; keywords are options."""

    def run(process: DriverProcess, **options: str) -> Counts:
        return dict(process.run(coin, min(MOST_SHOTS, capabilities.max_shots), **options).counts)

    return run


def test_seed(process: DriverProcess, new_process: DriverProcess, capabilities: Capabilities, toss: Toss) -> None:
    """The same seed gives the same counts, in another process too."""
    skip_where("" if capabilities.seeds else "seeds")
    first = [toss(process, seed=str(seed)) for seed in range(RUNS)]
    if first != [toss(process, seed=str(seed)) for seed in range(RUNS)]:
        pytest.fail("a repeated seed gives other counts; let all randomness follow the option", pytrace=False)
    if first != [toss(new_process, seed=str(seed)) for seed in range(RUNS)]:
        pytest.fail("a seed gives other counts in another process; start from the option alone", pytrace=False)


def test_other_seeds(process: DriverProcess, capabilities: Capabilities, toss: Toss) -> None:
    """Other seeds give other counts."""
    skip_where("" if capabilities.seeds else "seeds")
    _fail_where_all_are_equal([toss(process, seed=str(seed)) for seed in range(RUNS)], "runs with different seeds")


def test_unseeded_runs(process: DriverProcess, toss: Toss) -> None:
    """Without a seed, runs differ."""
    _fail_where_all_are_equal([toss(process) for _ in range(RUNS)], "runs without a seed")


def test_unseeded_processes(new_process: DriverProcess, other_process: DriverProcess, toss: Toss) -> None:
    """Without a seed, processes differ, although both are forked from one that imported the driver."""
    if [toss(new_process) for _ in range(RUNS)] == [toss(other_process) for _ in range(RUNS)]:
        pytest.fail(
            "two processes give the same counts: they share a random generator made at import; make it in initialize",
            pytrace=False,
        )


def _fail_where_all_are_equal(runs: list[Counts], what: str) -> None:
    if all(run == runs[0] for run in runs):
        pytest.fail(f"{what} give the same counts; draw new random numbers for each", pytrace=False)
