"""Gates by angles that are Clifford gates by name."""

import math
from functools import reduce
from itertools import product

import numpy as np
import pytest
from numpy.typing import NDArray

from qdm_circuits.gates import Gate, meaning
from qdm_circuits.unitary import unitary
from qdm_sidecar.engines.clifford import as_clifford

QUARTER = math.pi / 2


def clifford_gates(gate: Gate) -> list[Gate] | None:
    named = as_clifford([gate])
    return named if named is None else [item for item in named if isinstance(item, Gate)]


def matrix(gate: Gate) -> NDArray[np.complex128]:
    return np.array(unitary(meaning(gate)))


@pytest.mark.parametrize("turns", [*product(range(-1, 4), repeat=3)])
def test_u_by_quarter_turns_is_clifford_gates_up_to_a_phase(turns: tuple[int, int, int]) -> None:
    gate = Gate("u", (0,), tuple(turn * QUARTER for turn in turns))
    identity: NDArray[np.complex128] = np.eye(2, dtype=np.complex128)
    made = reduce(lambda before, item: matrix(item) @ before, clifford_gates(gate) or [], identity)
    assert abs(np.trace(made.conj().T @ matrix(gate))) == pytest.approx(2)


@pytest.mark.parametrize(
    ("angle", "names"), [(0, []), (math.pi, ["cz"]), (-math.pi, ["cz"]), (2 * math.pi, []), (QUARTER, None)]
)
def test_a_controlled_phase_is_one_by_half_turns(angle: float, names: list[str] | None) -> None:
    named = clifford_gates(Gate("cp", (0, 1), (angle,)))
    assert (named if named is None else [gate.name for gate in named]) == names


@pytest.mark.parametrize(("turns", "name"), [(4_001, "sx"), (-400_001, "sxdg")])
def test_many_quarter_turns_are_as_good_as_few(turns: int, name: str) -> None:
    assert clifford_gates(Gate("rx", (0,), (turns * QUARTER,))) == [Gate(name, (0,))]


@pytest.mark.parametrize(
    "gate",
    [
        Gate("u", (0,), (QUARTER, 0.1, 0)),
        Gate("rx", (0,), (1.0,)),
        Gate("rx", (0,), (1e6,)),
        Gate("rx", (0,), (1e16,)),
        Gate("rx", (0,), (1e308,)),
        Gate("u", (0,), (QUARTER, 0, -1e300)),
        Gate("t", (0,)),
    ],
    ids=str,
)
def test_other_gates_are_none(gate: Gate) -> None:
    assert as_clifford([gate]) is None
