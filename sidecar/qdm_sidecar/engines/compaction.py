"""Circuits on as few qubits as they use."""

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import replace

from qdm_circuits.circuit import Branch, Circuit, Measure, Operation, Reset, Step, While, mapped
from qdm_circuits.gates import Gate


def compact(circuit: Circuit, touched: AbstractSet[int]) -> Circuit:
    """Renumbers the qubits that the circuit's operations touch, and drops the others, though never all."""
    if len(touched) == circuit.num_qubits:
        return circuit
    place = {qubit: index for index, qubit in enumerate(sorted(touched))}
    return replace(circuit, num_qubits=max(1, len(touched)), operations=_renumber(circuit.operations, place))


def qubits_touched(operations: Iterable[Operation]) -> set[int]:
    """Returns the qubits that operations act on, those in branches and loops included."""
    touched: set[int] = set()
    for operation in operations:
        if isinstance(operation, Gate):
            touched.update(operation.qubits)
        elif isinstance(operation, Measure | Reset):
            touched.add(operation.qubit)
        elif isinstance(operation, Branch):
            touched |= qubits_touched(operation.then) | qubits_touched(operation.otherwise)
        elif isinstance(operation, While):
            touched |= qubits_touched(operation.body)
    return touched


def _renumber(operations: Iterable[Operation], place: Mapping[int, int]) -> tuple[Operation, ...]:
    def step(operation: Step) -> Step:
        match operation:
            case Gate(name, qubits, params):
                return Gate(name, tuple(place[qubit] for qubit in qubits), params)
            case Measure(qubit, clbit):
                return Measure(place[qubit], clbit)
            case Reset(qubit):
                return Reset(place[qubit])
        return operation

    return mapped(operations, step, lambda condition: condition)
