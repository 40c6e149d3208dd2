"""Documents in types, as msgspec reads them: quickly, and only where they have the shape that AQO gives them.

What is wrong with others is for ``rules`` to say, which look at a document's JSON.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from qdm_circuits.aqo.document import JsonObject, canonical_text

encoded = msgspec.json.Encoder().encode
"""Writes what is in types as JSON without spaces, though not all of it in its canonical form."""

# So many operations are written together, and one by one where one of them is not written as canonical JSON has it.
_AT_ONCE = 256

_Free = dict[str, Any] | UnsetType


# Members are declared in the order of canonical JSON, in which they are then written.
class Params(Struct, forbid_unknown_fields=True, gc=False):
    """What an operation is told beside its qubits."""

    basis: str | UnsetType = UNSET
    theta: float | int | str | UnsetType = UNSET


class Operation(Struct, forbid_unknown_fields=True, gc=False, kw_only=True):
    """One operation, of whatever name."""

    basis: str | UnsetType = UNSET
    c: list[int] | UnsetType = UNSET
    op: str
    params: Params | UnsetType = UNSET
    q: list[int]


class Document(Struct, forbid_unknown_fields=True, gc=False, kw_only=True):
    """A document, whose values may still break the rules."""

    annotations: _Free = UNSET
    checksums: _Free = UNSET
    metadata: _Free = UNSET
    operations: list[Operation]
    parameters: _Free = UNSET
    qubits: int
    topology: _Free = UNSET
    version: str


class ShapeError(ValueError):
    """What was given may not have the shape of a document."""


def in_types(document: JsonObject) -> Document:
    """Returns a document's JSON in types. Raises ShapeError."""
    try:
        return msgspec.convert(document, Document)
    except msgspec.ValidationError:
        raise ShapeError from None


def as_json(typed: Document | Operation) -> JsonObject:
    """Returns the JSON of what is in types."""
    json_object: JsonObject = msgspec.to_builtins(typed)
    return json_object


def canonical_document(document: Document) -> str:
    """Returns the canonical encoding of a document that keeps the rules."""
    members = (
        f'"{name}":{_operations_text(value) if name == "operations" else canonical_text(value)}'
        for name in document.__struct_fields__
        if (value := getattr(document, name)) is not UNSET
    )
    return f"{{{','.join(members)}}}"


def _operations_text(operations: Sequence[Operation]) -> str:
    starts = range(0, len(operations), _AT_ONCE)
    return f"[{','.join(_texts(operations[start : start + _AT_ONCE]) for start in starts)}]"


def _texts(operations: Sequence[Operation]) -> str:
    text = encoded(operations)
    return text[1:-1].decode() if _is_canonical(text) else ",".join(map(_operation_text, operations))


def _operation_text(operation: Operation) -> str:
    text = encoded(operation)
    return text.decode() if _is_canonical(text) else canonical_text(as_json(operation))


def _is_canonical(operations: bytes) -> bool:
    """Tells whether msgspec wrote operations as canonical JSON has them.

    It writes 1e+16 as 1e16, 1e-05 as 0.00001, and without an escape what is beyond ASCII's letters and signs.
    """
    if not operations.isascii() or b"\x7f" in operations or b"0.0000" in operations:
        return False
    return operations.count(b"e") == operations.count(b'"theta"')
