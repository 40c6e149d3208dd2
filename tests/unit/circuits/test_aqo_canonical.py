"""The canonical bytes that a document is known by."""

import hashlib

import pytest

from qdm_circuits.aqo import aqo_hash, canonical_bytes, document_from_json, read_aqo_json

ROTATION = b'{"q":[0],"op":"RX","params":{"theta":%b}}'
# fmt: off
ANGLES = [
    "1", "1e0", "-0.0", "0.1", "0.0001", "0.00012", "0.00001", "10.00001", "-1.5e-7", "1e15", "1e16", "-1.25e300",
    "5e-324",
    '"a"', '"theta"', '"e"', '"1e5"', '"é"', '"\u2028"', '"\\u0041"', '"\\u007f"', '"\x7f"',
    '"\\b\\f\\n\\r\\t\\u0001\\u001f"', '"\\""', '"\\\\"', '"\U0001f600"',
]
# fmt: on
AROUND = b'{"metadata":{"v":%b},"operations":[],"qubits":1,"version":"0.1"}'


@pytest.mark.parametrize(
    ("written", "canonical"),
    [
        ("1", "1"),
        ("1.0", "1.0"),
        ("1e0", "1.0"),
        ("1E+0", "1.0"),
        ("10e-1", "1.0"),
        ("0", "0"),
        ("-0", "0"),
        ("0.0", "0.0"),
        ("-0.0", "-0.0"),
        ("0.10", "0.1"),
        ("0.1000000000000000055511151231257827", "0.1"),
        ("1e3", "1000.0"),
        ("1e16", "1e+16"),
        ("1e22", "1e+22"),
        ("0.0001", "0.0001"),
        ("0.00001", "1e-05"),
        ("1.7976931348623157e308", "1.7976931348623157e+308"),
        ("5e-324", "5e-324"),
        ("1e-999999", "0.0"),
        ("9007199254740993", "9007199254740993"),
        ("-123456789012345678901234567890", "-123456789012345678901234567890"),
        ("9" * 640, "9" * 640),
        ("true", "true"),
        ("null", "null"),
        ('"\\/é"', '"/\\u00e9"'),
        ('"\u2028\U0001f600"', '"\\u2028\\ud83d\\ude00"'),
        ('"\\ud83d\\uDE00"', '"\\ud83d\\ude00"'),
        ('"\\u0041\\n\\u007f"', '"A\\n\\u007f"'),
        ('{"b": 1, "a": 2}', '{"a":2,"b":1}'),
        ('{"a10": 1, "a2": 2, "A": 3, "": 4}', '{"":4,"A":3,"a10":1,"a2":2}'),
        ("[ 1 , [ ] , { } ]", "[1,[],{}]"),
    ],
)
def test_a_value_has_one_canonical_form(written: str, canonical: str) -> None:
    data = AROUND % written.encode()
    assert canonical_bytes(document_from_json(data)) == AROUND % canonical.encode()


@pytest.mark.parametrize(
    "theta",
    ANGLES,
)
def test_an_angle_has_its_canonical_form_beside_others_that_need_no_change(theta: str) -> None:
    data = b'{"version":"0.1","qubits":1,"operations":[%b,%b]}' % (ROTATION % b"0.5", ROTATION % theta.encode())
    assert read_aqo_json(data).aqo_hash == aqo_hash(document_from_json(data))


@pytest.mark.parametrize("number", [0, 1, 255, 256, 257, 512, 600])
def test_many_operations_have_the_hash_of_their_canonical_bytes(number: int) -> None:
    rotations = b",".join(ROTATION % (b"1e-5" if place == 300 else b"%d.5" % place) for place in range(number))
    data = b'{"version":"0.1","qubits":1,"operations":[%b]}' % rotations
    assert read_aqo_json(data).aqo_hash == aqo_hash(document_from_json(data))


def test_keys_are_sorted_by_code_point_and_not_by_utf_16_unit() -> None:
    document = document_from_json(AROUND % '{"\U0001f600":1,"\uffff":2}'.encode())
    assert canonical_bytes(document) == AROUND % b'{"\\uffff":2,"\\ud83d\\ude00":1}'


@pytest.mark.parametrize("value", ["1", "1.0", "-0.0", "1e300", '"\\u00e9"', '{"a":[null,{"b":-1}]}', "9" * 640])
def test_canonical_bytes_are_their_own_canonical_form(value: str) -> None:
    once = canonical_bytes(document_from_json(AROUND % value.encode()))
    assert canonical_bytes(document_from_json(once)) == once


@pytest.mark.parametrize(
    ("one", "other"), [("1", "1.0"), ("0.0", "-0.0"), ('"1"', "1"), ("null", '""'), ("{}", "[]"), ("0", "false")]
)
def test_values_that_differ_have_different_hashes(one: str, other: str) -> None:
    hashes = {aqo_hash(document_from_json(AROUND % value.encode())) for value in (one, other)}
    assert len(hashes) == 2


def test_the_hash_is_that_of_the_canonical_bytes() -> None:
    document = document_from_json(b'{ "qubits" : 1, "version": "0.1", "operations": [ ], "metadata": {"v":1e0} }')
    assert aqo_hash(document) == hashlib.sha256(AROUND % b"1.0").hexdigest()
