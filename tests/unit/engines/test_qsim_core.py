"""Gates on qsim do what they do in NumPy, to the precision that is promised."""

import math
import random
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from numpy_states import ARITY, PARAMS, applied

from qdm_circuits.gates import MULTI_CONTROLLED, Gate
from qdm_sidecar.engines.qsim_core import GateSequence, State

SINGLE = 1e-6


def random_state(num_qubits: int, seed: int) -> State:
    dice = np.random.default_rng(seed)
    state = dice.normal(size=1 << num_qubits) + 1j * dice.normal(size=1 << num_qubits)
    return (state / np.linalg.norm(state)).astype(np.complex64)


def distance(one: NDArray[Any], other: NDArray[Any]) -> float:
    """Tells how far apart states are, whatever their global phases."""
    return float(np.linalg.norm(one - other * np.exp(1j * np.angle(np.vdot(other, one)))))


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


def test_the_error_after_many_gates_stays_below_what_counts_can_show() -> None:
    dice = random.Random(3)  # noqa: S311 - no secret
    there = [Gate("u", (dice.randrange(3),), tuple(dice.uniform(-3, 3) for _ in range(3))) for _ in range(10_000)]
    back = [Gate("u", qubits, (-theta, -lam, -phi)) for _, qubits, (theta, phi, lam) in reversed(there)]
    state = GateSequence(3, [*there, *back], threads=1).applied()
    assert np.linalg.norm(state[1:]) ** 2 < 1e-7
