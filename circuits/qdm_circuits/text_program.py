"""What programs in text are before and after they are read, whatever the language."""

from dataclasses import dataclass

from qdm_circuits.circuit import Circuit
from qdm_driver.errors import InvalidRequestError, Violation


@dataclass(frozen=True, slots=True)
class TextProgram:
    """A program's circuit, and words for what the program says and circuits do not hold, sorted, each once."""

    circuit: Circuit
    ignored: tuple[str, ...]


def decoded(data: bytes) -> str:
    """Returns the text of a program. Raises InvalidRequestError, with the place, where it is not UTF-8."""
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise InvalidRequestError(Violation("program", f"is not UTF-8 at byte {error.start}")) from None
