"""Gates under modifiers and gates made of gates, as matrices; and what a matrix does to a state."""

from collections.abc import Mapping, Sequence
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from oracle.matrices import STANDARD, Matrix, controlled, power
from oracle.program import Apply, Control, GateDefinition, Inverse, Modifier, Power

Angles = Mapping[str, float]


def applied(gate: Matrix, qubits: Sequence[int], state: NDArray[np.complex128]) -> NDArray[np.complex128]:
    """Returns the state after a gate; axis i of a state is qubit i."""
    k = len(qubits)
    tensor = gate.reshape((2,) * (2 * k))
    after = np.tensordot(tensor, state, axes=(range(k, 2 * k), qubits))
    return np.moveaxis(after, range(k), qubits)


def matrix_of(call: Apply, angles: Angles, definitions: Mapping[str, GateDefinition]) -> Matrix:
    """Returns the matrix of a call on single qubits, its modifiers included; ``angles`` are the names in its scope."""
    values = [angle.factor * (1 if angle.name is None else angles[angle.name]) for angle in call.angles]
    if call.gate in definitions:
        base = _matrix_of_definition(definitions[call.gate], values, definitions)
    else:
        base = STANDARD[call.gate](*values)
    return reduce(_modified, reversed(call.modifiers), base)


def _matrix_of_definition(
    gate: GateDefinition, values: Sequence[float], definitions: Mapping[str, GateDefinition]
) -> Matrix:
    angles = dict(zip(gate.parameters, values, strict=True))
    size = 2 ** len(gate.qubits)
    # A matrix is a state with one more axis: what becomes of each basis state.
    columns = np.eye(size, dtype=np.complex128).reshape((2,) * len(gate.qubits) + (size,))
    for call in gate.body:
        places = [gate.qubits.index(ref.name) for ref in call.qubits]
        columns = applied(matrix_of(call, angles, definitions), places, columns)
    return columns.reshape(size, size)


def _modified(gate: Matrix, modifier: Modifier) -> Matrix:
    match modifier:
        case Control(count, by_zero):
            return reduce(lambda inner, _: controlled(inner, by_zero=by_zero), range(count), gate)
        case Inverse():
            return gate.conj().T
        case Power(exponent):
            return power(gate, exponent)
