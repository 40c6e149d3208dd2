"""A document is the same in both encodings: what is read from one and written to the other loses nothing."""

import json
import random
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdm_circuits.aqo import (
    JsonObject,
    aqo_hash,
    canonical_bytes,
    document_from_json,
    document_from_proto,
    document_to_proto,
    parse_aqo_json,
    parse_aqo_proto,
    read_aqo_json,
)
from qdm_circuits.aqo.document import MAX_DEPTH
from qdm_circuits.aqo.json_encoding import typed_from_json
from qdm_circuits.aqo.rules import check_document
from qdm_circuits.aqo.typed import ShapeError, as_json
from qdm_driver import InvalidRequestError, PreconditionError, Violation
from qdm_proto.eigen.aqo.v1 import aqo_pb2 as pb

TEXTS = st.text(max_size=8)
FLOATS = st.floats(allow_nan=False, allow_infinity=False)
INTEGERS = st.one_of(
    st.integers(), st.sampled_from([2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 10**639, -(10**640) + 1])
)
FREE = st.recursive(
    st.one_of(st.none(), st.booleans(), INTEGERS, FLOATS, TEXTS),
    lambda inner: st.one_of(st.lists(inner, max_size=4), st.dictionaries(TEXTS, inner, max_size=4)),
    max_leaves=12,
)
FREE_OBJECTS = st.dictionaries(TEXTS, FREE, max_size=4)
SYMBOLS = {"a": 1, "b": -0.0, "c": "a", "d": "0.5", "e": 2**70}
ANGLES = st.one_of(INTEGERS.filter(lambda number: abs(number) < 10**300), FLOATS, st.sampled_from([*SYMBOLS, "1e-3"]))
BASES = st.sampled_from("XYZ")
EMPTY_PARAMS: st.SearchStrategy[JsonObject] = st.sampled_from([{}, {"params": {}}])
WIDTHS = {"CX": 2, "CZ": 2, "SWAP": 2, "CCX": 3, "CCZ": 3}
NUM_QUBITS = 5
REPLACEMENTS: list[Any] = [
    0,
    1,
    4,
    5,
    -1,
    0.5,
    1e-5,
    1.0,
    True,
    None,
    "",
    "a",
    "Z",
    "H",
    "RX",
    "CX",
    "MEASURE",
    "RESET",
    [],
    [0],
    [1, 2],
    [0, 0],
    {},
    {"theta": 0.5},
    {"basis": "X"},
    {"theta": "a"},
]
# What makes of one document another, or none.
PIECES = [
    *'{}[]",:\\ \n0129-+.eEXnt',
    '"q"',
    '"op"',
    '"params"',
    '"a":1,',
    "\\u003a",
    "\\ud800",
    "0.0",
    "null",
    "9" * 641,
]


def qubits(least: int, most: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, NUM_QUBITS - 1), min_size=least, max_size=most, unique=True)


@st.composite
def operations(draw: st.DrawFn) -> JsonObject:
    op = draw(st.sampled_from(["RX", "RY", "RZ", *"XYZHST", *WIDTHS, "MEASURE", "RESET"]))
    if op in ("RX", "RY", "RZ"):
        return {"op": op, "q": draw(qubits(1, 1)), "params": {"theta": draw(ANGLES)}}
    if op == "RESET":
        return {"op": op, "q": draw(qubits(1, NUM_QUBITS)), **draw(EMPTY_PARAMS)}
    if op == "MEASURE":
        measured = draw(qubits(1, NUM_QUBITS))
        clbits = draw(st.lists(st.integers(0, NUM_QUBITS - 1), min_size=len(measured), max_size=len(measured)))
        basis = {"basis": draw(BASES)}
        where: JsonObject = draw(
            st.sampled_from([{}, {"params": {}}, basis, {"params": basis}, {**basis, "params": basis}])
        )
        return {"op": op, "q": measured, "c": clbits, **where}
    return {"op": op, "q": draw(qubits(WIDTHS.get(op, 1), WIDTHS.get(op, 1))), **draw(EMPTY_PARAMS)}


DOCUMENTS = st.fixed_dictionaries(
    {
        "version": st.sampled_from(["0.1", "0.1.0", "1.0", "1.12.3"]),
        "qubits": st.just(NUM_QUBITS),
        "operations": st.lists(operations(), max_size=6),
        "parameters": FREE_OBJECTS.map(lambda free: {**free, **SYMBOLS}),
    },
    optional=dict.fromkeys(("metadata", "checksums", "topology", "annotations"), FREE_OBJECTS),
)


