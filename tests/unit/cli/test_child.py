import pytest

from qdm_cli.fleet.child import failures_after


@pytest.mark.parametrize(("failures", "ran", "expected"), [(0, 0.1, 1), (3, 59.9, 4), (3, 60, 1), (9, 1e6, 1)])
def test_a_child_that_ran_a_while_begins_anew(failures: int, ran: float, expected: int) -> None:
    assert failures_after(failures, ran) == expected
