"""What the operations of a document stand for."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from msgspec import UNSET

from qdm_circuits.aqo.rules import NUMBER_OF_QUBITS, ROTATIONS, check_operation
from qdm_circuits.aqo.symbols import Symbols
from qdm_circuits.aqo.typed import Operation, ShapeError, as_json
from qdm_circuits.circuit import Measure, Reset, Step
from qdm_circuits.gates import Gate

_GATES: Mapping[str, str] = {name: name.lower() for name in NUMBER_OF_QUBITS}

# Gates that turn a basis into Z, and back.
_BASIS_CHANGES = {"X": (("h",), ("h",)), "Y": (("sdg", "h"), ("h", "s")), "Z": ((), ())}


@dataclass(frozen=True, slots=True)
class Unbound:
    """A rotation whose angle is to be looked up, and the place of that angle in the document."""

    name: str
    qubits: tuple[int, ...]
    theta: float | str
    place: str

    def bound(self, symbols: Symbols) -> Gate:
        """Returns the gate. Raises InvalidRequestError where the angle has no value."""
        return Gate(self.name, self.qubits, (symbols.number(self.theta, self.place),))


def read_steps(operations: Sequence[Operation], num_qubits: int) -> list[Step | Unbound]:
    """Returns the steps of operations that keep the rules.

    Raises ShapeError or InvalidRequestError where one may not keep them, though that need not be the first.
    """
    steps: list[Step | Unbound] = []
    indices: set[int] = set()
    for number, operation in enumerate(operations):
        indices.update(operation.q)
        if (gate := _plain_gate(operation)) is not None:
            steps.append(gate)
        elif _is_plain_measurement(operation):
            indices.update(operation.c or ())
            steps += map(Measure, operation.q, operation.c or ())
        else:
            place = f"operations[{number}]"
            check_operation(as_json(operation), num_qubits, place)
            if operation.op in ROTATIONS and operation.params and operation.params.theta is not UNSET:
                theta, place = operation.params.theta, f"{place}.params.theta"
                steps.append(Unbound(_GATES[operation.op], tuple(operation.q), theta, place))
            else:
                steps += steps_of(operation)
    if indices and not 0 <= min(indices) <= max(indices) < num_qubits:
        raise ShapeError
    return steps


def steps_of(operation: Operation) -> Sequence[Step]:
    """Returns what an operation that keeps the rules and is no rotation stands for."""
    if operation.op in _GATES:
        return [Gate(_GATES[operation.op], tuple(operation.q))]
    if operation.op == "RESET":
        return [*map(Reset, operation.q)]
    to_z, from_z = _BASIS_CHANGES[_basis_of(operation)]
    steps: list[Step] = []
    for qubit, clbit in zip(operation.q, operation.c or (), strict=True):
        steps += (Gate(gate, (qubit,)) for gate in to_z)
        steps.append(Measure(qubit, clbit))
        steps += (Gate(gate, (qubit,)) for gate in from_z)
    return steps


def _plain_gate(operation: Operation) -> Gate | None:
    """Returns the gate of an operation as nearly all are, told from the rest at a glance; its qubits are distinct."""
    name, qubits, params = operation.op, operation.q, operation.params
    number = len(qubits)
    if number != NUMBER_OF_QUBITS.get(name) or (number > 1 and len(set(qubits)) < number):
        return None
    if operation.c is not UNSET or operation.basis is not UNSET:
        return None
    if params is UNSET:
        return None if name in ROTATIONS else Gate(_GATES[name], tuple(qubits))
    theta = params.theta
    if name in ROTATIONS and params.basis is UNSET and isinstance(theta, float) and math.isfinite(theta):
        return Gate(_GATES[name], tuple(qubits), (theta,))
    return None


def _is_plain_measurement(operation: Operation) -> bool:
    """Tells whether this measures distinct qubits in the Z basis, and says no more than that."""
    qubits, clbits = operation.q, operation.c
    if operation.op != "MEASURE" or clbits is UNSET or operation.basis is not UNSET or operation.params is not UNSET:
        return False
    return 0 < len(qubits) == len(clbits) == len(set(qubits))


def _basis_of(measurement: Operation) -> str:
    return measurement.basis or (measurement.params and measurement.params.basis) or "Z"
