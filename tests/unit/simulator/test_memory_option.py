import json
from collections import Counter
from collections.abc import Callable

import pytest

from qdm_driver import ExecutionResult, InvalidRequestError

Run = Callable[..., ExecutionResult]

COIN = 'include "stdgates.inc"; qubit q; bit[2] c; h q; c[1] = measure q;'


def test_memory_holds_one_bitstring_a_shot_whose_counts_are_the_result(run: Run) -> None:
    result = run(COIN, 100, memory="true", seed="1")
    memory = json.loads(result.metadata["memory"])
    assert len(memory) == 100
    assert Counter(memory) == result.counts
    assert memory != sorted(memory)


def test_the_same_seed_gives_the_same_memory(run: Run) -> None:
    first, second = (run(COIN, 50, memory="true", seed="5").metadata["memory"] for _ in range(2))
    assert first == second


@pytest.mark.parametrize("options", [{}, {"memory": "false"}])
def test_memory_is_left_out_unless_asked_for(run: Run, options: dict[str, str]) -> None:
    assert "memory" not in run(COIN, 10, **options).metadata


def test_memory_without_classical_bits_holds_empty_bitstrings(run: Run) -> None:
    assert run("qubit q; measure q;", 2, memory="true").metadata["memory"] == '["",""]'


def test_memory_that_no_answer_could_carry_is_refused_before_the_run(run: Run) -> None:
    with pytest.raises(InvalidRequestError, match=r"options\.memory: is given for up to 419,430 shots"):
        run(COIN, 419_431, memory="true")
