"""Programs, and the statements that hold others."""

import re
from collections.abc import Callable, Mapping
from typing import TypeVar

from openqasm3 import ast

from qdm_circuits.qasm3.grammar.simple_statements import SimpleStatementReader
from qdm_circuits.qasm3.grammar.surroundings import PRAGMAS
from qdm_circuits.qasm3.grammar.tokens import ANNOTATION, END
from qdm_circuits.qasm3.places import invalid

_Read = TypeVar("_Read")
_VERSION = re.compile(r"[0-9]+(?:\.[0-9]+)?")


class ProgramReader(SimpleStatementReader):
    """Reads a whole program."""

    def __init__(self, program: str) -> None:
        self._compound_statements: Mapping[str, Callable[[], ast.Statement]] = {
            "box": self._box,
            "cal": self._inline_calibration,
            "def": self._subroutine,
            "defcal": self.calibration,
            "for": self._for,
            "gate": self._gate,
            "if": self._if,
            "switch": self._switch,
            "while": self._while,
            "{": self._compound,
        }
        super().__init__(program)

    def program(self) -> ast.Program:
        """Reads to the end. Raises InvalidRequestError."""
        span = self.here()
        version = self._version() if self.accept("OPENQASM") else None
        statements: list[ast.Statement | ast.Pragma] = []
        while self.kind != END:
            statements.append(self._pragma() if self.kind in PRAGMAS else self._statement())
        node = ast.Program(statements, version)
        node.span = span
        return node

    def measures(self) -> bool:
        """Tells whether what was read has a measurement, in a subroutine only where a call of it stands, too."""
        met: set[str] = set()
        waiting = {""}
        while waiting:
            met |= waiting
            waiting = {callee for caller in waiting for callee in self.calls[caller]} - met
        return "measure" in met

    def block(self, word: str) -> list[ast.Statement]:
        """Reads the statements in braces that belong to this word."""
        return self._inside(word, self._braces)

    def _version(self) -> str:
        version = self.text
        if not _VERSION.fullmatch(version):
            raise self.unexpected("a version such as 3.1")
        self.advance()
        self.expect(";")
        return version

    def _pragma(self) -> ast.Pragma:
        span = self.here()
        node = ast.Pragma(self.rest_of_line())
        node.span = span
        if not node.command:
            raise invalid(node, "a pragma needs a text on its line")
        return node

    def _statement(self) -> ast.Statement:
        self.descend()
        span = self.here()
        annotations = self._annotations()
        self.check_place()
        if simple := self.simple_statements.get(self.kind):
            node = simple()
            self._end_statement()
        elif (compound := self._compound_statements.get(self.kind)) and not (annotations and self.kind == "{"):
            node = compound()
        elif self.starts_expression():
            node = self.expression_statement()
            self._end_statement()
        else:
            raise self.unexpected("a statement")
        if annotations:
            node.annotations = annotations
        node.span = span
        self.ascend()
        return node

    def _annotations(self) -> list[ast.Annotation]:
        found = []
        while self.kind == "@":
            span = self.here()
            line = self.rest_of_line()
            words = ANNOTATION.fullmatch(line)
            node = ast.Annotation(words[1], words[2] or None) if words else ast.Annotation(line)
            node.span = span
            if not words:
                raise invalid(node, "an annotation starts with a word right after its '@'")
            found.append(node)
        return found

    def _end_statement(self) -> None:
        if self.kind != ";":
            raise self.unexpected("';' after this statement")
        self.advance()

    def _inside(self, word: str, read: Callable[[], _Read]) -> _Read:
        outside = self.surroundings
        self.surroundings = outside.inside(word)
        found = read()
        self.surroundings = outside
        return found

    def _braces(self) -> list[ast.Statement]:
        self.expect("{")
        found = []
        while self.kind not in {"}", END}:
            found.append(self._statement())
        self.expect("}")
        return found

    def _body(self, word: str) -> list[ast.Statement]:
        """Reads statements in braces, or a single one."""
        return self.block(word) if self.kind == "{" else [self._inside(word, self._statement)]

    def _compound(self) -> ast.CompoundStatement:
        span = self.here()
        node = ast.CompoundStatement(self.block("{"))
        node.span = span
        return node

    def _if(self) -> ast.BranchingStatement:
        self.advance()
        condition = self.parenthesised()
        then = self._body("if")
        return ast.BranchingStatement(condition, then, self._body("else") if self.accept("else") else [])

    def _while(self) -> ast.WhileLoop:
        self.advance()
        return ast.WhileLoop(self.parenthesised(), self._body("while"))

    def _for(self) -> ast.ForInLoop:
        self.advance()
        to = self.scalar_type()
        name = self.identifier()
        self.expect("in")
        return ast.ForInLoop(to, name, self._loop_values(), self._body("for"))

    def _loop_values(self) -> ast.RangeDefinition | ast.DiscreteSet | ast.Expression:
        if self.kind == "{":
            return self.value_set()
        if not self.accept("["):
            return self.expression()
        values = self.range_or_expression()
        if not isinstance(values, ast.RangeDefinition):
            raise self.unexpected("':'")
        self.expect("]")
        return values

    def _switch(self) -> ast.SwitchStatement:
        self.advance()
        target = self.parenthesised()
        self.expect("{")
        cases: list[tuple[list[ast.Expression], ast.CompoundStatement]] = []
        default = None
        while not self.accept("}"):
            if default is not None:
                raise self.unexpected("'}' after 'default'")
            if self.accept("default"):
                default = self._compound()
            elif self.accept("case"):
                values = self.listed(self.expression, "{")
                cases.append((values, self._compound()))
            else:
                raise self.unexpected("'case', 'default' or '}'")
        return ast.SwitchStatement(target, cases, default)

    def _box(self) -> ast.Box:
        self.advance()
        return ast.Box(self.optional_designator(), self.block("box"))  # type: ignore[arg-type]

    def _gate(self) -> ast.QuantumGateDefinition:
        self.advance()
        name = self.identifier()
        parameters: list[ast.Identifier] = []
        if self.accept("("):
            parameters = [] if self.kind == ")" else self.listed(self.identifier, ")")
            self.expect(")")
        qubits = self.listed(self.identifier, "{")
        return ast.QuantumGateDefinition(name, parameters, qubits, self.block("gate"))  # type: ignore[arg-type]

    def _subroutine(self) -> ast.SubroutineDefinition:
        self.advance()
        name = self.identifier()
        parameters = self.parameters()
        return_type = self.return_type()
        self.subroutine = name.name
        body = self.block("def")
        self.subroutine = ""
        return ast.SubroutineDefinition(name, parameters, body, return_type)

    def _inline_calibration(self) -> ast.CalibrationStatement:
        self.advance()
        return ast.CalibrationStatement(self.opaque_block())
