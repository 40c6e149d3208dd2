"""Errors that name a place in the program: lines and columns counted from 1."""

from openqasm3 import ast

from qdm_driver.errors import InvalidRequestError, UnsupportedError, Violation

_LONGEST_SENTENCE = 240


def place(line: int, column: int) -> str:
    """Returns the place's name; ``column`` counts from 0, as in syntax trees."""
    return f"line {line}, column {column + 1}"


def invalid(node: ast.QASMNode, sentence: str) -> InvalidRequestError:
    """Returns the error to raise: this is no OpenQASM 3. A sentence with a long name in it is cut."""
    if len(sentence) > _LONGEST_SENTENCE:
        sentence = sentence[:_LONGEST_SENTENCE] + "…"
    return InvalidRequestError(Violation(_place_of(node), sentence))


def unsupported(node: ast.QASMNode, what: str) -> UnsupportedError:
    """Returns the error to raise: ``what``, in the plural, is OpenQASM 3 but not supported."""
    return UnsupportedError(f"{_place_of(node)}: {what} are not supported")


def _place_of(node: ast.QASMNode) -> str:
    return place(node.span.start_line, node.span.start_column) if node.span else "program"
