r"""What a document is, whatever its encoding: a JSON object, its canonical bytes and its hash.

Values are those of JSON, with integers and floats kept apart. Texts are Unicode: half a surrogate pair, which JSON can
escape and no UTF-8 can hold, is refused. Canonical bytes are JSON in ASCII:

- no spaces; keys sorted by code point, in every object; all beyond ASCII as ``\uXXXX``, in pairs beyond U+FFFF;
- integers in decimal: ``1``, ``0`` (also for ``-0``);
- floats as the shortest decimal that reads back as the same double, never without a point or an exponent: ``1.0`` (also
  for ``1e0``), ``-0.0``, ``1e+16``, ``1e-05``.
"""

import hashlib
import json
import math
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

from qdm_circuits.aqo.plain_operations import Plain, canonical_text
from qdm_driver.errors import InvalidRequestError, Violation

JsonObject = dict[str, Any]

MAX_DEPTH = 32
"""Levels of objects and arrays in one another, the document being the first.

Protobuf's readers take 100 messages in one another, and an object is up to three of them.
"""

MAX_DIGITS = 640
"""Decimal digits of an integer: what Python converts whatever it is told about longer ones."""

_MAX_TOLD = 300
_LEVEL_OF_OPERATIONS = 3

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


def canonical_bytes(document: JsonObject, plain: Sequence[Plain | None] = ()) -> bytes:
    """Returns the canonical encoding of a document whose values were checked; sooner where its ``plain`` are given."""
    if not plain:
        return _canonical(document).encode("ascii")
    operations = (
        _canonical(operation) if step is None else canonical_text(step)
        for operation, step in zip(document["operations"], plain, strict=True)
    )
    members = (
        f"{_canonical(name)}:" + (f"[{','.join(operations)}]" if name == "operations" else _canonical(document[name]))
        for name in sorted(document)
    )
    return f"{{{','.join(members)}}}".encode("ascii")


def aqo_hash(document: JsonObject, plain: Sequence[Plain | None] = ()) -> str:
    """Returns the SHA-256 of the canonical bytes, as 64 hex digits."""
    return hashlib.sha256(canonical_bytes(document, plain)).hexdigest()


def _canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)


def check_values(document: object, plain: Sequence[object] = ()) -> None:
    """Raises InvalidRequestError where this is no object, or has a flaw, a number that is not finite, a text that is
    not Unicode, or more levels than MAX_DEPTH.

    Operations at whose place ``plain`` has something are right already and are not looked at.
    """
    if not isinstance(document, dict):
        _check(document, None, 1)
        raise invalid(None, "must be an object")
    place = Place(None, "operations")
    for name, member in document.items():
        if name == "operations" and plain:
            for index, operation in enumerate(member):
                if plain[index] is None:
                    _check(operation, Place(place, index), _LEVEL_OF_OPERATIONS)
        else:
            _check({name: member}, None, 1)


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
