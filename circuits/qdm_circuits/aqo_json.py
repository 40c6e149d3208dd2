"""AQO_JSON: strict JSON in, canonical bytes out.

The canonical bytes are what an AQO document is known by, in every encoding of it: keys sorted, no spaces, ASCII with
escapes, finite numbers.
"""

import hashlib
import json
import math
from typing import Any

from qdm_driver.errors import InvalidRequestError, Violation

JsonObject = dict[str, Any]

_DOCUMENT = "document"


def parse_document(data: bytes) -> JsonObject:
    """Returns the JSON object in ``data``. Raises InvalidRequestError for anything that is not strictly one."""
    try:
        document = json.loads(data.decode("utf-8"), object_pairs_hook=_object)
        check_strict(document, "")
    except UnicodeDecodeError as error:
        raise invalid(_DOCUMENT, f"is not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise invalid(f"line {error.lineno}, column {error.colno}", f"is not JSON: {error.msg}") from None
    except RecursionError:
        raise invalid(_DOCUMENT, "is nested too deeply; flatten it") from None
    except ValueError:
        raise invalid(_DOCUMENT, "holds an integer of too many digits") from None
    if not isinstance(document, dict):
        raise invalid(_DOCUMENT, "must be a JSON object")
    return document


def canonical_bytes(document: JsonObject) -> bytes:
    """Returns the canonical encoding of a document that ``parse_document`` returned."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), allow_nan=False).encode("ascii")


def aqo_hash(document: JsonObject) -> str:
    """Returns the SHA-256 of the canonical bytes, as 64 hex digits."""
    return hashlib.sha256(canonical_bytes(document)).hexdigest()


def invalid(place: str, sentence: str) -> InvalidRequestError:
    """Returns the error to raise for one place of the document."""
    return InvalidRequestError(Violation(place, sentence))


def is_integer(value: object) -> bool:
    """Tells whether JSON's value is an integer; booleans are none, though Python's are."""
    return isinstance(value, int) and not isinstance(value, bool)


class _RepeatedKeys(dict[str, Any]):
    """An object in which ``key`` stands more than once; refused where its place in the document is known."""

    key: str


def _object(pairs: list[tuple[str, Any]]) -> JsonObject:
    members = dict(pairs)
    if len(members) == len(pairs):
        return members
    repeated = _RepeatedKeys(members)
    names = [name for name, _ in pairs]
    repeated.key = next(name for name in members if names.count(name) > 1)
    return repeated


def check_strict(value: object, place: str) -> None:
    """Raises InvalidRequestError for a repeated key or a number that is not finite, anywhere in the value."""
    if isinstance(value, dict):
        if isinstance(value, _RepeatedKeys):
            raise invalid(_member(place, value.key), "is given more than once")
        for name, member in value.items():
            check_strict(member, _member(place, name))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            check_strict(item, f"{place}[{index}]")
    elif isinstance(value, float) and not math.isfinite(value):
        raise invalid(place or _DOCUMENT, "must be a finite number")


def _member(place: str, name: str) -> str:
    return f"{place}.{name}" if place else name
