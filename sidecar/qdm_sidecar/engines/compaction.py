"""Circuits on as few qubits as they use."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from qdm_circuits.circuit import Circuit, Measure, Operation, Reset, Step, flatten, mapped
from qdm_circuits.gates import Gate


def compact(circuit: Circuit) -> Circuit:
    """Renumbers the qubits that operations touch, and drops the others, though never all."""
    used = sorted({qubit for operation in flatten(circuit.operations) for qubit in qubits_of(operation)})
    if len(used) == circuit.num_qubits:
        return circuit
    place = {qubit: index for index, qubit in enumerate(used)}
    return replace(circuit, num_qubits=max(1, len(used)), operations=_renumber(circuit.operations, place))


def qubits_of(operation: Operation) -> tuple[int, ...]:
    """Returns the qubits that the operation itself acts on; of branches and loops, none."""
    if isinstance(operation, Gate):
        return operation.qubits
    return (operation.qubit,) if isinstance(operation, Measure | Reset) else ()


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
