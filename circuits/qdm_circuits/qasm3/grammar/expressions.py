"""Expressions of OpenQASM 3, by climbing the table of how tightly operators bind."""

from abc import abstractmethod
from collections import defaultdict
from collections.abc import Callable, Mapping

from openqasm3 import ast

from qdm_circuits.qasm3.grammar.tokens import (
    BITSTRING,
    DURATION,
    FLOAT,
    IMAGINARY,
    INTEGER,
    NAME,
    PHYSICAL_QUBIT,
)
from qdm_circuits.qasm3.grammar.types import SCALAR_TYPES, TypeReader
from qdm_circuits.qasm3.places import invalid

MAX_CHAIN = 256
"""So many operators or indices may stand in a row: each makes the tree one node higher."""

_TIGHTNESS: Mapping[str, int] = {
    operator: tightness
    for tightness, operators in enumerate(
        ("||", "&&", "|", "^", "&", "== !=", "< <= > >=", "<< >>", "+ -", "* / %", "**"), start=1
    )
    for operator in operators.split()
}
_LOOSEST = 1
_POWER = _TIGHTNESS["**"]
_UNARY_OPERATORS = frozenset({"~", "!", "-"})
_BASES: Mapping[str, int] = {"0b": 2, "0B": 2, "0o": 8, "0x": 16, "0X": 16}


