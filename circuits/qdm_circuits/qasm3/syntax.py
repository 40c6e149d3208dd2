"""OpenQASM 3 text to syntax tree."""

from openqasm3 import ast

from qdm_circuits.qasm3.grammar.statements import ProgramReader


def parse_syntax(text: str) -> ast.Program:
    """Returns the program's syntax tree, in time and memory that grow with the text's length.

    Raises InvalidRequestError, with line and column, for what is no OpenQASM 3 and for what is nested by more than
    ``MAX_LEVELS`` levels, or by fewer where the caller left less of Python's stack.
    """
    reader = ProgramReader(text)
    try:
        return reader.program()
    except RecursionError:
        raise reader.too_deep() from None
