"""OpenQASM 3 text to syntax tree."""

from typing import NamedTuple

from openqasm3 import ast

from qdm_circuits.qasm3.grammar.statements import ProgramReader


class Syntax(NamedTuple):
    """A program's tree, and whether it measures: also where that is never reached, but for what nothing calls."""

    tree: ast.Program
    measures: bool


def parse_syntax(text: str) -> Syntax:
    """Returns the program's syntax, in time and memory that grow with the text's length.

    Raises InvalidRequestError, with line and column, for what is no OpenQASM 3 and for what is nested by more than
    ``MAX_LEVELS`` levels, or by fewer where the caller left less of Python's stack.
    """
    reader = ProgramReader(text)
    try:
        return Syntax(reader.program(), reader.measures())
    except RecursionError:
        raise reader.too_deep() from None
