"""Classical types of OpenQASM 3."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping

from openqasm3 import ast

from qdm_circuits.qasm3.grammar.cursor import Cursor
from qdm_circuits.qasm3.places import invalid

_SIZED: Mapping[str, Callable[[ast.Expression | None], ast.ClassicalType]] = {
    "angle": ast.AngleType,
    "bit": ast.BitType,
    "float": ast.FloatType,
    "int": ast.IntType,
    "uint": ast.UintType,
}
_UNSIZED: Mapping[str, Callable[[], ast.ClassicalType]] = {
    "bool": ast.BoolType,
    "duration": ast.DurationType,
    "stretch": ast.StretchType,
}
_NEVER_EMPTY = frozenset({"angle", "int", "uint"})
SCALAR_TYPES = frozenset({*_SIZED, *_UNSIZED, "complex"})


class TypeReader(Cursor, ABC):
    """Reads types; sizes need expressions."""

    @abstractmethod
    def expression(self) -> ast.Expression:
        """Reads an expression."""

    def scalar_type(self) -> ast.ClassicalType:
        """Reads any type but an array."""
        span, word = self.here(), self.kind
        if word not in SCALAR_TYPES:
            raise self.unexpected("a type")
        self.advance()
        if word == "complex":
            node: ast.ClassicalType = ast.ComplexType(self._component_type())
        elif word in _UNSIZED:
            node = _UNSIZED[word]()
        else:
            size = self.optional_designator()
            if word in _NEVER_EMPTY:
                check_not_empty(size, word)
            node = _SIZED[word](size)
        node.span = span
        return node

    def any_type(self) -> ast.ClassicalType:
        """Reads a type."""
        return self._array_type() if self.kind == "array" else self.scalar_type()

    def optional_designator(self) -> ast.Expression | None:
        """Reads a size or a duration in brackets, where there is one."""
        return self.designator() if self.kind == "[" else None

    def designator(self) -> ast.Expression:
        """Reads a size or a duration in brackets; its span is that of the bracket."""
        span = self.here()
        self.expect("[")
        node = self.expression()
        self.expect("]")
        node.span = span
        return node

    def _array_type(self) -> ast.ArrayType:
        span = self.here()
        self.expect("array")
        self.expect("[")
        base = self.scalar_type()
        if isinstance(base, ast.StretchType):
            raise invalid(base, "an array cannot hold this type")
        self.expect(",")
        node = ast.ArrayType(base, self.listed(self.expression, "]"))  # type: ignore[arg-type]
        for dimension in node.dimensions:
            if isinstance(dimension, ast.UnaryExpression):
                raise invalid(dimension, "a dimension cannot be negative")
        self.expect("]")
        node.span = span
        return node

    def _component_type(self) -> ast.FloatType | None:
        if not self.accept("["):
            return None
        node = self.scalar_type()
        if not isinstance(node, ast.FloatType):
            raise invalid(node, "the parts of a complex number are floats")
        self.expect("]")
        return node


def check_not_empty(size: ast.Expression | None, what: str) -> None:
    """Raises InvalidRequestError for a size that is seen to be 0 or less."""
    if isinstance(size, ast.UnaryExpression) or (isinstance(size, ast.IntegerLiteral) and size.value == 0):
        raise invalid(size, f"{what} needs a size of at least 1")
