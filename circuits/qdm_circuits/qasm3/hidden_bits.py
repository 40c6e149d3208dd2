"""The end of lowering: hidden bits that nothing reads are dropped, the others get their final numbers."""

from collections.abc import Iterable, Mapping, Sequence

from qdm_circuits.circuit import (
    Assign,
    Branch,
    Circuit,
    Measure,
    Operation,
    Register,
    Step,
    While,
    flatten,
    make_circuit,
    mapped,
)
from qdm_circuits.conditions import Condition, renumbered
from qdm_circuits.qasm3.bits import clbits_of


def finished(
    num_qubits: int, registers: Sequence[tuple[Register, Sequence[int]]], operations: Iterable[Operation]
) -> Circuit:
    """Returns the circuit; each register comes with the bits that memory has for it, hidden ones being negative."""
    results = [clbit for _, clbits in registers for clbit in clbits]
    kept = _without_dead_writes(tuple(operations), set(results))
    used = sorted({clbit for item in flatten(kept) for clbit in _bits_of(item)} - set(results), reverse=True)
    place = {clbit: index for index, clbit in enumerate([*results, *used])}
    if any(clbit != index for clbit, index in place.items()):
        kept = _renumbered(kept, place)
    return make_circuit(num_qubits, [register for register, _ in registers], kept, len(used))


def _without_dead_writes(operations: tuple[Operation, ...], results: set[int]) -> tuple[Operation, ...]:
    """Drops writes to bits that are no result and that nothing reads, until there are none."""
    while True:
        read = {
            clbit for item in flatten(operations) for condition in _conditions(item) for clbit in clbits_of(condition)
        }
        kept = _pruned(operations, read | results)
        if kept == operations:
            return kept
        operations = kept


def _pruned(operations: Iterable[Operation], live: set[int]) -> tuple[Operation, ...]:
    kept: list[Operation] = []
    for operation in operations:
        match operation:
            case Assign(clbit, _) if clbit not in live:
                continue
            case Measure(qubit, clbit) if clbit is not None and clbit not in live:
                kept.append(Measure(qubit, None))
            case Branch(condition, then, otherwise):
                sides = _pruned(then, live), _pruned(otherwise, live)
                if any(sides):
                    kept.append(Branch(condition, *sides))
            case While(condition, body):
                kept.append(While(condition, _pruned(body, live)))
            case _:
                kept.append(operation)
    return tuple(kept)


def _conditions(operation: Operation) -> tuple[Condition, ...]:
    return (operation.condition,) if isinstance(operation, Assign | Branch | While) else ()


def _bits_of(operation: Operation) -> Iterable[int]:
    if isinstance(operation, Assign | Measure) and operation.clbit is not None:
        yield operation.clbit
    for condition in _conditions(operation):
        yield from clbits_of(condition)


def _renumbered(operations: Iterable[Operation], place: Mapping[int, int]) -> tuple[Operation, ...]:
    def step(operation: Step) -> Step:
        match operation:
            case Measure(qubit, clbit) if clbit is not None:
                return Measure(qubit, place[clbit])
            case Assign(clbit, condition):
                return Assign(place[clbit], renumbered(condition, place))
        return operation

    return mapped(operations, step, lambda condition: renumbered(condition, place))
