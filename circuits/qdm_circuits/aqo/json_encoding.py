"""AQO_JSON: strict JSON, in UTF-8."""

import json
from typing import Any

from qdm_circuits.aqo.document import MAX_DIGITS, Flaw, JsonObject, check_values, invalid


def document_from_json(data: bytes) -> JsonObject:
    """Returns the JSON object in ``data``. Raises InvalidRequestError for anything that is not strictly one."""
    try:
        document: JsonObject = json.loads(data.decode("utf-8"), object_pairs_hook=_object, parse_int=_integer)
    except UnicodeDecodeError as error:
        raise invalid(None, f"is not UTF-8 at byte {error.start}") from None
    except json.JSONDecodeError as error:
        raise invalid(f"line {error.lineno}, column {error.colno}", f"is not JSON: {error.msg}") from None
    except RecursionError:
        raise invalid(None, "is nested too deeply; flatten it") from None
    check_values(document)
    return document


def _object(pairs: list[tuple[str, Any]]) -> JsonObject:
    members: JsonObject = {}
    for name, value in pairs:
        members[name] = Flaw("is given more than once") if name in members else value
    return members


def _integer(text: str) -> int | Flaw:
    return int(text) if len(text.removeprefix("-")) <= MAX_DIGITS else Flaw(f"has more than {MAX_DIGITS} digits")
