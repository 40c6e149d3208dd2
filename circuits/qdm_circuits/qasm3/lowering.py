"""Statements of an OpenQASM 3 syntax tree, lowered to a circuit.

What is known before the program runs is worked out here: constants, integers, loops, calls. What depends on a
measurement becomes operations on classical bits (see ``memory``, ``paths`` and ``exits``).
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from openqasm3 import ast

from qdm_circuits.circuit import Reset
from qdm_circuits.gates import GLOBAL_PHASE
from qdm_circuits.limits import Work
from qdm_circuits.qasm3.bits import Bit, conjunction, disjunction, negation
from qdm_circuits.qasm3.declarations import Declarations
from qdm_circuits.qasm3.exits import Exits
from qdm_circuits.qasm3.expressions import Expressions
from qdm_circuits.qasm3.gate_calls import GateCall, GateCalls
from qdm_circuits.qasm3.hidden_bits import finished
from qdm_circuits.qasm3.inputs import Inputs
from qdm_circuits.qasm3.memory import Memory
from qdm_circuits.qasm3.names import (
    Array,
    Qubits,
    Scope,
    Storage,
    Subroutine,
    Turn,
    Variable,
    declare,
    range_values,
)
from qdm_circuits.qasm3.paths import Paths
from qdm_circuits.qasm3.places import invalid, unsupported
from qdm_circuits.qasm3.syntax import Syntax
from qdm_circuits.qasm3.values import WORD, Kind, NotKnown, Type, Value, Vector, number, truth, typed
from qdm_circuits.quoting import shown
from qdm_circuits.text_program import TextProgram
from qdm_driver.errors import UnsupportedError

MAX_CALLS = 40
"""Calls of subroutines in one another."""

_VERSIONS = ("3", "3.0", "3.1")
MAX_STEPS = 1_500_000
"""The most work that a program may be, in steps of about a microsecond; what a sort of work counts was measured."""

_STATEMENT = 8
_ITERATION = 5
_CALL = 24
_CASE = 12

_UNSUPPORTED: Mapping[type[ast.QASMNode], str] = {
    ast.CalibrationDefinition: "calibrations",
    ast.CalibrationGrammarDeclaration: "calibrations",
    ast.CalibrationStatement: "calibrations",
    ast.ExternDeclaration: "extern functions",
}


def lower(program: Syntax, inputs: Mapping[str, str]) -> TextProgram:
    """Returns the program's circuit; ``inputs`` are the options of the request that may give values to inputs.

    Raises InvalidRequestError, UnsupportedError, PreconditionError (``CIRCUIT_TOO_LARGE``).
    """
    version = program.tree.version
    if version not in (None, *_VERSIONS):
        other = "send it as the device's native format" if version.startswith("2") else "this is newer"
        raise UnsupportedError(f"OpenQASM version {shown(version)}: {other}, or write OPENQASM 3.1, 3.0 or 3")
    return _Lowering(inputs).program(program)


class _Lowering:
    def __init__(self, inputs: Mapping[str, str]) -> None:
        self._work = Work(MAX_STEPS)
        self._memory = Memory(self._work)
        self._paths = Paths(self._memory, self._work)
        self._exits = Exits(self._memory)
        self._expressions = Expressions(self._memory, self._work, self._call)
        self._declarations = Declarations(self._memory, self._expressions, Inputs(inputs))
        self._gate_calls = GateCalls(self._expressions, self._work)
        self._results: list[Storage | None] = []
        self._ignored: set[str] = set()
        self._handlers: Mapping[type[ast.QASMNode], Callable[[Any, Scope], None]] = {
            ast.BranchingStatement: self._branching,
            ast.BreakStatement: self._break,
            ast.ClassicalAssignment: self._assignment,
            ast.ContinueStatement: self._continue,
            ast.EndStatement: self._end,
            ast.ExpressionStatement: self._expression,
            ast.ForInLoop: self._for,
            ast.QuantumGate: self._gate,
            ast.QuantumMeasurementStatement: self._measurement,
            ast.QuantumPhase: self._gate,
            ast.QuantumReset: self._reset,
            ast.ReturnStatement: self._return,
            ast.SwitchStatement: self._switch,
            ast.WhileLoop: self._while,
        }
        self._definite: Mapping[type[ast.QASMNode], Callable[[Any, Scope], None]] = {
            **self._declarations.handlers(),
            ast.Box: self._box,
            ast.ClassicalDeclaration: self._classical_declaration,
            ast.CompoundStatement: self._compound,
            ast.DelayInstruction: partial(self._ignore, "delay"),
            ast.Pragma: self._pragma,
            ast.QuantumBarrier: partial(self._ignore, "barrier"),
        }

    def program(self, program: Syntax) -> TextProgram:
        self._block(program.tree.statements, self._declarations.globals)
        self._declarations.check_end()
        circuit = finished(
            self._declarations.num_qubits,
            self._declarations.registers(),
            self._memory.operations,
            measures=program.measures,
        )
        return TextProgram(circuit, tuple(sorted(self._ignored)))

    def _block(self, statements: Sequence[ast.Statement | ast.Pragma], scope: Scope) -> None:
        for place, statement in enumerate(statements):
            self._statement(statement, scope)
            skipped = self._exits.taken()
            if skipped is False:
                continue
            rest = statements[place + 1 :]
            if skipped is True:
                self._declarations.skip(rest, scope)
            elif rest:
                self._paths.branch(skipped, _nothing, partial(self._block, rest, scope), rest[0])
            return

    def _statement(self, statement: ast.Statement | ast.Pragma, scope: Scope) -> None:
        self._work.spend(_STATEMENT)
        if getattr(statement, "annotations", None):
            self._ignored.add("annotation")
        kind = type(statement)
        if handler := self._handlers.get(kind):
            self._paths.specialised(partial(handler, statement, scope))
        elif handler := self._definite.get(kind):
            try:
                handler(statement, scope)
            except NotKnown as missing:
                raise unsupported(missing.node, "values here that depend on a measurement") from None
        else:
            raise unsupported(statement, _UNSUPPORTED.get(kind, "statements of this kind"))

    def _gate(self, node: GateCall, scope: Scope) -> None:
        gates = self._gate_calls.expand(node, scope)
        self._work.make(len(gates))
        self._memory.operations += (gate for gate in gates if gate.name != GLOBAL_PHASE)

    def _measurement(self, node: ast.QuantumMeasurementStatement, scope: Scope) -> None:
        qubits = self._expressions.qubits(node.measure.qubit, scope)
        if node.target is None:
            for qubit in qubits.indices:
                self._memory.measure(qubit, None)
            return
        self._measure_into(self._expressions.variable(node.target, scope), qubits, node)

    def _measure_into(self, target: Storage, qubits: Qubits, node: ast.QASMNode) -> None:
        if not isinstance(target, Variable) or target.kind is not Kind.BIT:
            self._expressions.store(target, self._expressions.measured(qubits), node)
            return
        if len(qubits.indices) != len(target.clbits):
            raise invalid(node, f"{len(qubits.indices)} qubits are measured into {len(target.clbits)} bits")
        for qubit, clbit in zip(qubits.indices, target.clbits, strict=True):
            self._memory.measure(qubit, clbit)

    def _reset(self, node: ast.QuantumReset, scope: Scope) -> None:
        qubits = self._expressions.qubits(node.qubits, scope).indices
        self._work.make(len(qubits))
        self._memory.operations += map(Reset, qubits)

    def _ignore(self, word: str, node: ast.QuantumBarrier | ast.DelayInstruction, scope: Scope) -> None:
        for operand in node.qubits:
            self._expressions.qubits(operand, scope)
        self._ignored.add(word)

    def _box(self, node: ast.Box, scope: Scope) -> None:
        self._ignored.add("box")
        self._block(node.body, Scope(scope))

    def _pragma(self, _node: ast.Pragma, _scope: Scope) -> None:
        self._ignored.add("pragma")

    def _compound(self, node: ast.CompoundStatement, scope: Scope) -> None:
        self._block(node.statements, Scope(scope))

    def _classical_declaration(self, node: ast.ClassicalDeclaration, scope: Scope) -> None:
        variable = self._declarations.variable(node, scope)
        if node.init_expression is not None:
            self._paths.specialised(partial(self._initialise, variable, node.init_expression, scope))

    def _initialise(self, variable: Storage, value: ast.Expression | ast.QuantumMeasurement, scope: Scope) -> None:
        match variable, value:
            case Array(elements), ast.ArrayLiteral(values):
                if len(elements) != len(values):
                    raise invalid(value, f"{len(elements)} values are needed, not {len(values)}")
                for element, item in zip(elements, values, strict=True):
                    self._initialise(element, item, scope)
            case _, ast.QuantumMeasurement(qubit):
                self._measure_into(variable, self._expressions.qubits(qubit, scope), value)
            case _:
                self._expressions.assign(variable, value, scope)

    def _assignment(self, node: ast.ClassicalAssignment, scope: Scope) -> None:
        target = self._expressions.variable(node.lvalue, scope)
        if node.op.name == "=":
            self._initialise(target, node.rvalue, scope)
            return
        self._expressions.update(node.op.name.removesuffix("="), target, node.rvalue, scope, node)

    def _expression(self, node: ast.ExpressionStatement, scope: Scope) -> None:
        match node.expression:
            case ast.FunctionCall(name) if isinstance(found := scope.find(name.name), Subroutine):
                self._call(found, node.expression, scope)
            case _:
                self._expressions.evaluate(node.expression, scope)

    def _branching(self, node: ast.BranchingStatement, scope: Scope) -> None:
        condition = truth(self._expressions.evaluate(node.condition, scope))
        then = partial(self._block, node.if_block, Scope(scope))
        otherwise = partial(self._block, node.else_block, Scope(scope))
        self._paths.branch(condition, then, otherwise, node)

    def _switch(self, node: ast.SwitchStatement, scope: Scope) -> None:
        target = self._expressions.settled(self._expressions.evaluate(node.target, scope))
        met: dict[Bit, None] = {}  # no two of them hold at once
        for labels, block in node.cases:
            self._work.spend(_CASE)
            matches = dict.fromkeys(self._matches(target, label, scope) for label in labels)
            taken = disjunction(match for match in matches if match not in met)
            met |= matches
            self._paths.branch(taken, partial(self._compound, block, scope), _nothing, block)
        if node.default is not None:
            others = negation(disjunction(met))
            self._paths.branch(others, partial(self._compound, node.default, scope), _nothing, node.default)

    def _matches(self, target: Value, label: ast.Expression, scope: Scope) -> Bit:
        value = self._expressions.integer(label, scope)
        return truth(self._expressions.binary("==", target, value, label))

    def _break(self, node: ast.BreakStatement, _scope: Scope) -> None:
        self._exit(self._exits.flags.leave, node, "break stands outside of a loop")

    def _continue(self, node: ast.ContinueStatement, _scope: Scope) -> None:
        self._exit(self._exits.flags.next, node, "continue stands outside of a loop")

    def _end(self, node: ast.EndStatement, _scope: Scope) -> None:
        self._exit(self._exits.flags.end, node, "")

    def _return(self, node: ast.ReturnStatement, scope: Scope) -> None:
        if self._exits.flags.back is None:
            raise invalid(node, "return stands outside of a subroutine")
        result = self._results[-1]
        if (result is None) != (node.expression is None):
            raise invalid(node, "a subroutine returns a value exactly where its signature names a type")
        if result is not None and node.expression is not None:
            self._expressions.assign(result, node.expression, scope)
        self._exits.set(self._exits.flags.back)

    def _exit(self, flag: int | None, node: ast.Statement, otherwise: str) -> None:
        if flag is None:
            raise invalid(node, otherwise)
        self._exits.set(flag)

    def _for(self, node: ast.ForInLoop, scope: Scope) -> None:
        to = self._expressions.type_named(node.type, scope)
        values = self._loop_values(node, to, scope)
        with self._exits.loop() as following:
            for value in values:
                self._work.spend(_ITERATION)
                left = self._exits.loop_left()
                if left is True:
                    break
                iteration = partial(self._iteration, node, _loop_variable(value, to, node), following, scope)
                self._paths.branch(left, _nothing, iteration, node)

    def _iteration(self, node: ast.ForInLoop, value: Value, following: int, scope: Scope) -> None:
        self._exits.clear(following)
        inner = Turn(scope)
        declare(inner, node.identifier, value)
        self._block(node.block, Scope(inner))

    def _loop_values(self, node: ast.ForInLoop, to: Type | None, scope: Scope) -> Iterable[Value]:
        values = node.set_declaration
        match values:
            case ast.RangeDefinition():
                return range_values(values, lambda expression: self._expressions.integer(expression, scope))
            case ast.DiscreteSet():
                items = (self._expressions.evaluate_for(to, item, scope) for item in values.values)
                return [self._expressions.settled(item) for item in items]
        found = self._expressions.resolve(values, scope)
        if isinstance(found, Array):
            return [self._expressions.settled(self._expressions.load(item, values)) for item in found.elements]
        value = self._expressions.settled(self._expressions.load(found, values))
        if not isinstance(value, Vector) or value.kind is not Kind.BIT:
            raise invalid(values, "a loop needs a range, a set, an array or bits to go through")
        return [Vector(Kind.BIT, (bit,)) for bit in value.bits]

    def _while(self, node: ast.WhileLoop, scope: Scope) -> None:
        read = self._condition_reader(node.while_condition, scope)
        with self._exits.loop() as following:

            def goes_on() -> Bit:
                return conjunction((read.value(), negation(self._exits.loop_left())))

            def body() -> None:
                self._exits.clear(following)
                self._block(node.block, Scope(scope))
                self._paths.branch(self._exits.loop_left(), _nothing, read.refresh, node)

            read.refresh()
            turns = 0
            while (condition := goes_on()) is True:
                turns += 1
                looked_at = turns.bit_count() == 1  # a look costs, so ever fewer
                before = self._memory.state.copy() if looked_at else None
                self._work.spend(_ITERATION)
                body()
                if before == self._memory.state:
                    raise invalid(node, "nothing in this loop changes its condition, so it would never end")
            if condition is not False:
                self._paths.loop(goes_on, body, node)

    def _condition_reader(self, node: ast.Expression, scope: Scope) -> "_ConditionReader":
        if _needs_no_operations(node):
            return _ConditionReader(lambda: truth(self._expressions.evaluate(node, scope)), _nothing)
        flag = Variable(Kind.BOOL, self._memory.hidden(1))

        def refresh() -> None:
            self._paths.specialised(lambda: self._expressions.assign(flag, node, scope))

        return _ConditionReader(lambda: self._memory.read(flag.clbits[0]), refresh)

    def _call(self, subroutine: Subroutine, call: ast.FunctionCall, scope: Scope) -> Value | None:
        node = subroutine.node
        if len(self._results) == MAX_CALLS:
            raise unsupported(call, f"more than {MAX_CALLS} calls of subroutines in one another")
        if len(call.arguments) != len(node.arguments):
            raise invalid(call, f"{node.name.name!r} takes {len(node.arguments)} arguments, not {len(call.arguments)}")
        self._work.spend(_CALL)
        inner = Scope(subroutine.scope)
        inner[node.name.name] = subroutine
        for parameter, argument in zip(node.arguments, call.arguments, strict=True):
            self._declarations.argument(parameter, argument, inner, scope)
        result = None
        if node.return_type is not None:
            result = self._declarations.storage(self._expressions.type_named(node.return_type, subroutine.scope))
        self._results.append(result)
        try:
            with self._exits.subroutine():
                self._block(node.body, Scope(inner))
        finally:
            self._results.pop()
        return None if result is None else self._expressions.load(result, call)


@dataclass(frozen=True, slots=True)
class _ConditionReader:
    """How a loop's condition is read, and what must be done before that."""

    value: Callable[[], Bit]
    refresh: Callable[[], None]


def _loop_variable(value: Value, to: Type | None, node: ast.ForInLoop) -> Value:
    if to is None:
        return float(number(value, node))
    if isinstance(value, int) and to.width == WORD and to.kind is not Kind.BOOL:
        return value
    return typed(value, to, node)


def _needs_no_operations(node: ast.Expression) -> bool:
    match node:
        case ast.UnaryExpression(op, operand):
            return op.name in "!~" and _needs_no_operations(operand)
        case ast.BinaryExpression(op, left, right):
            plain = op.name in {"==", "!=", "&&", "||", "&", "|", "^"}
            return plain and _needs_no_operations(left) and _needs_no_operations(right)
        case ast.IndexExpression(collection, [ast.IntegerLiteral()]):
            return _needs_no_operations(collection)
    return isinstance(node, ast.Identifier | ast.IntegerLiteral | ast.BooleanLiteral | ast.BitstringLiteral)


def _nothing() -> None:
    """Does nothing."""
