"""A quantum computer in NumPy that follows one history of measurement outcomes."""

from collections.abc import Mapping, Sequence
from math import pi

import numpy as np

from oracle.gates import applied
from oracle.matrices import I2, H, Matrix, X, phase

IMPOSSIBLE = 1e-12
"""What is less likely than this is taken for a rounding error, and not followed."""

_INTO_Z: Mapping[str, Matrix] = {"X": H, "Y": H @ phase(-pi / 2), "Z": I2}


class ImpossibleError(Exception):
    """The history is one that never happens."""


class Machine:
    """Qubits that start as |0>. Its outcomes are those given; from then on, the first that is possible.

    ``probability`` is that of the history so far; ``alternatives`` are the histories that branch off after the given
    outcomes, each one to be given to another machine.
    """

    def __init__(self, num_qubits: int, given: Sequence[int]) -> None:
        self.num_qubits = num_qubits
        self.probability = 1.0
        self.alternatives: list[tuple[int, ...]] = []
        self._given = given
        self._outcomes: list[int] = []
        self._state = np.zeros((2,) * num_qubits, dtype=np.complex128)
        self._state[(0,) * num_qubits] = 1

    def apply(self, gate: Matrix, qubits: Sequence[int]) -> None:
        """Applies a gate."""
        assert len(set(qubits)) == len(qubits)
        self._state = applied(gate, qubits, self._state)

    def measure(self, qubit: int, basis: str = "Z") -> int:
        """Collapses a qubit in a basis, and returns its outcome. Raises ImpossibleError."""
        self.apply(_INTO_Z[basis], [qubit])
        chances = [float(np.sum(np.abs(np.take(self._state, outcome, axis=qubit)) ** 2)) for outcome in (0, 1)]
        outcome = self._next_outcome(chances)
        self._outcomes.append(outcome)
        self.probability *= chances[outcome]
        if self.probability <= IMPOSSIBLE:
            raise ImpossibleError
        projector = np.diag([1 - outcome, outcome]) / np.sqrt(chances[outcome])
        self.apply(projector.astype(np.complex128), [qubit])
        self.apply(_INTO_Z[basis].conj().T, [qubit])
        return outcome

    def reset(self, qubit: int) -> None:
        """Brings a qubit to |0>. Raises ImpossibleError."""
        if self.measure(qubit):
            self.apply(X, [qubit])

    def _next_outcome(self, chances: Sequence[float]) -> int:
        if len(self._outcomes) < len(self._given):
            return self._given[len(self._outcomes)]
        first, *others = (outcome for outcome in (0, 1) if chances[outcome] > IMPOSSIBLE)
        self.alternatives += [(*self._outcomes, other) for other in others]
        return first
