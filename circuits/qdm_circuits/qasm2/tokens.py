"""The tokens of a program, one after another, and errors that name the place of one."""

import re

from qdm_circuits.quoting import shown
from qdm_driver.errors import InvalidRequestError, UnsupportedError, Violation

# Possessive quantifiers never give back what they took, so that no text is looked at more than a few times.
_TOKEN = re.compile(
    r"""(?:[ \t\r\n\f\v]++|//[^\n]*+)*+
    (?:
      (?P<name>[A-Za-z_][A-Za-z0-9_]*+)
    | (?P<real>(?:[0-9]++\.[0-9]*+|\.[0-9]++)(?:[eE][+-]?[0-9]++)?+|[0-9]++[eE][+-]?[0-9]++)
    | (?P<integer>0(?![0-9])|[1-9][0-9]*+)
    | (?P<string>"[^"\n]*+")
    | (?P<symbol>->|==|[;,()\[\]{}+*/^-])
    | (?P<end>\Z)
    | (?P<unknown>.)
    )""",
    re.VERBOSE | re.DOTALL,
)
_MAX_DIGITS = 4_000


class Tokens:
    """A cursor over the program's tokens; the attributes are those of the token that comes next.

    ``kind`` is name, real, integer, string, symbol, end or unknown; ``start`` is the token's offset in the text.
    """

    kind: str
    text: str
    start: int

    def __init__(self, program: str) -> None:
        self._program = program
        self._end = 0
        self.advance()

    def advance(self) -> None:
        """Goes on to the next token."""
        found = _TOKEN.match(self._program, self._end)
        assert found is not None
        assert found.lastgroup is not None
        self.kind = found.lastgroup
        self.text = found[self.kind]
        self._end = found.end()
        self.start = self._end - len(self.text)

    def take(self, text: str) -> bool:
        """Goes on where the token is ``text``, and tells whether it is."""
        if self.text != text:
            return False
        self.advance()
        return True

    def expect(self, text: str) -> None:
        """Goes on where the token is ``text``. Raises InvalidRequestError where it is not."""
        if not self.take(text):
            raise self.unexpected(repr(text))

    def integer(self, what: str) -> int:
        """Goes on over an integer and returns it. Raises InvalidRequestError where there is none."""
        if self.kind != "integer":
            raise self.unexpected(what)
        digits, start = self.text, self.start
        if len(digits) > _MAX_DIGITS:
            raise self.unsupported(start, f"integers of more than {_MAX_DIGITS:,} digits")
        self.advance()
        return int(digits)

    def name(self, what: str) -> str:
        """Goes on over a name and returns it. Raises InvalidRequestError where there is none."""
        if self.kind != "name":
            raise self.unexpected(what)
        name = self.text
        self.advance()
        return name

    def unexpected(self, expected: str) -> InvalidRequestError:
        """Returns the error to raise: another token was expected here."""
        return self.invalid(self.start, f"expected {expected}, found {shown(self.text) if self.text else 'the end'}")

    def invalid(self, start: int, sentence: str) -> InvalidRequestError:
        """Returns the error to raise: what stands at this offset is no OpenQASM 2.0."""
        return InvalidRequestError(Violation(self._place(start), sentence))

    def unsupported(self, start: int, what: str) -> UnsupportedError:
        """Returns the error to raise: ``what``, in the plural, is OpenQASM 2.0 but not supported."""
        return UnsupportedError(f"{self._place(start)}: {what} are not supported")

    def _place(self, start: int) -> str:
        line_start = self._program.rfind("\n", 0, start) + 1
        return f"line {self._program.count(chr(10), 0, start) + 1}, column {start - line_start + 1}"
