"""What the operations of a document stand for."""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from msgspec import UNSET

from qdm_circuits.aqo.document import check_values
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


Part = Gate | Unbound | Operation
"""What one operation is: a gate, one without its angle yet, or a MEASURE or RESET as it stands."""


def read_parts(operations: Sequence[Operation], num_qubits: int) -> list[Part]:
    """Returns a part for each operation, all of which keep the rules.

    Raises ShapeError or InvalidRequestError where one may not keep them, though that need not be the first.
    """
    parts: list[Part] = []
    indices = {qubit for operation in operations for qubit in operation.q}
    for number, operation in enumerate(operations):
        if (gate := _plain_gate(operation)) is not None:
            parts.append(gate)
        elif _is_plain_measurement(operation):
            indices.update(operation.c or ())
            parts.append(operation)
        else:
            parts.append(_other_part(operation, num_qubits, f"operations[{number}]"))
    if indices and not 0 <= min(indices) <= max(indices) < num_qubits:
        raise ShapeError
    return parts


def steps_of(parts: Iterable[Gate | Operation]) -> Iterator[Step]:
    """Yields the steps of parts that have their angles."""
    for part in parts:
        if isinstance(part, Gate):
            yield part
        elif part.op == "RESET":
            yield from map(Reset, part.q)
        else:
            to_z, from_z = _BASIS_CHANGES[_basis_of(part)]
            for qubit, clbit in zip(part.q, part.c or (), strict=True):
                yield from (Gate(gate, (qubit,)) for gate in to_z)
                yield Measure(qubit, clbit)
                yield from (Gate(gate, (qubit,)) for gate in from_z)


def _plain_gate(operation: Operation) -> Gate | None:
    """Returns the gate of an operation as nearly all are, told from the rest at a glance; its qubits are distinct."""
    name, qubits, params = operation.op, operation.q, operation.params
    number = len(qubits)
    if number != NUMBER_OF_QUBITS.get(name) or operation.c is not UNSET or operation.basis is not UNSET:
        return None
    if number > 1 and len(set(qubits)) < number:
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


def _other_part(operation: Operation, num_qubits: int, place: str) -> Part:
    json_object = as_json(operation)
    check_values(json_object)
    check_operation(json_object, num_qubits, place)
    if operation.op in ROTATIONS:
        theta = json_object["params"]["theta"]
        return Unbound(_GATES[operation.op], tuple(operation.q), theta, f"{place}.params.theta")
    return Gate(_GATES[operation.op], tuple(operation.q)) if operation.op in _GATES else operation


def _basis_of(measurement: Operation) -> str:
    return measurement.basis or (measurement.params and measurement.params.basis) or "Z"