@settings(max_examples=200)
@given(DOCUMENTS)
def test_a_document_survives_json_to_protobuf_to_json(document: JsonObject) -> None:
    original = document_from_json(json.dumps(document).encode())
    returned = document_from_proto(document_to_proto(original))
    assert canonical_bytes(returned) == canonical_bytes(original)
    assert aqo_hash(returned) == aqo_hash(original)


@settings(max_examples=200)
@given(DOCUMENTS)
def test_a_message_survives_protobuf_to_json_to_protobuf(document: JsonObject) -> None:
    message = document_to_proto(document)
    as_json = canonical_bytes(document_from_proto(message))
    assert document_to_proto(document_from_json(as_json)) == message


@settings(max_examples=50)
@given(DOCUMENTS)
def test_both_encodings_are_the_same_program(document: JsonObject) -> None:
    from_json = parse_aqo_json(json.dumps(document).encode(), {})
    assert parse_aqo_proto(document_to_proto(document), {}) == from_json


@settings(max_examples=200)
@given(DOCUMENTS)
def test_a_document_has_the_hash_of_its_canonical_bytes(document: JsonObject) -> None:
    assert read_aqo_json(json.dumps(document).encode()).aqo_hash == aqo_hash(document)


@settings(max_examples=200)
@given(DOCUMENTS)
def test_a_document_in_types_is_its_json(document: JsonObject) -> None:
    data = json.dumps(document, ensure_ascii=False).encode()
    assert canonical_bytes(as_json(typed_from_json(data))) == canonical_bytes(document)


def edited(value: Any, dice: random.Random) -> Any:
    """Returns the value with something in it replaced, left out, or put in."""
    if isinstance(value, dict | list) and value and dice.random() < 0.85:
        place = dice.choice(list(value) if isinstance(value, dict) else range(len(value)))
        changed = value.copy()
        if dice.random() < 0.2:
            del changed[place]
        else:
            changed[place] = edited(value[place], dice)
        return changed
    if isinstance(value, dict) and dice.random() < 0.5:
        return value | {dice.choice(("q", "c", "op", "params", "basis", "theta", "x")): dice.choice(REPLACEMENTS)}
    return [*value, *value[:1]] if isinstance(value, list) and dice.random() < 0.5 else dice.choice(REPLACEMENTS)


def violations(read: Callable[[], object]) -> Sequence[Violation]:
    try:
        read()
    except InvalidRequestError as error:
        return error.violations
    return ()


@settings(max_examples=1_000)
@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_a_document_is_read_exactly_where_it_keeps_the_rules(document: JsonObject, dice: random.Random) -> None:
    document = edited(document, dice)
    data = json.dumps(document).encode()
    broken = violations(lambda: check_document(document_from_json(data)))
    assert violations(lambda: read_aqo_json(data)) == broken
    assert broken or read_aqo_json(data).aqo_hash == aqo_hash(document)


@settings(max_examples=500)
@given(DOCUMENTS, st.randoms(use_true_random=False))
def test_what_is_read_in_types_is_what_strict_json_reads(document: JsonObject, dice: random.Random) -> None:
    data = json.dumps(document)
    for _ in range(dice.randrange(1, 4)):
        cut, piece = dice.randrange(len(data)), dice.choice(PIECES)
        data = data[:cut] + piece + data[cut + dice.choice((0, 0, 1, len(piece))) :]
    with suppress(ShapeError):
        in_types = as_json(typed_from_json(data.encode()))
        assert canonical_bytes(in_types) == canonical_bytes(document_from_json(data.encode()))


def document_with(**fields: Any) -> JsonObject:
    return {"version": "0.1", "qubits": 1, "operations": [], **fields}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({}, {"metadata": {}}),
        ({"metadata": {"a": 1}}, {"metadata": {"a": 1.0}}),
        ({"metadata": {"a": 0.0}}, {"metadata": {"a": -0.0}}),
        ({"metadata": {"a": False}}, {"metadata": {"a": 0}}),
        ({"metadata": {"a": None}}, {"metadata": {}}),
        ({"metadata": {"a": []}}, {"metadata": {"a": {}}}),
        ({"operations": [{"op": "X", "q": [0]}]}, {"operations": [{"op": "X", "q": [0], "params": {}}]}),
        (
            {"operations": [{"op": "MEASURE", "q": [0], "c": [0], "basis": "X"}]},
            {"operations": [{"op": "MEASURE", "q": [0], "c": [0], "params": {"basis": "X"}}]},
        ),
        (
            {"operations": [{"op": "MEASURE", "q": [0], "c": [0], "basis": "Z"}]},
            {"operations": [{"op": "MEASURE", "q": [0], "c": [0]}]},
        ),
    ],
)
def test_documents_that_differ_stay_apart_in_protobuf(one: JsonObject, other: JsonObject) -> None:
    messages = [document_to_proto(document_with(**fields)) for fields in (one, other)]
    assert messages[0] != messages[1]
    assert [document_from_proto(message) for message in messages] == [document_with(**one), document_with(**other)]


