"""Walks over the tokens of a program, and tells where it stands."""

import re
import unicodedata
from collections.abc import Callable
from typing import TypeVar

from openqasm3 import ast

from qdm_circuits.qasm3.grammar.tokens import END, KEYWORDS, KINDS, MISTAKES, NAME_CATEGORIES, TOKEN
from qdm_circuits.qasm3.places import place
from qdm_circuits.quoting import shown
from qdm_driver.errors import InvalidRequestError, Violation

MAX_LEVELS = 128
"""So many statements and expressions may stand within one another."""

_Item = TypeVar("_Item")
_BRACE = re.compile(r"[{}]")
_REST_OF_LINE = re.compile(r"[ \t]*+([^\r\n]*+)")


class Cursor:
    """Stands on one token: its ``kind``, of ``tokens`` or a keyword or symbol itself, and its ``text``.

    Making and moving it raises InvalidRequestError where the next token is none.
    """

    def __init__(self, program: str) -> None:
        self._program = program
        self._start = self._end = 0
        self._located, self._line, self._line_start = 0, 1, 0
        self._span: ast.Span | None = None
        self._levels = 0
        self.kind = self.text = ""
        self.advance()

    def advance(self) -> None:
        """Moves to the next token."""
        found = TOKEN.match(self._program, self._end)
        assert found is not None
        group = found.lastgroup
        assert group is not None
        self._start, self._end = found.span(group)
        self._span = None
        self.text = text = found[group]
        if group == "symbol" or text in KEYWORDS:
            self.kind = text
        elif group in MISTAKES:
            raise self.wrong(f"{MISTAKES[group]}: {shown(self.text)}")
        else:
            self.kind = KINDS[group]
            if group == "name" and not text.isascii():
                self._check_letters()

    def here(self) -> ast.Span:
        """Returns the token's span, which all nodes that start here share."""
        if self._span is None:
            if newlines := self._program.count("\n", self._located, self._start):
                self._line += newlines
                self._line_start = self._program.rfind("\n", self._located, self._start) + 1
            self._located = self._start
            column = self._start - self._line_start
            self._span = ast.Span(self._line, column, self._line, column)
        return self._span

    def accept(self, kind: str) -> bool:
        """Moves over a token of this kind; tells whether there was one."""
        if self.kind != kind:
            return False
        self.advance()
        return True

    def expect(self, kind: str) -> str:
        """Moves over a token of this kind and returns its text. Raises InvalidRequestError where there is none."""
        if self.kind != kind:
            raise self.unexpected(kind if kind in KINDS.values() else repr(kind))
        text = self.text
        self.advance()
        return text

    def listed(self, item: Callable[[], _Item], *closing: str) -> list[_Item]:
        """Reads one item or more, up to a token of these kinds, with commas between and maybe behind them."""
        items = [item()]
        while self.accept(",") and self.kind not in closing:
            items.append(item())
        return items

    def rest_of_line(self) -> str:
        """Moves behind the line, and returns what it holds after this token and spaces."""
        found = _REST_OF_LINE.match(self._program, self._end)
        assert found is not None
        self._end = found.end()
        self.advance()
        return found[1]

    def opaque_block(self) -> str:
        """Moves from an opening brace behind the one that closes it, and returns the text between them."""
        if self.kind != "{":
            raise self.unexpected("'{'")
        start = self._end
        depth = 1
        for brace in _BRACE.finditer(self._program, start):
            depth += 1 if brace[0] == "{" else -1
            if not depth:
                self._end = brace.end()
                self.advance()
                return self._program[start : brace.start()]
        raise self.wrong("this block has no end; add a '}'")

    def descend(self) -> None:
        """Goes one level deeper. Raises InvalidRequestError beyond the last."""
        self._levels += 1
        if self._levels > MAX_LEVELS:
            raise self.too_deep()

    def ascend(self) -> None:
        """Comes back from one level."""
        self._levels -= 1

    def too_deep(self) -> InvalidRequestError:
        """Returns the error to raise: too much stands within one another."""
        return self.wrong(f"the program is nested too deeply; take it apart into at most {MAX_LEVELS} levels")

    def unexpected(self, expected: str) -> InvalidRequestError:
        """Returns the error to raise: this token is not what the grammar has here."""
        return self.wrong(f"expected {expected}, found {END if self.kind == END else shown(self.text)}")

    def wrong(self, sentence: str) -> InvalidRequestError:
        """Returns the error to raise: something is wrong at this token."""
        span = self.here()
        return InvalidRequestError(Violation(place(span.start_line, span.start_column), sentence))

    def _check_letters(self) -> None:
        for character in self.text:
            if not character.isascii() and unicodedata.category(character) not in NAME_CATEGORIES:
                raise self.wrong(f"{character!r} cannot be part of a name")
