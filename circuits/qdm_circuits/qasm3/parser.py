"""OpenQASM 3 text in, circuit out."""

from collections.abc import Mapping

from qdm_circuits.collection import collection_paused
from qdm_circuits.qasm3.lowering import lower
from qdm_circuits.qasm3.straight_line import read_straight_line
from qdm_circuits.qasm3.syntax import parse_syntax
from qdm_circuits.text_program import TextProgram, decoded
from qdm_driver.errors import InvalidRequestError, Violation


@collection_paused()
def parse_qasm3(data: bytes, inputs: Mapping[str, str]) -> TextProgram:
    """Reads an OpenQASM 3 program (versions 3, 3.0 and 3.1, or none given; UTF-8).

    ``inputs`` are the request's options for ``input`` parameters, by the same keys as for symbols of AQO: ``NAME``,
    ``param.NAME``, ``param:NAME``, ``parameters.NAME`` or ``parameters:NAME``.

    Raises InvalidRequestError for what is no OpenQASM 3, UnsupportedError for what is and cannot be expressed here,
    both with line and column; PreconditionError (``CIRCUIT_TOO_LARGE``) where no engine could ever take it.
    """
    text = decoded(data)
    return (None if inputs else read_straight_line(text)) or read_completely(text, inputs)


def read_completely(text: str, inputs: Mapping[str, str]) -> TextProgram:
    """Reads a program of the whole language. Raises as ``parse_qasm3``."""
    try:
        return lower(parse_syntax(text), inputs)
    except RecursionError:
        raise InvalidRequestError(Violation("program", "is nested too deeply; flatten it")) from None
