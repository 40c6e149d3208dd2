import pytest

from qdm_cli.fleet.backoff import failures_after, restart_delay


@pytest.mark.parametrize(
    ("failures", "seconds"), [(1, 0.5), (2, 1), (3, 2), (4, 4), (5, 8), (6, 16), (7, 30), (8, 30), (5000, 30)]
)
def test_a_child_that_dies_again_is_started_ever_more_slowly(failures: int, seconds: float) -> None:
    assert restart_delay(failures) == seconds


@pytest.mark.parametrize(("failures", "ran", "expected"), [(0, 0.1, 1), (3, 59.9, 4), (3, 60, 1), (9, 1e6, 1)])
def test_a_child_that_ran_a_while_begins_anew(failures: int, ran: float, expected: int) -> None:
    assert failures_after(failures, ran) == expected
