r"""What a document is, whatever its encoding: a JSON object, its canonical bytes and its hash.

Values are those of JSON, with integers and floats kept apart. Texts are Unicode: half a surrogate pair, which JSON can
escape and no UTF-8 can hold, is refused. Canonical bytes are JSON in ASCII:

- no spaces; keys sorted by code point, in every object; all but U+0020 to U+007E as ``\uXXXX``, in pairs
  beyond U+FFFF;
- integers in decimal: ``1``, ``0`` (also for ``-0``);
- floats as the shortest decimal that reads back as the same double, never without a point or an exponent: ``1.0`` (also
  for ``1e0``), ``-0.0``, ``1e+16``, ``1e-05``.
"""

import hashlib
import json
import math
import re
from typing import Any, NamedTuple

from qdm_driver.errors import InvalidRequestError, Violation

JsonObject = dict[str, Any]

MAX_DEPTH = 32
"""Levels of objects and arrays in one another, the document being the first.

Protobuf's readers take 100 messages in one another, and an object is up to three of them.
"""

MAX_DIGITS = 640
"""Decimal digits of an integer: what Python converts whatever it is told about longer ones."""

_MAX_TOLD = 300

_HALF_A_PAIR = re.compile("[\ud800-\udfff]")


class Place(NamedTuple):
    """Where a value stands in the document. Written out in errors only, since names may be long."""

    parent: "Place | None"
    part: str | int

    def __str__(self) -> str:
        if isinstance(self.part, int):
            return f"{self.parent}[{self.part}]"
        return self.part if self.parent is None else f"{self.parent}.{self.part}"


class Flaw(NamedTuple):
    """Stands for a value that its encoding could not take, until its place is known."""

    sentence: str


def canonical_bytes(document: JsonObject) -> bytes:
    """Returns the canonical encoding of a document whose values were checked."""
    return canonical_text(document).encode("ascii")


def aqo_hash(document: JsonObject) -> str:
    """Returns the SHA-256 of the canonical bytes, as 64 hex digits."""
    return hash_of(canonical_text(document))


def canonical_text(value: object) -> str:
    """Returns the canonical encoding of a value."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def hash_of(canonical: str) -> str:
    """Returns the hash of a document that is given in canonical form."""
    return hashlib.sha256(canonical.encode("ascii")).hexdigest()


def check_values(document: object) -> None:
    """Raises InvalidRequestError where this is no object, or has a flaw, a number that is not finite, a text that is
    not Unicode, or more levels than MAX_DEPTH.
    """
    _check(document, None, 1)
    if not isinstance(document, dict):
        raise invalid(None, "must be an object")


def _check(value: object, place: Place | None, level: int) -> None:
    if isinstance(value, Flaw):
        raise invalid(place, value.sentence)
    if isinstance(value, dict | list) and level > MAX_DEPTH:
        raise invalid(place, f"is nested more than {MAX_DEPTH} levels deep; flatten it")
    if isinstance(value, dict):
        for name, member in value.items():
            if _HALF_A_PAIR.search(name):
                raise invalid(place, "has a key with half a surrogate pair; write both halves")
            _check(member, Place(place, name), level + 1)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _check(item, Place(place, index), level + 1)
    elif isinstance(value, str) and _HALF_A_PAIR.search(value):
        raise invalid(place, "has half a surrogate pair; write both halves")
    elif isinstance(value, float) and not math.isfinite(value):
        raise invalid(place, "must be a finite number")


def invalid(place: Place | str | None, sentence: str) -> InvalidRequestError:
    """Returns the error to raise for one place, ``None`` being the document as a whole. Long names are cut."""
    return InvalidRequestError(Violation("document" if place is None else _cut(str(place)), _cut(sentence)))


def _cut(text: str) -> str:
    return text if len(text) <= _MAX_TOLD else f"{text[:_MAX_TOLD]}…"


def is_integer(value: object) -> bool:
    """Tells whether JSON's value is an integer; booleans are none, though Python's are."""
    return isinstance(value, int) and not isinstance(value, bool)


def finite(number: float, place: Place | str) -> float:
    """Returns the number as a double. Raises InvalidRequestError where it is beyond a double's range."""
    try:
        double = float(number)
    except OverflowError:
        double = math.inf
    if not math.isfinite(double):
        raise invalid(place, "must be a finite number")
    return double
