"""The one representation between payload formats and engines."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import chain
from typing import NamedTuple

from qdm_circuits.conditions import Condition, clbits_of, holds
from qdm_circuits.gates import MAX_ANGLE, Gate, turned_back


class Measure(NamedTuple):
    """A measurement in the Z basis that collapses the qubit; ``None`` forgets the outcome."""

    qubit: int
    clbit: int | None


class Reset(NamedTuple):
    """Brings a qubit to |0>, whatever it was."""

    qubit: int


@dataclass(frozen=True, slots=True)
class Branch:
    """Runs ``then`` where the condition holds at that moment, ``otherwise`` where it does not."""

    condition: Condition
    then: tuple["Operation", ...]
    otherwise: tuple["Operation", ...] = ()


@dataclass(frozen=True, slots=True)
class While:
    """Runs ``body`` again and again, as long as the condition holds before it."""

    condition: Condition
    body: tuple["Operation", ...]


class Assign(NamedTuple):
    """Writes 1 to a classical bit where the condition holds at that moment, 0 where it does not."""

    clbit: int
    condition: Condition


Step = Gate | Measure | Reset | Assign
Operation = Step | Branch | While


@dataclass(frozen=True, slots=True)
class Register:
    """Classical bits that were declared under one name; a loose bit is a register of width 1."""

    name: str
    width: int


@dataclass(frozen=True, slots=True)
class Circuit:
    """A program that is right: all indices are in range, all gates known, no angle beyond MAX_ANGLE.

    Qubits are numbered from 0. So are classical bits, over all registers in declaration order: the first register
    holds the least significant ones. After them come hidden bits, in which a program keeps what is no result, such as
    its integers. Every bit is 0 until something writes it.
    """

    num_qubits: int
    registers: tuple[Register, ...]
    operations: tuple[Operation, ...]
    num_hidden_clbits: int = 0

    @property
    def num_clbits(self) -> int:
        """Number of classical bits that are no hidden ones, which is the width of every result."""
        return sum(register.width for register in self.registers)


def make_circuit(
    num_qubits: int,
    registers: Iterable[Register],
    operations: Iterable[Operation],
    num_hidden_clbits: int = 0,
    *,
    measures: bool = False,
) -> Circuit:
    """Returns the circuit, whose angles may be any finite ones here; a program without any measurement measures every
    qubit i into bit i of a register ``c``.

    There it is known what classical bits hold and which way is taken, and the bits themselves are not needed.
    ``measures`` tells of a measurement that is not among the operations, as it is never reached.
    """
    taken = _with_angles_in_range(tuple(operations))
    circuit = Circuit(num_qubits, tuple(registers), taken, num_hidden_clbits)
    kinds = set(map(type, taken))
    if measures or Measure in kinds:
        return circuit
    if not kinds <= {Gate, Reset}:
        if any(isinstance(operation, Measure) for operation in flatten(taken)):
            return circuit
        taken = tuple(_taken(taken, [0] * (circuit.num_clbits + num_hidden_clbits)))
    measure_all = tuple(Measure(qubit, qubit) for qubit in range(num_qubits))
    return Circuit(num_qubits, (Register("c", num_qubits),), taken + measure_all)


def flatten(operations: Iterable[Operation]) -> Iterator[Operation]:
    """Yields all operations and, after each branch and each loop, those inside it."""
    for operation in operations:
        yield operation
        if isinstance(operation, Branch):
            yield from flatten(operation.then)
            yield from flatten(operation.otherwise)
        elif isinstance(operation, While):
            yield from flatten(operation.body)


def clbits_used(operation: Operation) -> Iterator[int]:
    """Yields the classical bits that the operation writes or reads; of a branch or a loop, those of its condition."""
    if isinstance(operation, Assign | Measure) and operation.clbit is not None:
        yield operation.clbit
    if isinstance(operation, Assign | Branch | While):
        yield from clbits_of(operation.condition)


def mapped(
    operations: Iterable[Operation], step: Callable[[Step], Step], condition: Callable[[Condition], Condition]
) -> tuple[Operation, ...]:
    """Returns operations of the same structure with each step and each condition of a branch or a loop changed."""

    def changed(operation: Operation) -> Operation:
        match operation:
            case Branch(when, then, otherwise):
                return Branch(condition(when), mapped(then, step, condition), mapped(otherwise, step, condition))
            case While(when, body):
                return While(condition(when), mapped(body, step, condition))
        return step(operation)

    return tuple(map(changed, operations))


def _with_angles_in_range(operations: tuple[Operation, ...]) -> tuple[Operation, ...]:
    every = operations if {Branch, While}.isdisjoint(map(type, operations)) else flatten(operations)
    params = (operation.params for operation in every if isinstance(operation, Gate))
    if all(-MAX_ANGLE <= angle <= MAX_ANGLE for angle in chain.from_iterable(params)):
        return operations

    def step(operation: Step) -> Step:
        if isinstance(operation, Gate):
            return operation._replace(params=tuple(map(turned_back, operation.params)))
        return operation

    return mapped(operations, step, lambda condition: condition)


def _taken(operations: Iterable[Operation], bits: list[int]) -> Iterator[Operation]:
    for operation in operations:
        match operation:
            case Branch(condition, then, otherwise):
                yield from _taken(then if holds(condition, bits) else otherwise, bits)
            case While(condition, body):
                while holds(condition, bits):
                    yield from _taken(body, bits)
            case Assign(clbit, condition):
                bits[clbit] = holds(condition, bits)
            case _:
                yield operation
