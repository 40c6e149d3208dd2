import pytest

from qdm_common.byte_budget import ByteBudget
from qdm_driver import ExhaustedError

MIB = 2**20


def test_requests_share_the_bytes_and_give_them_back() -> None:
    budget = ByteBudget(10 * MIB)
    with budget.taken(6 * MIB):
        with budget.taken(4 * MIB), pytest.raises(ExhaustedError, match=r"10 MiB are in progress .* for 10 MiB") as no:
            budget.taken(1).__enter__()
        assert no.value.retry_after == 1
        with budget.taken(4 * MIB):
            pass


def test_a_request_that_fails_gives_its_bytes_back() -> None:
    budget = ByteBudget(10)
    with pytest.raises(KeyError), budget.taken(10):
        raise KeyError
    with budget.taken(10):
        pass


def test_a_request_that_is_alone_may_be_larger_than_the_budget() -> None:
    budget = ByteBudget(10)
    with budget.taken(11), pytest.raises(ExhaustedError):
        budget.taken(1).__enter__()
