"""What measurements can see of a circuit: the rest is left out, and measurements that can wait stand at the end.

Distributions of the classical bits stay what they are.
"""

from collections import Counter
from dataclasses import dataclass, replace

from qdm_circuits.circuit import Assign, Branch, Circuit, Measure, Operation, Reset, While, clbits_used, flatten
from qdm_circuits.gates import Gate
from qdm_sidecar.engines.compaction import compact, qubits_touched

_DIAGONAL = frozenset({"id", "z", "s", "sdg", "t", "tdg", "p", "rz", "cz", "cp", "crz", "ccz"})


@dataclass(frozen=True, slots=True)
class Visible:
    """A circuit taken apart: what is done first, and the measurements that end it, none of them forgotten."""

    circuit: Circuit
    body: tuple[Operation, ...]
    final: tuple[Measure, ...]

    @property
    def is_sampled(self) -> bool:
        """Whether the body is made of gates alone, so that all shots share one state."""
        return set(map(type, self.body)) <= {Gate}


def visible(circuit: Circuit) -> Visible:
    """Returns the circuit as it is worth running, on as few qubits as that takes and at least one."""
    operations = list(circuit.operations)
    if Reset in map(type, operations):
        operations = _without_early_resets(operations)
    kept = _without_unseen(operations, circuit.num_qubits)
    body, final = _with_measurements_last(kept)
    touched = qubits_touched(body)
    final = _without_certain_zeros(body, touched, final)
    touched.update(measure.qubit for measure in final)
    smaller = compact(replace(circuit, operations=(*body, *final)), touched)
    return Visible(smaller, smaller.operations[: len(body)], smaller.operations[len(body) :])  # type: ignore[arg-type]


def _without_early_resets(operations: list[Operation]) -> list[Operation]:
    touched: set[int] = set()
    kept: list[Operation] = []
    for operation in operations:
        if isinstance(operation, Reset) and operation.qubit not in touched:
            continue
        touched |= qubits_touched((operation,))
        kept.append(operation)
    return kept


def _without_unseen(operations: list[Operation], num_qubits: int) -> list[Operation]:
    """Drops what changes no outcome: gates on other qubits, and phases that nothing later makes visible."""
    later = _Later()
    kept: list[Operation] = []
    others = len(operations) - list(map(type, operations)).count(Gate)
    for place in reversed(range(len(operations))):
        if not others and len(later.phases_seen) == num_qubits:
            return operations[: place + 1] + kept[::-1]
        operation = operations[place]
        others -= not isinstance(operation, Gate)
        if later.sees(operation):
            kept.append(operation)
    return kept[::-1]


class _Later:
    """What outcomes can tell of the qubits as they are at some point: their values, and the phases between these."""

    def __init__(self) -> None:
        self.values_seen: set[int] = set()
        self.phases_seen: set[int] = set()

    def sees(self, operation: Operation) -> bool:
        """Tells whether the operation matters, and goes on to before it where it does."""
        if isinstance(operation, Gate):
            name, qubits, _ = operation
            if self.values_seen.isdisjoint(qubits) or (name in _DIAGONAL and self.phases_seen.isdisjoint(qubits)):
                return False
            self.values_seen.update(qubits)
            if name not in _DIAGONAL:
                self.phases_seen.update(qubits)
            return True
        match operation:
            case Measure(qubit, clbit):
                if clbit is None and qubit not in self.phases_seen:
                    return False
                self.values_seen.add(qubit)
                self.phases_seen.discard(qubit)
            case Reset(qubit):
                if qubit not in self.values_seen:
                    return False
                self.values_seen.discard(qubit)
                self.phases_seen.discard(qubit)
            case Branch() | While():
                inside = qubits_touched((operation,))
                self.values_seen.update(inside)
                self.phases_seen.update(inside)
        return True


def _with_measurements_last(operations: list[Operation]) -> tuple[list[Operation], list[Measure]]:
    changed: set[int] = set()
    used_bits: set[int] = set()
    body: list[Operation] = []
    final: list[Measure] = []
    measurements = list(map(type, operations)).count(Measure)
    for place in reversed(range(len(operations))):
        if len(final) == measurements:
            return operations[: place + 1] + body[::-1], final[::-1]
        operation = operations[place]
        if isinstance(operation, Gate):
            changed.update(operation.qubits)
        elif (
            isinstance(operation, Measure)
            and operation.clbit is not None
            and operation.qubit not in changed
            and operation.clbit not in used_bits
        ):
            final.append(operation)
            continue
        else:
            changed |= qubits_touched((operation,))
            used_bits |= _bits_within(operation)
        body.append(operation)
    return body[::-1], final[::-1]


def _without_certain_zeros(body: list[Operation], touched: set[int], final: list[Measure]) -> list[Measure]:
    """Leaves out measurements of qubits that the body does not touch into bits that nothing else writes: both are 0."""
    others = [operation for operation in body if not isinstance(operation, Gate)]
    writers = Counter(
        operation.clbit for operation in (*flatten(others), *final) if isinstance(operation, Measure | Assign)
    )
    return [measure for measure in final if measure.qubit in touched or writers[measure.clbit] > 1]


def _bits_within(operation: Operation) -> set[int]:
    return {clbit for inner in flatten((operation,)) for clbit in clbits_used(inner)}
