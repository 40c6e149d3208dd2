"""AQO_JSON: strict JSON, in UTF-8."""

import json
from collections import Counter
from typing import Any

import msgspec

from qdm_circuits.aqo.document import MAX_DIGITS, Flaw, JsonObject, check_values, invalid
from qdm_circuits.aqo.typed import Document, ShapeError, encoded

_DIGITS_ALIKE = bytes.maketrans(b"123456789", b"0" * 9)
_TOO_MANY_DIGITS = b"0" * (MAX_DIGITS + 1)
_decoder = msgspec.json.Decoder(Document)


def typed_from_json(data: bytes) -> Document:
    """Returns the document in ``data``. Raises ShapeError where it may be none, RecursionError for deep nesting."""
    try:
        document = _decoder.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raise ShapeError from None
    # Of a key that is given twice one is lost, and a colon with it. A text could make up for it with an escaped one.
    if encoded(document).count(b":") != data.count(b":") or b"\\u003" in data or _has_long_number(data):
        raise ShapeError
    return document


def document_from_json(data: bytes) -> JsonObject:
    """Returns the JSON object in ``data``. Raises InvalidRequestError for anything that is not strictly one."""
    parse_int = _integer if _has_long_number(data) else None
    try:
        document: JsonObject = json.loads(data.decode("utf-8"), parse_int=parse_int, object_pairs_hook=_object)
    except UnicodeDecodeError as error:
        raise invalid(None, f"is not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise invalid(f"line {error.lineno}, column {error.colno}", f"is not JSON: {error.msg}") from None
    except RecursionError:
        raise invalid(None, "is nested too deeply; flatten it") from None
    check_values(document)
    return document


def _has_long_number(data: bytes) -> bool:
    return _TOO_MANY_DIGITS in data.translate(_DIGITS_ALIKE)


def _object(pairs: list[tuple[str, Any]]) -> JsonObject:
    members: JsonObject = dict(pairs)
    if len(members) < len(pairs):
        times = Counter(name for name, _ in pairs)
        members |= {name: Flaw("is given more than once") for name in members if times[name] > 1}
    return members


def _integer(text: str) -> int | Flaw:
    return int(text) if len(text.removeprefix("-")) <= MAX_DIGITS else Flaw(f"has more than {MAX_DIGITS} digits")
