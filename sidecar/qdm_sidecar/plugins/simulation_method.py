"""Which of Aer's exact methods runs a circuit, and which circuits none of them can ever run."""

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from qdm_circuits.circuit import Assign, Branch, Circuit, Measure, Operation, Reset, Step, While, flatten, mapped
from qdm_circuits.gates import Gate
from qdm_circuits.limits import TOO_LARGE
from qdm_driver import PreconditionError

BYTES_PER_AMPLITUDE = 16
MAX_CLIFFORD_QUBITS = 1_000
"""Sampling a stabilizer tableau takes a time quadratic in its qubits for each shot: minutes at this size."""

_STABILIZER_PAYS_FROM = 15
_EXACT_TO_RADIANS = 1e-12
_CLIFFORD_GATES = frozenset({"id", "x", "y", "z", "h", "s", "sdg", "sx", "sxdg", "cx", "cy", "cz", "swap"})
# Gates in the order they act, for 0 to 3 quarter turns.
_QUARTER_TURNS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "rx": ((), ("sx",), ("x",), ("sxdg",)),
    "ry": ((), ("z", "h"), ("y",), ("h", "z")),
    "rz": ((), ("s",), ("z",), ("sdg",)),
    "p": ((), ("s",), ("z",), ("sdg",)),
}


class Method(StrEnum):
    """Aer's names of the methods used."""

    STATEVECTOR = "statevector"
    STABILIZER = "stabilizer"


@dataclass(frozen=True, slots=True)
class Plan:
    """A circuit as it is going to be simulated: on as few qubits as it uses, in gates that the method knows."""

    method: Method
    circuit: Circuit

    @property
    def memory_bytes(self) -> int:
        """What one copy of the state takes."""
        if self.method is Method.STABILIZER:
            return self.circuit.num_qubits**2
        return BYTES_PER_AMPLITUDE << self.circuit.num_qubits


def plan(circuit: Circuit, max_dense_qubits: int) -> Plan:
    """Chooses the method. Raises PreconditionError (``CIRCUIT_TOO_LARGE``) where no method can ever do."""
    compact = _compact(circuit)
    if compact.num_qubits >= min(_STABILIZER_PAYS_FROM, max_dense_qubits + 1):
        clifford = _as_clifford(compact.operations)
        if clifford is not None and compact.num_qubits <= MAX_CLIFFORD_QUBITS:
            return Plan(Method.STABILIZER, replace(compact, operations=clifford))
    if compact.num_qubits > max_dense_qubits:
        raise PreconditionError(
            f"the circuit uses {compact.num_qubits} qubits; this device runs at most {max_dense_qubits}, "
            f"or {MAX_CLIFFORD_QUBITS} where all gates are Clifford gates",
            kind=TOO_LARGE,
        )
    return Plan(Method.STATEVECTOR, compact)


def _compact(circuit: Circuit) -> Circuit:
    """Renumbers the qubits that operations touch, and drops the others."""
    used = sorted({qubit for operation in flatten(circuit.operations) for qubit in _touched(operation)})
    if len(used) == circuit.num_qubits:
        return circuit
    place = {qubit: index for index, qubit in enumerate(used)}
    return replace(circuit, num_qubits=len(used), operations=_renumber(circuit.operations, place))


def _touched(operation: Operation) -> tuple[int, ...]:
    match operation:
        case Gate():
            return operation.qubits
        case Measure() | Reset():
            return (operation.qubit,)
        case Assign() | Branch() | While():
            return ()


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


def _as_clifford(operations: Iterable[Operation]) -> tuple[Operation, ...] | None:
    """Returns the operations in named Clifford gates, ``None`` where one is no Clifford gate."""
    rewritten: list[Operation] = []
    for operation in operations:
        match operation:
            case Gate():
                names = _clifford_names(operation)
                if names is None:
                    return None
                rewritten += (Gate(name, operation.qubits) for name in names)
            case Branch(condition, then, otherwise):
                branches = _as_clifford(then), _as_clifford(otherwise)
                if branches[0] is None or branches[1] is None:
                    return None
                rewritten.append(Branch(condition, branches[0], branches[1]))
            case While(condition, body):
                clifford_body = _as_clifford(body)
                if clifford_body is None:
                    return None
                rewritten.append(While(condition, clifford_body))
            case _:
                rewritten.append(operation)
    return tuple(rewritten)


def _clifford_names(gate: Gate) -> tuple[str, ...] | None:
    if gate.name in _CLIFFORD_GATES:
        return (gate.name,)
    if gate.name not in _QUARTER_TURNS:
        return None
    turns = round(gate.params[0] / (math.pi / 2))
    if abs(gate.params[0] - turns * (math.pi / 2)) > _EXACT_TO_RADIANS:
        return None
    return _QUARTER_TURNS[gate.name][turns % 4]