class ExpressionReader(TypeReader):
    """Reads expressions; ``durationof`` needs statements.

    ``calls`` are the functions that each ``subroutine`` calls, by name; the program itself has none.
    """

    def __init__(self, program: str) -> None:
        self._primaries: Mapping[str, Callable[[], ast.Expression]] = {
            "(": self.parenthesised,
            "array": self._cast,
            "durationof": self._duration_of,
            "false": self._boolean,
            "true": self._boolean,
            BITSTRING: self._bitstring,
            DURATION: self._duration,
            FLOAT: lambda: ast.FloatLiteral(float(self.expect(FLOAT))),
            IMAGINARY: lambda: ast.ImaginaryLiteral(float(self.expect(IMAGINARY).rstrip("im "))),
            INTEGER: self._integer,
            NAME: self._name_or_call,
            PHYSICAL_QUBIT: self.physical_qubit,
        } | dict.fromkeys(SCALAR_TYPES, self._cast)
        self.subroutine = ""
        self.calls: defaultdict[str, set[str]] = defaultdict(set)
        super().__init__(program)

    @abstractmethod
    def block(self, word: str) -> list[ast.Statement]:
        """Reads the statements in braces that belong to this word."""

    def expression(self, loosest: int = _LOOSEST, left: ast.Expression | None = None) -> ast.Expression:
        """Reads an expression with operators that bind at least this tightly; ``left`` starts it, if read."""
        self.descend()
        node = self._operand() if left is None else self.with_indices(left, self.indices())
        chain = 0
        while (tightness := _TIGHTNESS.get(self.kind, 0)) >= loosest:
            operator = ast.BinaryOperator[self.kind]
            chain += 1
            self._check_chain(chain)
            self.advance()
            right = self.expression(tightness if tightness == _POWER else tightness + 1)
            span = node.span
            node = ast.BinaryExpression(operator, node, right)
            node.span = span
        self.ascend()
        return node

    def concatenation(self) -> ast.Expression:
        """Reads an expression, or several with ``++`` between."""
        node = self.expression()
        chain = 0
        while self.kind == "++":
            chain += 1
            self._check_chain(chain)
            self.advance()
            span = node.span
            node = ast.Concatenation(node, self.expression())
            node.span = span
        return node

    def starts_expression(self) -> bool:
        """Tells whether an expression can start with this token."""
        return self.kind in self._primaries or self.kind in _UNARY_OPERATORS

    def identifier(self) -> ast.Identifier:
        """Reads a name."""
        span = self.here()
        node = ast.Identifier(self.expect(NAME))
        node.span = span
        return node

    def parenthesised(self) -> ast.Expression:
        """Reads an expression with parentheses around it."""
        self.expect("(")
        node = self.expression()
        self.expect(")")
        return node

    def physical_qubit(self) -> ast.Identifier:
        """Reads the name of a physical qubit, such as ``$0``."""
        span = self.here()
        node = ast.Identifier(self.expect(PHYSICAL_QUBIT))
        node.span = span
        return node

    def indexed(self, name: ast.Identifier, indices: list[ast.IndexElement]) -> ast.Identifier | ast.IndexedIdentifier:
        """Returns the name with its indices, if there are any."""
        if not indices:
            return name
        node = ast.IndexedIdentifier(name, indices)
        node.span = name.span
        return node

    def indexed_identifier(self) -> ast.Identifier | ast.IndexedIdentifier:
        """Reads a name with indices, or without."""
        return self.indexed(self.identifier(), self.indices())

    def gate_operand(self) -> ast.Identifier | ast.IndexedIdentifier:
        """Reads a name with indices, or without, or a physical qubit."""
        return self.physical_qubit() if self.kind == PHYSICAL_QUBIT else self.indexed_identifier()

    def indices(self) -> list[ast.IndexElement]:
        """Reads all indices that follow."""
        found = []
        while self.kind == "[":
            found.append(self._index())
        return found

    def with_indices(self, node: ast.Expression, indices: list[ast.IndexElement]) -> ast.Expression:
        """Returns the expression that selects by each index in turn."""
        self._check_chain(len(indices))
        for index in indices:
            span = node.span
            node = ast.IndexExpression(node, index)
            node.span = span
        return node

    def arguments(self) -> list[ast.Expression]:
        """Reads the expressions between parentheses, maybe none."""
        self.expect("(")
        found = [] if self.kind == ")" else self.listed(self.expression, ")")
        self.expect(")")
        return found

    def call(self, name: ast.Identifier, arguments: list[ast.Expression]) -> ast.Expression:
        """Returns the call of a function."""
        if name.name != "sizeof":
            self.calls[self.subroutine].add(name.name)
            node: ast.Expression = ast.FunctionCall(name, arguments)
        elif len(arguments) in (1, 2):
            node = ast.SizeOf(*arguments)
        else:
            raise invalid(name, "sizeof takes an array, and maybe a dimension")
        node.span = name.span
        return node

    def value_set(self) -> ast.DiscreteSet:
        """Reads values in braces."""
        span = self.here()
        self.expect("{")
        node = ast.DiscreteSet(self.listed(self.expression, "}"))
        self.expect("}")
        node.span = span
        return node

    def range_or_expression(self) -> ast.Expression | ast.RangeDefinition:
        """Reads an expression, or a range with ``:``."""
        span = self.here()
        start = None if self.kind == ":" else self.expression()
        if start is not None and self.kind != ":":
            return start
        self.expect(":")
        end = self.expression() if self.starts_expression() else None
        step = None
        if self.accept(":"):
            step, end = end, self.expression()
        node = ast.RangeDefinition(start, end, step)
        node.span = span
        return node

    def _operand(self) -> ast.Expression:
        span = self.here()
        if self.kind in _UNARY_OPERATORS:
            operator = ast.UnaryOperator[self.kind]
            self.advance()
            node: ast.Expression = ast.UnaryExpression(operator, self.expression(_POWER))
        else:
            primary = self._primaries.get(self.kind)
            if primary is None:
                raise self.unexpected("an expression")
            node = primary()
            if self.kind == "[":
                node.span = span
                node = self.with_indices(node, self.indices())
        node.span = span
        return node

    def _index(self) -> ast.IndexElement:
        self.expect("[")
        if self.kind == "{":
            values = self.value_set()
            self.expect("]")
            return values
        found = self.listed(self.range_or_expression, "]")
        self.expect("]")
        return found

    def _cast(self) -> ast.Expression:
        return self.cast(self.any_type())

    def cast(self, to: ast.ClassicalType) -> ast.Expression:
        """Reads the argument of a cast to a type."""
        self.expect("(")
        node = ast.Cast(to, self.expression())
        self.expect(")")
        node.span = to.span
        return node

    def _duration_of(self) -> ast.Expression:
        self.advance()
        self.expect("(")
        node = ast.DurationOf(self.block("durationof"))
        self.expect(")")
        return node

    def _name_or_call(self) -> ast.Expression:
        name = self.identifier()
        return self.call(name, self.arguments()) if self.kind == "(" else name

    def _boolean(self) -> ast.Expression:
        node = ast.BooleanLiteral(self.kind == "true")
        self.advance()
        return node

    def _integer(self) -> ast.Expression:
        try:
            node = ast.IntegerLiteral(int(self.text, _BASES.get(self.text[:2], 10)))
        except ValueError:  # Python's own bound, as the time it takes is quadratic
            raise self.wrong("this integer has too many digits") from None
        self.advance()
        return node

    def _bitstring(self) -> ast.Expression:
        digits = self.expect(BITSTRING).strip('"').replace("_", "")
        return ast.BitstringLiteral(int(digits, 2), len(digits))

    def _duration(self) -> ast.Expression:
        text = self.expect(DURATION)
        value = text.rstrip("dtnuµms ")
        return ast.DurationLiteral(float(value), ast.TimeUnit[text[len(value) :].strip().replace("µ", "u")])

    def _check_chain(self, length: int) -> None:
        if length > MAX_CHAIN:
            raise self.wrong(f"more than {MAX_CHAIN} operators or indices stand in a row; take them apart")
