"""Declarations: what names come to stand for, and which bits and qubits there are."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from openqasm3 import ast

from qdm_circuits.circuit import Register
from qdm_circuits.limits import check_size
from qdm_circuits.qasm3.expressions import Expressions
from qdm_circuits.qasm3.inputs import Inputs
from qdm_circuits.qasm3.memory import Memory
from qdm_circuits.qasm3.names import (
    AroundBody,
    Array,
    GateDefinition,
    NumberVariable,
    Operand,
    Qubits,
    Scope,
    Storage,
    Subroutine,
    Variable,
    declare,
)
from qdm_circuits.qasm3.places import invalid, unsupported
from qdm_circuits.qasm3.standard_gates import BUILTIN_GATES, STDGATES
from qdm_circuits.qasm3.values import WORD, Kind, NotKnown, Type, Value, Vector, number, typed
from qdm_driver.errors import InvalidRequestError, Violation


class Declarations:
    """The declarations of a program. ``globals`` is its outermost scope."""

    def __init__(self, memory: Memory, expressions: Expressions, inputs: Inputs) -> None:
        self.globals = Scope()
        for name, gate in BUILTIN_GATES.items():
            self.globals[name] = gate
        self.num_qubits = 0
        self._memory = memory
        self._expressions = expressions
        self._inputs = inputs
        self._registers: list[tuple[str, Variable]] = []
        self._outputs: list[tuple[str, Variable]] = []
        self._num_clbits = 0

    def handlers(self) -> Mapping[type[ast.QASMNode], Callable[[Any, Scope], None]]:
        """Returns what lowers each sort of declaration, but for those of variables, which may have initial values."""
        return {
            ast.AliasStatement: self._alias,
            ast.ConstantDeclaration: self._constant,
            ast.Include: self._include,
            ast.IODeclaration: self._input_or_output,
            ast.QuantumGateDefinition: self._gate,
            ast.QubitDeclaration: self._qubits,
            ast.SubroutineDefinition: self._subroutine,
        }

    def variable(self, node: ast.ClassicalDeclaration, scope: Scope) -> Storage:
        """Declares a variable, which is 0. In the outermost scope, bits are a register of the result."""
        to = node.type
        if isinstance(to, ast.BitType) and scope is self.globals:
            return self._result_bits(node.identifier, self._expressions.type_named(to, scope))
        storage = self._array(to, scope) if isinstance(to, ast.ArrayType) else self._scalar(to, scope)
        declare(scope, node.identifier, storage)
        return storage

    def skip(self, statements: Iterable[ast.Statement | ast.Pragma], scope: Scope) -> None:
        """Takes statements that are never reached: registers of the result that they declare are there, as 0."""
        if scope is not self.globals:
            return
        handlers = self.handlers()
        for statement in statements:
            if handler := handlers.get(type(statement)):
                handler(statement, scope)
            elif isinstance(statement, ast.ClassicalDeclaration) and isinstance(statement.type, ast.BitType):
                self.variable(statement, scope)

    def storage(self, to: Type | None) -> Variable | NumberVariable:
        """Returns a new variable, which is 0; ``None`` is the type of floats."""
        if to is None:
            return NumberVariable(self._memory.new_number())
        clbits = self._memory.hidden(to.width)
        self._memory.write(clbits, (False,) * to.width)
        return Variable(to.kind, clbits)

    def argument(
        self,
        parameter: ast.ClassicalArgument | ast.QuantumArgument,
        value: ast.Expression,
        inner: Scope,
        outer: Scope,
    ) -> None:
        """Declares a parameter of a subroutine with the value that a call gives it."""
        if isinstance(parameter, ast.QuantumArgument):
            qubits = self._expressions.qubits(value, outer)
            width = 1 if parameter.size is None else self._expressions.integer(parameter.size, inner)
            if len(qubits.indices) != width:
                raise invalid(value, f"{width} qubits are needed here, not {len(qubits.indices)}")
            declare(inner, parameter.name, Qubits(qubits.indices, single=parameter.size is None))
        elif isinstance(parameter.type, ast.ArrayReferenceType):
            array = self._expressions.resolve(value, outer)
            if not isinstance(array, Array):
                raise invalid(value, "an array is needed here")
            readonly = parameter.access is ast.AccessControl.readonly
            if array.readonly and not readonly:
                raise invalid(value, "this array is readonly here, and the subroutine may change it")
            declare(inner, parameter.name, replace(array, readonly=readonly))
        else:
            storage = self._scalar(parameter.type, inner)
            self._expressions.assign(storage, value, outer)
            declare(inner, parameter.name, storage)

    def check_end(self) -> None:
        """Raises InvalidRequestError where the program as a whole declares what cannot be."""
        self._inputs.refuse_unused()
        physical = self._expressions.physical
        if physical and self.num_qubits:
            first = next(iter(physical.values()))
            raise invalid(first, "physical qubits cannot be mixed with declared ones")
        if physical:
            self.num_qubits = max(physical) + 1
        if not self.num_qubits:
            raise InvalidRequestError(Violation("program", "has no qubits; declare some: qubit[1] q;"))

    def registers(self) -> list[tuple[Register, tuple[int, ...]]]:
        """Returns the registers of the result, each with its bits: the outputs where the program declares some."""
        chosen = self._outputs or self._registers
        return [(Register(name, len(variable.clbits)), variable.clbits) for name, variable in chosen]

    def _result_bits(self, name: ast.Identifier, to: Type | None) -> Variable:
        width = to.width if to else 1
        check_size(clbits=self._num_clbits + width)
        register = Variable(Kind.BIT, tuple(range(self._num_clbits, self._num_clbits + width)))
        declare(self.globals, name, register)
        self._num_clbits += width
        self._memory.declare_output(register.clbits)
        self._registers.append((name.name, register))
        return register

    def _scalar(self, to: ast.ClassicalType, scope: Scope) -> Variable | NumberVariable:
        return self.storage(self._expressions.type_named(to, scope))

    def _array(self, to: ast.ArrayType, scope: Scope) -> Array:
        def elements(sizes: list[int]) -> Array:
            inner = [elements(sizes[1:]) if sizes[1:] else self.storage(base) for _ in range(sizes[0])]
            return Array(tuple(inner))

        base = self._expressions.type_named(to.base_type, scope)
        sizes = [self._expressions.integer(size, scope) for size in to.dimensions]
        if min(sizes) < 1:
            raise invalid(to, "every dimension of an array must be at least 1")
        return elements(sizes)

    def _qubits(self, node: ast.QubitDeclaration, scope: Scope) -> None:
        if scope is not self.globals:
            raise invalid(node, "qubits are declared outside of all blocks")
        width = 1 if node.size is None else self._expressions.integer(node.size, scope)
        if width < 1:
            raise invalid(node, "a register needs a size of at least 1")
        check_size(qubits=self.num_qubits + width)
        declare(
            scope, node.qubit, Qubits(tuple(range(self.num_qubits, self.num_qubits + width)), single=node.size is None)
        )
        self.num_qubits += width

    def _constant(self, node: ast.ConstantDeclaration, scope: Scope) -> None:
        try:
            value = self._constant_value(node, scope)
        except NotKnown as missing:
            raise invalid(missing.node, "a constant must not depend on a measurement") from None
        declare(scope, node.identifier, value)

    def _constant_value(self, node: ast.ConstantDeclaration, scope: Scope) -> Value:
        to = self._expressions.type_named(node.type, scope)
        if to is None:
            return self._expressions.angle(node.init_expression, scope)
        value = self._expressions.evaluate_for(to, node.init_expression, scope)
        if isinstance(node.type, ast.UintType) and not isinstance(value, Vector) and value < 0:
            raise invalid(node, "a uint must not be negative")
        constant = typed(value, to, node)
        known = number(constant, node.init_expression)
        plain = to.kind in (Kind.INT, Kind.UINT) and to.width == WORD
        return int(known) if plain else constant

    def _input_or_output(self, node: ast.IODeclaration, scope: Scope) -> None:
        if isinstance(node.type, ast.ArrayType):
            raise unsupported(node, "arrays as inputs and outputs")
        to = self._expressions.type_named(node.type, scope)
        if node.io_identifier is ast.IOKeyword.input:
            declare(scope, node.identifier, self._inputs.value(node.identifier.name, to))
            return
        if to is None:
            raise unsupported(node, "outputs of floats")
        check_size(clbits=self._num_clbits + to.width)
        clbits = tuple(range(self._num_clbits, self._num_clbits + to.width))
        self._num_clbits += to.width
        self._memory.declare_output(clbits)
        output = Variable(to.kind, clbits)
        declare(scope, node.identifier, output)
        self._outputs.append((node.identifier.name, output))

    def _include(self, node: ast.Include, scope: Scope) -> None:
        if node.filename != "stdgates.inc":
            raise invalid(node, 'only "stdgates.inc" can be included')
        for name, gate in STDGATES.items():
            declared = scope.find(name)
            if declared is None:
                scope[name] = gate
            elif declared is not gate:
                raise invalid(node, f"stdgates.inc declares {name!r}, which is declared already")

    def _gate(self, node: ast.QuantumGateDefinition, scope: Scope) -> None:
        names = [identifier.name for identifier in (*node.arguments, *node.qubits)]
        if len(set(names)) < len(names):
            raise invalid(node, "a gate's parameters and qubits need distinct names")
        declare(scope, node.name, GateDefinition(node, AroundBody(scope)))

    def _subroutine(self, node: ast.SubroutineDefinition, scope: Scope) -> None:
        declare(scope, node.name, Subroutine(node, AroundBody(scope)))

    def _alias(self, node: ast.AliasStatement, scope: Scope) -> None:
        declare(scope, node.target, self._aliased(node.value, scope))

    def _aliased(self, value: Operand, scope: Scope) -> Qubits | Storage | Value:
        if isinstance(value, ast.Concatenation):
            match self._aliased(value.lhs, scope), self._aliased(value.rhs, scope):
                case Qubits(left), Qubits(right):
                    return Qubits(self._expressions.joined(left, right))
                case Variable(Kind.BIT, left, one), Variable(Kind.BIT, right, other):
                    return Variable(Kind.BIT, self._expressions.joined(left, right), one or other)
            raise invalid(value, "only registers of one sort can be put together")
        found = self._expressions.resolve(value, scope)
        if not isinstance(found, Qubits | Variable | Array):
            raise invalid(value, "only registers and variables have aliases")
        return found