def test_the_order_of_keys_changes_no_byte_of_the_message() -> None:
    one, other = document_with(metadata={"a": 1, "b": 2}), document_with(metadata={"b": 2, "a": 1})
    assert document_to_proto(one) == document_to_proto(other)


def nested(levels: int, kind: str) -> JsonObject:
    """A document of so many levels of objects and arrays in one another."""
    value: Any = 1
    for _ in range(levels - 2):
        value = [value] if kind == "array" else {"a": value}
    return document_with(metadata={"a": value})


@pytest.mark.parametrize("kind", ["array", "object"])
def test_the_deepest_document_of_one_encoding_is_read_in_the_other(kind: str) -> None:
    document = nested(MAX_DEPTH, kind)
    assert document_from_json(canonical_bytes(document)) == document
    assert document_from_proto(document_to_proto(document)) == document


@pytest.mark.parametrize("kind", ["array", "object"])
def test_a_deeper_document_is_refused_in_both_encodings(kind: str) -> None:
    document = nested(MAX_DEPTH + 1, kind)
    place = "metadata" + (".a" + "[0]" * 30 if kind == "array" else ".a" * 31)
    with pytest.raises(InvalidRequestError) as from_json:
        document_from_json(canonical_bytes(document))
    with pytest.raises(InvalidRequestError) as from_proto:
        document_from_proto(document_to_proto(document))
    assert [violation.field for violation in from_json.value.violations] == [place]
    assert from_proto.value.violations == from_json.value.violations


@pytest.mark.parametrize(
    ("document", "error"),
    [
        (document_with(operations=[{"op": "H", "q": [1]}]), InvalidRequestError),
        (document_with(qubits=2**40), PreconditionError),
        (document_with(version="2.0"), PreconditionError),
        (document_with(pulses=[]), InvalidRequestError),
    ],
)
def test_a_document_that_breaks_a_rule_is_not_written(document: JsonObject, error: type[Exception]) -> None:
    with pytest.raises(error):
        document_to_proto(document)


WIRE = bytes.fromhex(
    "0a03302e31 1003"  # version "0.1", qubits 3
    "1a09 080d 1203000102 2200"  # CCX of 0, 1, 2 with empty params
    "1a12 0801 120101 220b 0a09 29000000000000e03f"  # RX of 1 by 0.5
    "1a0e 080f 120102 1a0101 22021002 2802"  # MEASURE of 2 into 1, basis Y in params and beside op
    "2209 0a07 0a0161 1202 1801"  # parameters: a is -1
    "2a09 0a07 0a0162 1202 0a00"  # metadata: b is null
    "3200"  # checksums: empty
    "3a09 0a07 0a0163 1202 1001"  # topology: c is true
    "422a 0a28 0a0164 1223 3a21"  # annotations: d is a list
    "0a16 2214 3138343436373434303733373039353531363136"  # of 2^64 in decimal,
    "0a03 320178 0a02 4200"  # "x", and an empty object
)
MEANT = document_with(
    qubits=3,
    operations=[
        {"op": "CCX", "q": [0, 1, 2], "params": {}},
        {"op": "RX", "q": [1], "params": {"theta": 0.5}},
        {"op": "MEASURE", "q": [2], "c": [1], "basis": "Y", "params": {"basis": "Y"}},
    ],
    parameters={"a": -1},
    metadata={"b": None},
    checksums={},
    topology={"c": True},
    annotations={"d": [2**64, "x", {}]},
)


def test_the_bytes_of_a_message_never_change() -> None:
    """Encoded by hand, as any client that knows only the schema's numbers would."""
    assert document_from_proto(WIRE) == MEANT
    assert document_to_proto(MEANT) == WIRE


def test_opcodes_keep_their_numbers() -> None:
    names = ["UNSPECIFIED", "RX", "RY", "RZ", *"XYZHST", "CX", "CZ", "SWAP", "CCX", "CCZ", "MEASURE", "RESET"]
    assert pb.Opcode.items() == [(f"OPCODE_{name}", number) for number, name in enumerate(names)]
    assert pb.Basis.items() == [("BASIS_UNSPECIFIED", 0), ("BASIS_X", 1), ("BASIS_Y", 2), ("BASIS_Z", 3)]
