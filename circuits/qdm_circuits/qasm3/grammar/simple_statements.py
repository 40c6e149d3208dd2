"""Statements that end with a semicolon."""

from collections.abc import Callable, Mapping

from openqasm3 import ast

from qdm_circuits.qasm3.grammar.signatures import SignatureReader
from qdm_circuits.qasm3.grammar.surroundings import ASSIGNMENT_OPERATORS, Surroundings
from qdm_circuits.qasm3.grammar.tokens import BITSTRING, NAME, PHYSICAL_QUBIT, STRING
from qdm_circuits.qasm3.grammar.types import SCALAR_TYPES, check_not_empty

_MODIFIERS = frozenset(modifier.name for modifier in ast.GateModifierName)
_WORDS: Mapping[str, Callable[[], ast.Statement]] = {
    "break": ast.BreakStatement,
    "continue": ast.ContinueStatement,
    "end": ast.EndStatement,
}

Operand = ast.Identifier | ast.IndexedIdentifier


class SimpleStatementReader(SignatureReader):
    """Reads statements up to their semicolon; ``surroundings`` is what encloses them."""

    def __init__(self, program: str) -> None:
        self.surroundings = Surroundings()
        self.simple_statements: Mapping[str, Callable[[], ast.Statement]] = {
            NAME: self._named,
            "array": self._typed,
            "barrier": self._barrier,
            "const": self._constant,
            "creg": self._old_register,
            "defcalgrammar": self._calibration_grammar,
            "delay": self._delay,
            "extern": self.extern,
            "gphase": self._modified,
            "include": self._include,
            "input": self._input_or_output,
            "let": self._alias,
            "measure": self._measure,
            "output": self._input_or_output,
            "qreg": self._old_register,
            "qubit": self._qubits,
            "reset": self._reset,
            "return": self._return,
            **dict.fromkeys(SCALAR_TYPES, self._typed),
            **dict.fromkeys(_MODIFIERS, self._modified),
            **dict.fromkeys(_WORDS, self._word),
        }
        super().__init__(program)

    def check_place(self) -> None:
        """Raises InvalidRequestError where this word or operator may not stand in these surroundings."""
        if objection := self.surroundings.objection(self.kind):
            raise self.wrong(objection)

    def expression_statement(self, left: ast.Expression | None = None) -> ast.ExpressionStatement:
        """Reads an expression that is a statement; ``left`` starts it, if read."""
        return ast.ExpressionStatement(self.expression(left=left))

    def _named(self) -> ast.Statement:
        """Reads what starts with a name: what follows its arguments and indices tells whether a gate is called."""
        name = self.identifier()
        arguments = self.arguments() if self.kind == "(" else None
        bracket = self.here() if self.kind == "[" else None
        indices = self.indices()
        if self.kind in {NAME, PHYSICAL_QUBIT}:
            match indices:
                case []:
                    duration = None
                case [[ast.Expression() as duration]]:
                    duration.span = bracket
                case _:
                    raise self.unexpected("';' after this statement")
            return ast.QuantumGate([], name, arguments or [], self._operands(), duration)
        if self.kind in ASSIGNMENT_OPERATORS and arguments is None:
            return self._assignment(self.indexed(name, indices))
        callee = name if arguments is None else self.call(name, arguments)
        return self.expression_statement(self.with_indices(callee, indices))

    def _assignment(self, target: Operand) -> ast.Statement:
        self.check_place()
        operator = ast.AssignmentOperator[self.kind]
        self.advance()
        if self.kind == "measure":
            return ast.QuantumMeasurementStatement(self._measurement(), target)
        return ast.ClassicalAssignment(target, operator, self.expression())

    def _modified(self) -> ast.Statement:
        modifiers = []
        while self.kind in _MODIFIERS:
            modifiers.append(self._modifier())
            self.expect("@")
        if self.kind == "gphase":
            return self._phase(modifiers)
        name = self.identifier()
        arguments = self.arguments() if self.kind == "(" else []
        duration = self.optional_designator()
        return ast.QuantumGate(modifiers, name, arguments, self._operands(), duration)

    def _modifier(self) -> ast.QuantumGateModifier:
        span, word = self.here(), self.kind
        self.advance()
        argument = None
        if word == "pow" or (word != "inv" and self.kind == "("):
            self.expect("(")
            argument = self.expression()
            self.expect(")")
        node = ast.QuantumGateModifier(ast.GateModifierName[word], argument)
        node.span = span
        return node

    def _phase(self, modifiers: list[ast.QuantumGateModifier]) -> ast.QuantumPhase:
        self.expect("gphase")
        self.expect("(")
        argument = self.expression()
        self.accept(",")
        self.expect(")")
        self.optional_designator()
        return ast.QuantumPhase(modifiers, argument, [] if self.kind == ";" else self._operands())

    def _operands(self) -> list[Operand]:
        return self.listed(self.gate_operand, ";")

    def _measurement(self) -> ast.QuantumMeasurement:
        self.check_place()
        span = self.here()
        self.expect("measure")
        self.calls[self.subroutine].add("measure")
        node = ast.QuantumMeasurement(self.gate_operand())
        node.span = span
        return node

    def _measure(self) -> ast.QuantumMeasurementStatement:
        measurement = self._measurement()
        target = self.indexed_identifier() if self.accept("->") else None
        return ast.QuantumMeasurementStatement(measurement, target)

    def _reset(self) -> ast.QuantumReset:
        self.advance()
        return ast.QuantumReset(self.gate_operand())

    def _barrier(self) -> ast.QuantumBarrier:
        self.advance()
        return ast.QuantumBarrier([] if self.kind == ";" else self._operands())  # type: ignore[arg-type]

    def _delay(self) -> ast.DelayInstruction:
        self.advance()
        duration = self.designator()
        return ast.DelayInstruction(duration, [] if self.kind == ";" else self._operands())

    def _typed(self) -> ast.Statement:
        """Reads what starts with a type: a name declares a variable, a parenthesis casts."""
        to = self.any_type()
        if self.kind == "(":
            return self.expression_statement(self.cast(to))
        name = self.identifier()
        return ast.ClassicalDeclaration(to, name, self._initial_value() if self.accept("=") else None)

    def _constant(self) -> ast.ConstantDeclaration:
        self.advance()
        to = self.scalar_type()
        name = self.identifier()
        self.expect("=")
        return ast.ConstantDeclaration(to, name, self._initial_value())  # type: ignore[arg-type]

    def _initial_value(self) -> ast.Expression | ast.QuantumMeasurement:
        if self.kind == "measure":
            return self._measurement()
        return self._array_element()

    def _array_element(self) -> ast.Expression:
        if self.kind != "{":
            return self.expression()
        self.descend()
        span = self.here()
        self.advance()
        node = ast.ArrayLiteral([] if self.kind == "}" else self.listed(self._array_element, "}"))
        self.expect("}")
        self.ascend()
        node.span = span
        return node

    def _input_or_output(self) -> ast.IODeclaration:
        keyword = ast.IOKeyword[self.kind]
        self.advance()
        return ast.IODeclaration(keyword, self.any_type(), self.identifier())

    def _qubits(self) -> ast.QubitDeclaration:
        self.advance()
        size = self.optional_designator()
        return ast.QubitDeclaration(self.identifier(), size)

    def _old_register(self) -> ast.Statement:
        span, word = self.here(), self.kind
        self.advance()
        name = self.identifier()
        size = self.optional_designator()
        check_not_empty(size, word)
        if word == "qreg":
            return ast.QubitDeclaration(name, size)
        bits = ast.BitType(size)
        bits.span = span
        return ast.ClassicalDeclaration(bits, name)

    def _alias(self) -> ast.AliasStatement:
        self.advance()
        name = self.identifier()
        self.expect("=")
        return ast.AliasStatement(name, self.concatenation())  # type: ignore[arg-type]

    def _return(self) -> ast.ReturnStatement:
        self.advance()
        if self.kind == ";":
            return ast.ReturnStatement()
        return ast.ReturnStatement(self._measurement() if self.kind == "measure" else self.expression())

    def _include(self) -> ast.Include:
        self.advance()
        return ast.Include(self._quoted())

    def _calibration_grammar(self) -> ast.CalibrationGrammarDeclaration:
        self.advance()
        return ast.CalibrationGrammarDeclaration(self._quoted())

    def _quoted(self) -> str:
        return self.expect(BITSTRING if self.kind == BITSTRING else STRING)[1:-1]

    def _word(self) -> ast.Statement:
        node = _WORDS[self.kind]()
        self.advance()
        return node
