"""A circuit in Aer's own instructions, without qiskit's circuits and without transpile().

Branches and loops become jumps and marks. They span all qubits, so that Aer's gate fusion moves nothing across them.
"""

import math
from collections.abc import Iterable, Iterator
from functools import reduce
from itertools import count
from typing import Any

from qiskit_aer.backends.controller_wrappers import (
    AerBinaryExpr,
    AerBinaryOp,
    AerBoolValue,
    AerCircuit,
    AerUint,
    AerUintValue,
    AerUnaryExpr,
    AerUnaryOp,
    AerVar,
)

from qdm_circuits.circuit import Assign, Branch, Circuit, Measure, Operation, Reset, While, flatten
from qdm_circuits.conditions import ALWAYS, NEVER, AllOf, AnyOf, BitsBelow, BitsEqual, Condition, Differ, Not
from qdm_circuits.gates import Gate
from qdm_sidecar.engines.run import MAX_ITERATIONS

_UNCONDITIONAL = -1
_WORD = 32
# Aer lacks a controlled Hadamard: e^(i gamma) u(theta, phi, lambda) under any number of controls is its "mcu".
_OTHER_NAMES = {"ch": ("mcu", (math.pi / 2, 0.0, math.pi, 0.0))}


def to_aer(circuit: Circuit) -> Any:
    """Returns Aer's circuit. Aer may change it while it runs it, so make one for each execution.

    Its memory holds the circuit's classical bits, hidden ones cleared at the end. Where there is a loop, one bit above
    all of them tells that the loops of a shot went round more than MAX_ITERATIONS times and were left.
    """
    return _Builder(circuit).build()


class _Builder:
    def __init__(self, circuit: Circuit) -> None:
        self._circuit = circuit
        self._aer: Any = AerCircuit()
        self._all_qubits = list(range(circuit.num_qubits))
        self._labels = count()
        self._overrun = circuit.num_clbits + circuit.num_hidden_clbits
        self._iterations = range(self._overrun + 1, self._overrun + 1 + MAX_ITERATIONS.bit_length())

    def build(self) -> Any:
        loops = any(isinstance(operation, While) for operation in flatten(self._circuit.operations))
        self._aer.num_qubits = self._circuit.num_qubits
        self._aer.num_memory = self._iterations.stop if loops else self._overrun
        self._append(self._circuit.operations)
        self._append(Assign(clbit, NEVER) for clbit in range(self._circuit.num_clbits, self._overrun))
        if loops:
            self._append(Assign(clbit, NEVER) for clbit in self._iterations)
        return self._aer

    def _append(self, operations: Iterable[Operation]) -> None:
        for operation in operations:
            match operation:
                case Gate(name, qubits, params):
                    aer_name, aer_params = _OTHER_NAMES.get(name, (name, params))
                    self._aer.gate(aer_name, qubits, aer_params, (), _UNCONDITIONAL, None, aer_name)
                case Measure(qubit, clbit):
                    self._aer.measure([qubit], [] if clbit is None else [clbit], [])
                case Reset(qubit):
                    self._aer.reset([qubit], _UNCONDITIONAL)
                case Assign(clbit, condition):
                    self._aer.store(self._all_qubits, [clbit], _expression(condition))
                case Branch():
                    self._append_branch(operation)
                case While():
                    self._append_loop(operation)

    def _append_branch(self, branch: Branch) -> None:
        label = next(self._labels)
        otherwise, end = f"otherwise_{label}", f"end_{label}"
        self._jump(otherwise, _negated(branch.condition))
        self._append(branch.then)
        self._jump(end, None)
        self._aer.mark(self._all_qubits, [otherwise])
        self._append(branch.otherwise)
        self._aer.mark(self._all_qubits, [end])

    def _append_loop(self, loop: While) -> None:
        label = next(self._labels)
        again, end = f"again_{label}", f"end_{label}"
        self._aer.mark(self._all_qubits, [again])
        goes_on = AllOf((loop.condition, Not(BitsEqual((self._overrun,), 1))))
        self._jump(end, _negated(goes_on))
        self._append(loop.body)
        self._append(self._count_iteration())
        self._jump(again, None)
        self._aer.mark(self._all_qubits, [end])

    def _count_iteration(self) -> Iterator[Assign]:
        """Adds 1 to the number of iterations, from the highest bit down, since each depends on those below it."""
        for place, clbit in reversed(list(enumerate(self._iterations))):
            lower = tuple(self._iterations[:place])
            carry = BitsEqual(lower, (1 << place) - 1) if lower else ALWAYS
            yield Assign(clbit, Differ(BitsEqual((clbit,), 1), carry))
        above = BitsBelow(tuple(self._iterations), MAX_ITERATIONS + 1)
        yield Assign(self._overrun, Not(above))

    def _jump(self, label: str, expression: Any) -> None:
        self._aer.jump(self._all_qubits, [label], _UNCONDITIONAL, expression)


def _negated(condition: Condition) -> Any:
    return AerUnaryExpr(AerUnaryOp.LogicNot, _expression(condition))


def _expression(condition: Condition) -> Any:
    match condition:
        case BitsEqual(clbits, value):
            return _compare(AerBinaryOp.Equal, clbits, value)
        case BitsBelow(clbits, bound):
            return _compare(AerBinaryOp.Less, clbits, bound)
        case Not(inner):
            return _negated(inner)
        case AllOf(inner):
            return _fold(AerBinaryOp.LogicAnd, map(_expression, inner), empty=True)
        case AnyOf(inner):
            return _fold(AerBinaryOp.LogicOr, map(_expression, inner), empty=False)
        case Differ(one, other):
            return AerBinaryExpr(AerBinaryOp.NotEqual, _expression(one), _expression(other))


def _fold(operator: Any, expressions: Iterable[Any], *, empty: bool) -> Any:
    first, *rest = [*expressions] or [AerBoolValue(empty)]
    return reduce(lambda left, right: AerBinaryExpr(operator, left, right), rest, first)


def _compare(operator: Any, clbits: tuple[int, ...], value: int) -> Any:
    """Compares words, since Aer's integers are no wider than a machine's; a higher one decides before those below."""
    result = AerBoolValue(operator == AerBinaryOp.Equal)
    for start in range(0, len(clbits), _WORD):
        word = clbits[start : start + _WORD]
        bits = AerVar(AerUint(len(word)), list(word))
        wanted = AerUintValue(len(word), value >> start & ((1 << len(word)) - 1))
        result = AerBinaryExpr(AerBinaryOp.LogicAnd, AerBinaryExpr(AerBinaryOp.Equal, bits, wanted), result)
        if operator != AerBinaryOp.Equal:
            result = AerBinaryExpr(AerBinaryOp.LogicOr, AerBinaryExpr(operator, bits, wanted), result)
    return result
