"""Statements of an OpenQASM 3 syntax tree, lowered to a circuit: constants folded, loops unrolled, gates expanded."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from openqasm3 import ast

from qdm_circuits.circuit import Branch, Circuit, Measure, Operation, Register, Reset, make_circuit
from qdm_circuits.gates import GLOBAL_PHASE
from qdm_circuits.limits import check_size
from qdm_circuits.qasm3.bit_conditions import read_condition
from qdm_circuits.qasm3.constants import CONSTANTS, cast, evaluate, evaluate_integer
from qdm_circuits.qasm3.gate_calls import GateCall, GateCalls
from qdm_circuits.qasm3.names import (
    Bits,
    GateDefinition,
    Meaning,
    Qubits,
    Scope,
    bits_of,
    declare,
    names_bits,
    qubits_of,
    range_values,
)
from qdm_circuits.qasm3.places import invalid, unsupported
from qdm_circuits.qasm3.standard_gates import BUILTIN_GATES, STDGATES
from qdm_driver.errors import InvalidRequestError, UnsupportedError, Violation

_VERSIONS = ("3", "3.0", "3.1")
_UNSUPPORTED: Mapping[type[ast.QASMNode], str] = {
    ast.Box: "boxes",
    ast.BreakStatement: "break statements",
    ast.CalibrationDefinition: "calibrations",
    ast.CalibrationGrammarDeclaration: "calibrations",
    ast.CalibrationStatement: "calibrations",
    ast.ClassicalAssignment: "classical assignments",
    ast.ContinueStatement: "continue statements",
    ast.EndStatement: "end statements",
    ast.ExpressionStatement: "expression statements",
    ast.ExternDeclaration: "extern functions",
    ast.IODeclaration: "inputs and outputs",
    ast.Pragma: "pragmas",
    ast.ReturnStatement: "return statements",
    ast.SubroutineDefinition: "subroutines",
    ast.SwitchStatement: "switch statements",
    ast.WhileLoop: "while loops",
}


def lower(program: ast.Program) -> Circuit:
    """Returns the circuit of a program. Raises InvalidRequestError, UnsupportedError or PreconditionError."""
    if program.version is not None and program.version not in _VERSIONS:
        message = f"OpenQASM {program.version[:32]} is not supported; write OPENQASM 3.1, 3.0 or 3"
        raise UnsupportedError(message)
    lowering = _Lowering()
    operations = lowering.block(program.statements, Scope(dict(BUILTIN_GATES)))
    if not lowering.num_qubits:
        raise InvalidRequestError(Violation("program", "declares no qubits"))
    return make_circuit(lowering.num_qubits, lowering.registers, operations)


class _Lowering:
    """One pass over a program; what was declared so far is its state."""

    def __init__(self) -> None:
        self.num_qubits = 0
        self.registers: list[Register] = []
        self._num_clbits = 0
        self._calls = GateCalls()
        self._handlers: Mapping[type[ast.QASMNode], Callable[[Any, Scope], Sequence[Operation]]] = {
            ast.AliasStatement: self._alias,
            ast.BranchingStatement: self._branch,
            ast.ClassicalDeclaration: self._declare_classical,
            ast.CompoundStatement: lambda node, scope: self.block(node.statements, scope.new_child()),
            ast.ConstantDeclaration: self._declare_constant,
            ast.DelayInstruction: self._check_operands,
            ast.ForInLoop: self._for_loop,
            ast.Include: self._include,
            ast.QuantumBarrier: self._check_operands,
            ast.QuantumGate: self._gate,
            ast.QuantumGateDefinition: self._define_gate,
            ast.QuantumMeasurementStatement: self._measure,
            ast.QuantumPhase: self._gate,
            ast.QuantumReset: self._reset,
            ast.QubitDeclaration: self._declare_qubits,
        }

    def block(self, statements: Sequence[ast.QASMNode], scope: Scope) -> list[Operation]:
        """Lowers statements that share a scope."""
        operations: list[Operation] = []
        for statement in statements:
            handler = self._handlers.get(type(statement))
            if handler is None:
                raise unsupported(statement, _UNSUPPORTED.get(type(statement), "statements of this kind"))
            self._calls.count(1)
            operations += handler(statement, scope)
        return operations

    def _include(self, node: ast.Include, scope: Scope) -> Sequence[Operation]:
        if node.filename != "stdgates.inc":
            raise invalid(node, 'only "stdgates.inc" can be included')
        for name, gate in STDGATES.items():
            if scope.setdefault(name, gate) is not gate:
                raise invalid(node, f"stdgates.inc declares {name!r}, which is declared already")
        return ()

    def _declare_qubits(self, node: ast.QubitDeclaration, scope: Scope) -> Sequence[Operation]:
        width = self._width(node.size, node, scope)
        check_size(qubits=self.num_qubits + width)
        indices = tuple(range(self.num_qubits, self.num_qubits + width))
        _declare(scope, node.qubit, Qubits(indices, single=node.size is None))
        self.num_qubits += width
        return ()

    def _declare_classical(self, node: ast.ClassicalDeclaration, scope: Scope) -> Sequence[Operation]:
        if not isinstance(node.type, ast.BitType):
            raise unsupported(node, "classical variables other than bits")
        if len(scope.maps) > 1:
            raise unsupported(node, "bits declared inside a block")
        width = self._width(node.type.size, node, scope)
        check_size(clbits=self._num_clbits + width)
        bits = Bits(tuple(range(self._num_clbits, self._num_clbits + width)), single=node.type.size is None)
        _declare(scope, node.identifier, bits)
        self._num_clbits += width
        self.registers.append(Register(node.identifier.name, width))
        match node.init_expression:
            case None:
                return ()
            case ast.QuantumMeasurement(qubit):
                return _measurements(qubits_of(qubit, scope), bits, node)
        raise unsupported(node, "initial values of bits")

    def _declare_constant(self, node: ast.ConstantDeclaration, scope: Scope) -> Sequence[Operation]:
        _declare(scope, node.identifier, cast(evaluate(node.init_expression, scope), node.type, node))
        return ()

    def _define_gate(self, node: ast.QuantumGateDefinition, scope: Scope) -> Sequence[Operation]:
        names = [identifier.name for identifier in (*node.arguments, *node.qubits)]
        if len(set(names)) < len(names):
            raise invalid(node, "a gate's parameters and qubits need distinct names")
        visible: dict[str, Meaning] = {
            name: meaning for name, meaning in scope.items() if not isinstance(meaning, Qubits | Bits)
        }
        _declare(scope, node.name, GateDefinition(node, Scope(visible)))
        return ()

    def _alias(self, node: ast.AliasStatement, scope: Scope) -> Sequence[Operation]:
        value = node.value
        bits = not isinstance(value, ast.Concatenation) and names_bits(value, scope)
        _declare(scope, node.target, bits_of(value, scope) if bits else qubits_of(value, scope))
        return ()

    def _gate(self, node: GateCall, scope: Scope) -> Sequence[Operation]:
        return [gate for gate in self._calls.expand(node, scope) if gate.name != GLOBAL_PHASE]

    def _measure(self, node: ast.QuantumMeasurementStatement, scope: Scope) -> Sequence[Operation]:
        qubits = qubits_of(node.measure.qubit, scope)
        if node.target is None:
            return [Measure(qubit, None) for qubit in qubits.indices]
        return _measurements(qubits, bits_of(node.target, scope), node)

    def _reset(self, node: ast.QuantumReset, scope: Scope) -> Sequence[Operation]:
        return [Reset(qubit) for qubit in qubits_of(node.qubits, scope).indices]

    def _check_operands(self, node: ast.QuantumBarrier | ast.DelayInstruction, scope: Scope) -> Sequence[Operation]:
        for operand in node.qubits:
            qubits_of(operand, scope)
        return ()

    def _branch(self, node: ast.BranchingStatement, scope: Scope) -> Sequence[Operation]:
        condition = read_condition(node.condition, scope)
        then = self.block(node.if_block, scope.new_child())
        otherwise = self.block(node.else_block, scope.new_child())
        return [Branch(condition, tuple(then), tuple(otherwise))] if then or otherwise else ()

    def _for_loop(self, node: ast.ForInLoop, scope: Scope) -> Sequence[Operation]:
        operations: list[Operation] = []
        for value in self._loop_values(node, scope):
            self._calls.count(1)
            inner = scope.new_child()
            inner[node.identifier.name] = cast(value, node.type, node)
            operations += self.block(node.block, inner)
        return operations

    def _loop_values(self, node: ast.ForInLoop, scope: Scope) -> Sequence[bool | int | float]:
        match node.set_declaration:
            case ast.RangeDefinition():
                return range_values(node.set_declaration, scope)
            case ast.DiscreteSet(values):
                return [evaluate(value, scope) for value in values]
        raise unsupported(node, "loops over registers and arrays")

    def _width(self, size: ast.Expression | None, node: ast.QASMNode, scope: Scope) -> int:
        width = 1 if size is None else evaluate_integer(size, scope)
        if width < 1:
            raise invalid(node, "a register needs a size of at least 1")
        return width


def _declare(scope: Scope, name: ast.Identifier, meaning: Meaning) -> None:
    if name.name in CONSTANTS:
        raise invalid(name, f"{name.name!r} is built in and cannot be declared")
    declare(scope, name, meaning)


def _measurements(qubits: Qubits, bits: Bits, node: ast.QASMNode) -> list[Operation]:
    if len(qubits.indices) != len(bits.indices):
        raise invalid(node, f"{len(qubits.indices)} qubits are measured into {len(bits.indices)} bits")
    return [Measure(qubit, clbit) for qubit, clbit in zip(qubits.indices, bits.indices, strict=True)]
