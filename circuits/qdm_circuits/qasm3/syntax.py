"""The reference grammar of OpenQASM 3: text to syntax tree, with every failure told by line and column."""

import re
from typing import Any, NoReturn

from antlr4 import CommonTokenStream, InputStream  # type: ignore[import-untyped]
from antlr4.error.ErrorListener import ErrorListener  # type: ignore[import-untyped]
from openqasm3 import ast, parser

from qdm_circuits.qasm3.places import place
from qdm_driver.errors import InvalidRequestError, Violation

_tools: Any = parser  # untyped, and silent on the grammar's own classes
_PLACE_IN_MESSAGE = re.compile(r"L(\d+):C(\d+): (.*)", re.DOTALL)


def parse_syntax(text: str) -> ast.Program:
    """Returns the program's syntax tree. Raises InvalidRequestError; RecursionError where it is nested too deeply."""
    try:
        lexer = _telling_errors(_tools.qasm3Lexer(InputStream(text)))
        tree = _telling_errors(_tools.qasm3Parser(_tokens(lexer))).program()
        program: ast.Program = _tools.QASMNodeVisitor().visitProgram(tree)
    except parser.QASM3ParsingError as error:
        if not (found := _PLACE_IN_MESSAGE.fullmatch(str(error))):
            raise InvalidRequestError(Violation("program", "is not OpenQASM 3")) from None
        raise InvalidRequestError(Violation(place(int(found[1]), int(found[2])), found[3])) from None
    except (InvalidRequestError, RecursionError):
        raise
    except Exception:  # noqa: BLE001 - the grammar's tools raise anything at all on odd input
        raise InvalidRequestError(Violation("program", "is not OpenQASM 3")) from None
    return program


class _Refusal(ErrorListener):  # type: ignore[misc]
    """Stops at the first syntax error; the tools would print it and guess on."""

    def syntaxError(  # noqa: N802 - what the tools call
        self, _recognizer: Any, symbol: Any, line: int, column: int, message: str, _error: Any
    ) -> NoReturn:
        text = getattr(symbol, "text", None)
        sentence = "the program ends too early" if text == "<EOF>" else f"syntax error at {text!r}" if text else message
        raise InvalidRequestError(Violation(place(line, column), sentence))


def _tokens(lexer: Any) -> Any:
    """Returns the lexer's tokens with starts that are columns: the tree's builder takes a name's start for one."""
    tokens = CommonTokenStream(lexer)
    tokens.fill()
    for token in tokens.tokens:
        token.text = token.text  # which is looked up by the start otherwise
        token.start = token.column
    return tokens


def _telling_errors(recognizer: Any) -> Any:
    recognizer.removeErrorListeners()
    recognizer.addErrorListener(_Refusal())
    return recognizer
