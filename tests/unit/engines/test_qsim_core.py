"""Gates on qsim do what they do in NumPy, to the precision that is promised."""

import math
import random
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from numpy_states import ARITY, PARAMS, applied

from qdm_circuits.gates import MULTI_CONTROLLED, Gate
from qdm_sidecar.engines.qsim_core import MAX_REPETITION, GateSequence, State, repetition

SINGLE = 1e-6
H = Gate("h", (0,))
SHOWN_BY_COUNTS = 1.6e-4
"""The standard deviation of a probability of one half after ten million shots."""


def random_state(num_qubits: int, seed: int) -> State:
    dice = np.random.default_rng(seed)
    state = dice.normal(size=1 << num_qubits) + 1j * dice.normal(size=1 << num_qubits)
    return (state / np.linalg.norm(state)).astype(np.complex64)


def distance(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Tells how far apart states are, whatever their global phases."""
    return float(np.linalg.norm(one - other * np.exp(1j * np.angle(np.vdot(other, one)))))


def weight(state: State, *indices: int) -> float:
    """Returns the share of these basis states in the state, or its norm squared."""
    squares = np.abs(state.astype(np.complex128)) ** 2
    return float(squares[list(indices)].sum() / squares.sum() if indices else squares.sum())


@pytest.mark.parametrize("seed", range(4))
@pytest.mark.parametrize("name", ARITY)
def test_a_gate_does_what_it_means(name: str, seed: int) -> None:
    dice = random.Random(seed)  # noqa: S311 - no secret
    qubits = tuple(dice.sample(range(4), ARITY[name]))
    gate = Gate(name, qubits, tuple(dice.uniform(-7, 7) for _ in range(PARAMS.get(name, 0))))
    before = random_state(4, seed)
    after = GateSequence(4, [gate], threads=1).applied(before)
    assert distance(after, applied(gate, before.astype(np.complex128))) < SINGLE, gate


@pytest.mark.parametrize("num_qubits", [1, 2, 3])
def test_a_state_may_be_as_small_as_one_qubit(num_qubits: int) -> None:
    gates = [Gate("h", (qubit,)) for qubit in range(num_qubits)]
    state = GateSequence(num_qubits, gates, threads=1).applied()
    np.testing.assert_allclose(state, np.full(1 << num_qubits, 2 ** (-num_qubits / 2)), atol=SINGLE)


def test_a_gate_may_have_any_number_of_controls() -> None:
    gate = Gate(MULTI_CONTROLLED, tuple(range(9)), (1.0, 0.5, 0.25, 0.125))
    before = random_state(9, 0)
    after = GateSequence(9, [gate], threads=1).applied(before)
    assert distance(after, applied(gate, before.astype(np.complex128))) < SINGLE


@pytest.mark.parametrize(("name", "turn"), [("rx", 4 * math.pi), ("rz", 4 * math.pi), ("p", 2 * math.pi)])
def test_turns_by_many_times_a_circle_are_as_exact_as_others(name: str, turn: float) -> None:
    before = random_state(2, 1)
    near, far = (GateSequence(2, [Gate(name, (0,), (0.5 + n * turn,))], threads=1).applied(before) for n in (0, 10**6))
    assert distance(near, far) < SINGLE


def test_the_state_before_is_left_as_it_is() -> None:
    before = random_state(3, 2)
    kept = before.copy()
    GateSequence(3, [Gate("h", (1,))], threads=1).applied(before)
    np.testing.assert_array_equal(before, kept)


ANGLES = [0.1, 0.7, 1.9, 3.0, 4.4, 6.0]


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize(
    ("name", "before", "after"), [("rx", [], []), ("rz", [H], [H]), ("p", [H], [H])], ids=["rx", "rz", "p"]
)
def test_a_gate_may_be_repeated_until_counts_could_show_it(
    name: str, before: list[Gate], after: list[Gate], angle: float
) -> None:
    gates = [*before, *[Gate(name, (0,), (angle,))] * MAX_REPETITION, *after]
    state = GateSequence(1, gates, threads=1).applied()
    assert weight(state, 1) == pytest.approx(math.sin(MAX_REPETITION * angle / 2) ** 2, abs=SHOWN_BY_COUNTS)


@pytest.mark.parametrize("angle", ANGLES)
@pytest.mark.parametrize("name", ["crx", "cry", "crz"])
def test_where_it_is_repeated_in_one_branch_the_other_does_not_become_the_likelier(name: str, angle: float) -> None:
    state = GateSequence(2, [H, *[Gate(name, (0, 1), (angle,))] * MAX_REPETITION], threads=1).applied()
    assert weight(state[1::2]) / weight(state) == pytest.approx(0.5, abs=SHOWN_BY_COUNTS)


TURN, OTHER, CX = Gate("rx", (0,), (1.0,)), Gate("rx", (1,), (1.0,)), Gate("cx", (0, 1))


@pytest.mark.parametrize(
    ("gates", "expected"),
    [
        ([TURN] * 1_000, 1_000),
        ([TURN] * 1_001, 1_001),
        ([TURN] * 3_000 + [OTHER] * 4_000, 5_000),
        ([TURN] * 3_000 + [CX] * 50_000, 3_000),
        ([Gate("rx", (0,), (float(number),)) for number in range(10_000)], 100),
    ],
    ids=["few", "the-same", "two", "beside-some-that-are-exact", "all-different"],
)
def test_repetition_tells_gates_that_add_up_from_those_that_do_not(gates: list[Gate], expected: float) -> None:
    assert repetition(gates) == pytest.approx(expected)
