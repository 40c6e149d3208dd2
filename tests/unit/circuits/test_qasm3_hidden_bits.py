"""Which hidden bits survive lowering."""

import pytest

from qdm_circuits.circuit import Assign, Branch, Measure, Operation, Register, While
from qdm_circuits.conditions import BitsEqual, Differ
from qdm_circuits.gates import Gate
from qdm_circuits.qasm3.hidden_bits import finished

RESULT = [(Register("c", 1), (0,))]
X = Gate("x", (0,))
OUTCOME = Measure(0, 0)


def one(clbit: int) -> BitsEqual:
    return BitsEqual((clbit,), 1)


@pytest.mark.parametrize(
    ("operations", "kept"),
    [
        pytest.param([OUTCOME, Assign(-1, one(0))], (OUTCOME,), id="nothing-reads-it"),
        pytest.param([Measure(0, -1), OUTCOME], (Measure(0, None), OUTCOME), id="a-measurement-is-made-all-the-same"),
        pytest.param([OUTCOME, Assign(-1, one(0)), Assign(-2, one(-1))], (OUTCOME,), id="what-reads-it-is-dropped-too"),
        pytest.param([OUTCOME, Assign(-1, Differ(one(-1), one(0)))], (OUTCOME,), id="only-itself-reads-it"),
        pytest.param(
            [OUTCOME, Assign(-1, one(0)), Branch(one(-1), (Assign(-2, one(0)),))],
            (OUTCOME,),
            id="it-decides-on-nothing-that-matters",
        ),
        pytest.param(
            [OUTCOME, Assign(-1, one(0)), Branch(one(-1), (X,))],
            (OUTCOME, Assign(1, one(0)), Branch(one(1), (X,))),
            id="it-decides-on-a-gate",
        ),
        pytest.param(
            [OUTCOME, Assign(-1, one(0)), Branch(one(-1), (Branch(one(0), (Assign(0, one(-2)),)),))],
            (OUTCOME, Assign(1, one(0)), Branch(one(1), (Branch(one(0), (Assign(0, one(2)),)),))),
            id="it-decides-on-a-result-two-branches-in",
        ),
        pytest.param(
            [OUTCOME, Assign(-1, one(0)), While(one(-1), (Assign(-1, one(-2)),))],
            (OUTCOME, Assign(1, one(0)), While(one(1), (Assign(1, one(2)),))),
            id="a-loop-reads-it",
        ),
    ],
)
def test_a_hidden_bit_is_kept_where_it_decides_on_something_that_matters(
    operations: list[Operation], kept: tuple[Operation, ...]
) -> None:
    assert finished(1, RESULT, operations).operations == kept
