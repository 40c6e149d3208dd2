"""Any number of shots, on every engine."""

import tracemalloc
from collections import Counter
from collections.abc import Mapping
from typing import Any

import pytest

from qdm_circuits.circuit import Assign, Branch, Circuit, Measure, Operation, Register, While
from qdm_circuits.conditions import ALWAYS, BitsEqual
from qdm_circuits.gates import Gate
from qdm_driver import PreconditionError
from qdm_sidecar.engines.aer import AerEngine
from qdm_sidecar.engines.aer_plan import Plan
from qdm_sidecar.engines.choice import Engine, make_ready
from qdm_sidecar.engines.run import SHOTS_AT_ONCE, parts

AER = AerEngine(memory_bytes=2**28, threads=1)
H, TILT, M, OTHER_M = Gate("h", (0,)), Gate("rx", (0,), (1.0,)), Measure(0, 0), Measure(1, 1)
CX = Gate("cx", (0, 1))
CIRCUITS: dict[str, tuple[Operation, ...]] = {
    "stabilizer": (H, CX, M, OTHER_M),
    "statevector": (TILT, CX, M, OTHER_M),
    "outcome_tree": (TILT, M, Branch(BitsEqual((0,), 1), (Gate("x", (1,)),)), OTHER_M),
}


@pytest.mark.parametrize("method", CIRCUITS)
@pytest.mark.parametrize("shots", [1, 1_000, 2 * SHOTS_AT_ONCE + 1])
def test_counts_add_up_and_a_seed_repeats_them(method: str, shots: int) -> None:
    ready = make_ready(Circuit(2, (Register("c", 2),), CIRCUITS[method]), AER, 20, None)
    assert ready.method == method
    first, again = (ready.run(shots, 7).counts for _ in range(2))
    assert first == again
    assert sum(first.values()) == shots
    assert first.keys() <= {"00", "11"}


@pytest.mark.parametrize("method", CIRCUITS)
def test_memory_holds_every_shot_of_the_counts(method: str) -> None:
    run = make_ready(Circuit(2, (Register("c", 2),), CIRCUITS[method]), AER, 20, None).run(500, 7, memory=True)
    assert {bits: run.memory.count(bits) for bits in run.counts} == run.counts
    assert len(run.memory) == 500
    assert list(run.memory) != sorted(run.memory)


@pytest.mark.parametrize("method", CIRCUITS)
def test_counts_are_the_same_with_and_without_memory(method: str) -> None:
    ready = make_ready(Circuit(2, (Register("c", 2),), CIRCUITS[method]), AER, 20, None)
    shots = SHOTS_AT_ONCE + 1_000
    assert ready.run(shots, 7, memory=True).counts == ready.run(shots, 7).counts


def test_many_shots_of_many_bits_take_no_memory_for_all_of_them() -> None:
    ready = make_ready(Circuit(1, (Register("c", 10_000),), (H, M)), AER, 20, Engine.STIM)
    tracemalloc.start()
    ready.run(20_000, 7)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 200 * 2**20


def test_parts_add_up() -> None:
    assert [list(parts(shots, 10)) for shots in (0, 1, 10, 25)] == [[], [1], [10], [10, 10, 5]]


@pytest.mark.parametrize("engine", [Engine.AER, Engine.QSIM])
@pytest.mark.parametrize("measured", [M, Measure(0, None)], ids=["measured", "measured-and-forgotten"])
def test_bits_that_only_an_assignment_writes_are_counted(engine: Engine, measured: Measure) -> None:
    circuit = Circuit(2, (Register("c", 2),), (measured, Assign(1, ALWAYS)))
    assert make_ready(circuit, AER, 20, engine).run(10, 7).counts == {"10": 10}


class CountingAer(AerEngine):
    """Aer that tells how many shots were asked of it."""

    shots = 0

    def execute(self, plan: Plan, circuit: Any, shots: int, seed: int | None, *, memory: bool) -> Mapping[str, Any]:
        self.shots += shots
        return super().execute(plan, circuit, shots, seed, memory=memory)


def endless_where_one(before: Gate) -> Circuit:
    return Circuit(1, (Register("c", 1),), (before, M, While(BitsEqual((0,), 1), (M,))))


X, TILT_OTHER = Gate("x", (0,)), Gate("rx", (1,), (1.0,))
SELDOM = Gate("rx", (0,), (0.5,))  # 1 with a probability of 0.061


@pytest.mark.parametrize(("before", "most"), [(X, 1), (H, 300), (SELDOM, 300)], ids=["always", "often", "seldom"])
def test_aer_is_asked_for_few_shots_of_a_loop_that_does_not_end(before: Gate, most: int) -> None:
    aer = CountingAer(memory_bytes=2**28, threads=1)
    ready = make_ready(endless_where_one(before), aer, 20, Engine.AER)
    with pytest.raises(PreconditionError, match="went round more than 10,000 times"):
        ready.run(1_000, 7)
    assert 0 < aer.shots <= most


@pytest.mark.parametrize("shots", [1, 2, 17, 18, 5_000])
def test_aer_runs_every_shot_of_a_loop_once_and_a_seed_repeats_them(shots: int) -> None:
    aer = CountingAer(memory_bytes=2**28, threads=1)
    circuit = Circuit(2, (Register("c", 2),), (H, M, While(BitsEqual((0,), 1), (H, M, TILT_OTHER)), OTHER_M))
    ready = make_ready(circuit, aer, 20, Engine.AER)
    first, again = (ready.run(shots, 7, memory=True) for _ in range(2))
    assert aer.shots == 2 * shots
    assert first.memory == again.memory
    assert first.counts == Counter(first.memory) == ready.run(shots, 7).counts
    assert len(first.memory) == shots


def test_shots_of_a_loop_on_aer_do_not_repeat_one_another() -> None:
    tosses = [step for clbit in range(1, 61) for step in (H, Measure(0, clbit))]
    circuit = Circuit(1, (Register("c", 61),), (H, M, While(BitsEqual((0,), 1), (H, M)), *tosses))
    memory = make_ready(circuit, AER, 20, Engine.AER).run(1_000, 7, memory=True).memory
    assert len(set(memory)) == 1_000  # but for one run of 10^12
