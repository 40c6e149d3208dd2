"""The end of lowering: hidden bits that nothing reads are dropped, the others get their final numbers."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from qdm_circuits.circuit import (
    Assign,
    Branch,
    Circuit,
    Measure,
    Operation,
    Register,
    Step,
    While,
    clbits_used,
    flatten,
    make_circuit,
    mapped,
)
from qdm_circuits.conditions import Condition, clbits_of, renumbered


class _Decision(NamedTuple):
    """A condition that decides on something, and the one that decides whether it is asked."""

    condition: Condition
    around: "_Decision | None"


def finished(
    num_qubits: int,
    registers: Sequence[tuple[Register, Sequence[int]]],
    operations: Sequence[Operation],
    *,
    measures: bool = False,
) -> Circuit:
    """Returns the circuit; each register comes with the bits that memory has for it, hidden ones being negative.

    ``measures`` is as in ``make_circuit``.
    """
    results = [clbit for _, clbits in registers for clbit in clbits]
    kept = _pruned(operations, _LiveBits(operations, results).found)
    used = sorted({clbit for item in flatten(kept) for clbit in clbits_used(item)} - set(results), reverse=True)
    place = {clbit: index for index, clbit in enumerate([*results, *used])}
    if any(clbit != index for clbit, index in place.items()):
        kept = _renumbered(kept, place)
    return make_circuit(num_qubits, [register for register, _ in registers], kept, len(used), measures=measures)


class _LiveBits:
    """Finds the bits of the result, and those that decide what they hold or what is done to qubits."""

    def __init__(self, operations: Iterable[Operation], results: Iterable[int]) -> None:
        self.found: set[int] = set()
        self._writers: defaultdict[int, list[_Decision]] = defaultdict(list)
        self._waiting: list[_Decision] = []
        self._walk(operations, None)
        self._read(results)
        self._follow()

    def _walk(self, operations: Iterable[Operation], around: _Decision | None) -> None:
        for operation in operations:
            match operation:
                case Assign(clbit, condition):
                    self._writers[clbit].append(_Decision(condition, around))
                case Branch(condition, then, otherwise):
                    decision = _Decision(condition, around)
                    self._walk(then, decision)
                    self._walk(otherwise, decision)
                case While(condition, body):
                    decision = _Decision(condition, around)
                    self._waiting.append(decision)
                    self._walk(body, decision)
                case _ if around is not None:
                    self._waiting.append(around)

    def _follow(self) -> None:
        met: set[int] = set()
        while self._waiting:
            decision: _Decision | None = self._waiting.pop()
            while decision is not None and id(decision) not in met:
                met.add(id(decision))
                self._read(clbits_of(decision.condition))
                decision = decision.around

    def _read(self, clbits: Iterable[int]) -> None:
        for clbit in clbits:
            if clbit not in self.found:
                self.found.add(clbit)
                self._waiting += self._writers[clbit]


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


def _renumbered(operations: Iterable[Operation], place: Mapping[int, int]) -> tuple[Operation, ...]:
    def step(operation: Step) -> Step:
        match operation:
            case Measure(qubit, clbit) if clbit is not None:
                return Measure(qubit, place[clbit])
            case Assign(clbit, condition):
                return Assign(place[clbit], renumbered(condition, place))
        return operation

    return mapped(operations, step, lambda condition: renumbered(condition, place))
