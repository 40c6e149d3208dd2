"""Documents in types, as msgspec reads them: soon, and only where they have the shape that AQO gives them.

What is wrong with others is for ``rules`` to say, which look at a document's JSON.
"""

from collections.abc import Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Struct, UnsetType

from qdm_circuits.aqo.document import JsonObject, canonical_text, hash_of

encoded = msgspec.json.Encoder().encode
"""Writes what is in types as JSON without spaces, though not all of it in its canonical form."""

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


def aqo_hash_of(document: Document) -> str:
    """Returns the hash that a document which keeps the rules is known by."""
    members = (
        f'"{name}":{_operations_text(value) if name == "operations" else canonical_text(value)}'
        for name in document.__struct_fields__
        if (value := getattr(document, name)) is not UNSET
    )
    return hash_of(f"{{{','.join(members)}}}")


def _operations_text(operations: Sequence[Operation]) -> str:
    """Returns the canonical JSON of operations."""
    text = encoded(operations)
    # What msgspec writes otherwise: 1e16 for 1e+16, 0.00001 for 1e-05, and what is beyond ASCII.
    plain = text.isascii() and b"\\" not in text and b"0.0000" not in text
    if plain and text.count(b"e") == text.count(b'"theta"'):
        return text.decode("ascii")
    return canonical_text([as_json(operation) for operation in operations])
