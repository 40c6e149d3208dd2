"""AQO_JSON: strict JSON, in UTF-8."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from typing import Any

from qdm_circuits.aqo.document import MAX_DIGITS, Flaw, JsonObject, check_values, invalid
from qdm_circuits.aqo.plain_operations import Plain, members_of, plain_operations

_LONG_NUMBER = re.compile(rf"[0-9]{{{MAX_DIGITS + 1}}}")


def document_from_json(data: bytes) -> JsonObject:
    """Returns the JSON object in ``data``. Raises InvalidRequestError for anything that is not strictly one."""
    document, plain = load_json(data)
    check_values(document, plain)
    return document


def load_json(data: bytes) -> tuple[JsonObject, list[Plain | None]]:
    """Returns what is in ``data``, with values, and maybe of a type, that ``check_values`` would refuse; and its
    ``plain_operations``.

    Raises InvalidRequestError for what is no JSON.
    """
    try:
        text = data.decode("utf-8")
        parse_int = _integer if _LONG_NUMBER.search(text) else None
        document: JsonObject = json.loads(text, parse_int=parse_int)
        plain = plain_operations(document)
        if _may_repeat_keys(text, document, plain):
            document = json.loads(text, parse_int=parse_int, object_pairs_hook=_object)
            plain = plain_operations(document)
    except UnicodeDecodeError as error:
        raise invalid(None, f"is not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise invalid(f"line {error.lineno}, column {error.colno}", f"is not JSON: {error.msg}") from None
    except RecursionError:
        raise invalid(None, "is nested too deeply; flatten it") from None
    return document, plain


def _may_repeat_keys(text: str, document: object, plain: Sequence[Plain | None]) -> bool:
    """Tells quickly whether a key may be given more than once: none is where colons are as many as members.

    A colon in a string, and an object that is no operation, are taken for a key that is repeated.
    """
    if not isinstance(document, dict):
        return True
    members = len(document) + members_of(plain)
    for index, step in enumerate(plain):
        if step is None and isinstance(operation := document["operations"][index], dict):
            params = operation.get("params")
            members += len(operation) + (len(params) if isinstance(params, dict) else 0)
    return text.count(":") != members


def _object(pairs: list[tuple[str, Any]]) -> JsonObject:
    members: JsonObject = dict(pairs)
    if len(members) < len(pairs):
        times = Counter(name for name, _ in pairs)
        members |= {name: Flaw("is given more than once") for name in members if times[name] > 1}
    return members


def _integer(text: str) -> int | Flaw:
    return int(text) if len(text.removeprefix("-")) <= MAX_DIGITS else Flaw(f"has more than {MAX_DIGITS} digits")
