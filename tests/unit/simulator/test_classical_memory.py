"""Loops, assignments and hidden bits, as Aer runs them."""

import pytest

from qdm_circuits.circuit import Assign, Branch, Circuit, Measure, Operation, Register, While
from qdm_circuits.conditions import ALWAYS, AllOf, BitsBelow, BitsEqual, Condition, Differ, Not
from qdm_circuits.gates import Gate
from qdm_driver import PreconditionError
from qdm_sidecar.engines.aer import AerEngine, CircuitOnAer
from qdm_sidecar.engines.aer_plan import Method, Plan
from qdm_sidecar.engines.run import Run

ONE = BitsEqual((0,), 1)
TOSS = (Gate("h", (0,)), Measure(0, 0))
ENGINE = AerEngine(memory_bytes=2**28, threads=1)


def run(operations: tuple[Operation, ...], width: int, hidden: int = 0, shots: int = 200) -> Run:
    circuit = Circuit(1, (Register("c", width),), operations, hidden)
    return CircuitOnAer(ENGINE, Plan(Method.STATEVECTOR, circuit)).run(shots, 7, memory=True)


def increment(clbits: tuple[int, ...]) -> list[Operation]:
    def carry(place: int) -> Condition:
        return AllOf(tuple(BitsEqual((lower,), 1) for lower in clbits[:place]))

    return [Assign(bit, Differ(BitsEqual((bit,), 1), carry(place))) for place, bit in reversed([*enumerate(clbits)])]


def test_a_loop_goes_on_until_its_condition_fails() -> None:
    assert run((While(Not(ONE), TOSS),), 1).counts == {"1": 200}


def test_a_loop_whose_condition_fails_at_once_is_skipped() -> None:
    assert run((Measure(0, 0), While(ONE, (Assign(1, ALWAYS),))), 2).counts == {"00": 200}


def test_a_loop_in_a_loop_begins_anew_each_time() -> None:
    counter = (1, 2)
    inner = (Assign(0, ONE), While(Not(ONE), TOSS), Assign(0, Not(ALWAYS)))
    outer = While(BitsBelow(counter, 3), (*inner, *increment(counter)))
    assert run((outer, *TOSS), 3).counts.keys() == {"110", "111"}


def test_hidden_bits_keep_values_and_stay_out_of_the_result() -> None:
    operations = (*TOSS, Assign(2, ONE), *TOSS, Assign(1, Differ(BitsEqual((2,), 1), ONE)), Assign(0, Not(ALWAYS)))
    assert run(operations, 2, hidden=1).counts.keys() == {"00", "10"}


def test_an_assignment_reads_its_bits_before_it_writes() -> None:
    assert run((Assign(0, Not(ONE)), Assign(1, ONE), Assign(0, Not(ONE)), Measure(0, None)), 2).counts == {"10": 200}


@pytest.mark.parametrize("method", Method)
def test_every_method_runs_loops_and_assignments(method: Method) -> None:
    loop = While(Not(ONE), (*TOSS, Branch(ONE, (Assign(1, ALWAYS),))))
    circuit = Circuit(1, (Register("c", 2),), (loop,))
    assert CircuitOnAer(ENGINE, Plan(method, circuit)).run(50, 1).counts == {"11": 50}


def test_a_loop_that_does_not_end_is_refused() -> None:
    with pytest.raises(PreconditionError, match="more than 10,000 times"):
        run((Measure(0, 0), While(Not(ONE), (Gate("h", (0,)),))), 1, shots=2)


def test_loops_may_go_round_ten_thousand_times() -> None:
    counter = tuple(range(1, 15))
    operations = (Measure(0, 0), While(BitsBelow(counter, 10_000), tuple(increment(counter))))
    assert run(operations, 1, hidden=14, shots=2).counts == {"0": 2}


def test_memory_holds_the_bitstring_of_each_shot() -> None:
    result = run((*TOSS, Assign(1, Not(ONE))), 2)
    assert {bits: result.memory.count(bits) for bits in set(result.memory)} == result.counts
    assert result.counts.keys() == {"01", "10"}
