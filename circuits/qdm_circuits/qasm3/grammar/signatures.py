"""Parameters and results of subroutines, extern functions, gates and calibrations."""

from openqasm3 import ast

from qdm_circuits.qasm3.grammar.expressions import ExpressionReader
from qdm_circuits.qasm3.grammar.tokens import NAME, PHYSICAL_QUBIT
from qdm_circuits.qasm3.grammar.types import SCALAR_TYPES

_ACCESS = frozenset(access.name for access in ast.AccessControl)
_CALIBRATED = frozenset({"measure", "reset", "delay", NAME})
_NEVER_IN_EXPRESSIONS = frozenset({"creg", "qreg", "qubit", *_ACCESS})


class SignatureReader(ExpressionReader):
    """Reads what stands between a definition's first word and its block."""

    def extern(self) -> ast.ExternDeclaration:
        """Reads the declaration of an extern function."""
        self.expect("extern")
        name = self.identifier()
        self.expect("(")
        arguments = [] if self.kind == ")" else self.listed(self._extern_argument, ")")
        self.expect(")")
        return ast.ExternDeclaration(name, arguments, self.return_type())

    def calibration(self) -> ast.CalibrationDefinition:
        """Reads the calibration of an operation; its body is kept as text."""
        self.expect("defcal")
        if self.kind not in _CALIBRATED:
            raise self.unexpected("the name of what is calibrated")
        name = ast.Identifier(self.text)
        name.span = self.here()
        self.advance()
        arguments: list[ast.ClassicalArgument | ast.Expression] = []
        if self.accept("("):
            arguments = [] if self.kind == ")" else self.listed(self._calibration_argument, ")")  # type: ignore[arg-type]
            self.expect(")")
        qubits = self.listed(self._calibrated_qubit, "{", "->")
        return_type = self.return_type()
        return ast.CalibrationDefinition(name, arguments, qubits, return_type, self.opaque_block())

    def parameters(self) -> list[ast.ClassicalArgument | ast.QuantumArgument]:
        """Reads a subroutine's parameters in parentheses."""
        self.expect("(")
        found = [] if self.kind == ")" else self.listed(self._parameter, ")")
        self.expect(")")
        return found

    def return_type(self) -> ast.ClassicalType | None:
        """Reads the type that a function gives, where it gives anything."""
        return self.scalar_type() if self.accept("->") else None

    def _parameter(self) -> ast.ClassicalArgument | ast.QuantumArgument:
        span, word = self.here(), self.kind
        node: ast.ClassicalArgument | ast.QuantumArgument
        if word in {"qreg", "creg"}:
            self.advance()
            name = self.identifier()
            size = self.optional_designator()
            node = ast.QuantumArgument(name, size) if word == "qreg" else ast.ClassicalArgument(_bits(size, span), name)
        elif word == "qubit":
            self.advance()
            size = self.optional_designator()
            node = ast.QuantumArgument(self.identifier(), size)
        elif word in _ACCESS:
            to = self._array_reference()
            node = ast.ClassicalArgument(to, self.identifier(), ast.AccessControl[word])
        else:
            node = ast.ClassicalArgument(self.scalar_type(), self.identifier())
        node.span = span
        return node

    def _extern_argument(self) -> ast.ExternArgument:
        span, word = self.here(), self.kind
        if word in _ACCESS:
            node = ast.ExternArgument(self._array_reference(), ast.AccessControl[word])
        elif self.accept("creg"):
            node = ast.ExternArgument(_bits(self.optional_designator(), span))
        else:
            node = ast.ExternArgument(self.scalar_type())
        node.span = span
        return node

    def _calibration_argument(self) -> ast.ClassicalArgument | ast.QuantumArgument | ast.Expression:
        if self.kind in _NEVER_IN_EXPRESSIONS:
            return self._parameter()
        if self.kind not in SCALAR_TYPES:
            return self.expression()
        to = self.scalar_type()
        if self.kind != NAME:
            return self.expression(left=self.cast(to))
        node = ast.ClassicalArgument(to, self.identifier())
        node.span = to.span
        return node

    def _calibrated_qubit(self) -> ast.Identifier:
        return self.physical_qubit() if self.kind == PHYSICAL_QUBIT else self.identifier()

    def _array_reference(self) -> ast.ArrayReferenceType:
        span = self.here()
        self.advance()
        self.expect("array")
        self.expect("[")
        base = self.scalar_type()
        self.expect(",")
        dimensions: ast.Expression | list[ast.Expression]
        if self.accept("#dim"):
            self.expect("=")
            dimensions = self.expression()
        else:
            dimensions = self.listed(self.expression, "]")
        self.expect("]")
        node = ast.ArrayReferenceType(base, dimensions)  # type: ignore[arg-type]
        node.span = span
        return node


def _bits(size: ast.Expression | None, span: ast.Span | None) -> ast.BitType:
    node = ast.BitType(size)
    node.span = span
    return node
