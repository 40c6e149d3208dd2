import json
from typing import Any

import pytest

from qdm_circuits.aqo import parse_aqo_json
from qdm_driver import InvalidRequestError, PreconditionError

BELL: dict[str, Any] = {
    "version": "0.1",
    "qubits": 3,
    "operations": [
        {"op": "H", "q": [0]},
        {"op": "CX", "q": [0, 1]},
        {"op": "RX", "q": [2], "params": {"theta": "a"}},
        {"op": "MEASURE", "q": [0, 1], "c": [0, 1]},
    ],
    "parameters": {"a": 0.5},
}


def with_operation(**operation: Any) -> bytes:
    return json.dumps({"version": "0.1", "qubits": 3, "operations": [{"op": "H", "q": [0]}, operation]}).encode()


def without(field: str) -> bytes:
    return json.dumps({name: value for name, value in BELL.items() if name != field}).encode()


def changed(**fields: Any) -> bytes:
    return json.dumps({**BELL, **fields}).encode()


def text(operations: str = "[]", rest: str = "") -> bytes:
    return f'{{"version": "0.1", "qubits": 3, "operations": {operations}{rest}}}'.encode()


RULES_BROKEN = [
    ("not JSON", b"{", "line 1, column 2"),
    ("not JSON at all", b"OPENQASM 3;", "line 1, column 1"),
    ("nothing", b"", "line 1, column 1"),
    ("not UTF-8", b'{"version": "\xff"}', "document"),
    ("no object", b"[]", "document"),
    ("nested too deeply", b"[" * 200_000, "document"),
    ("endless integer", text('[{"op": "X", "q": [' + "1" * 641 + "]}]"), "operations[0].q[0]"),
    ("half a surrogate pair", text(rest=', "metadata": {"a": "\\ud800"}'), "metadata.a"),
    ("half a surrogate pair in a key", text(rest=', "metadata": {"a": {"\\udc00": 1}}'), "metadata.a"),
    ("trailing text", text() + b"x", "line 1, column 50"),
    ("repeated key", text(rest=', "qubits": 4'), "qubits"),
    ("repeated key inside", text('[{"op": "X", "q": [0], "q": [1]}]'), "operations[0].q"),
    ("repeated key in free-form", text(rest=', "metadata": {"a": [{"b": 1, "b": 2}]}'), "metadata.a[0].b"),
    ("repeated key and an escaped colon", text(rest=', "metadata": {"a": 1, "a": "\\u003a"}'), "metadata.a"),
    ("NaN", text('[{"op": "RX", "q": [0], "params": {"theta": NaN}}]'), "operations[0].params.theta"),
    ("Infinity in free-form", text(rest=', "metadata": {"a": Infinity}'), "metadata.a"),
    ("-Infinity in free-form", text(rest=', "metadata": {"a": [-Infinity]}'), "metadata.a[0]"),
    ("overflowing float", text('[{"op": "RX", "q": [0], "params": {"theta": 1e999}}]'), "operations[0].params.theta"),
    ("overflowing integer", with_operation(op="RX", q=[0], params={"theta": 10**400}), "operations[1].params.theta"),
    ("no version", without("version"), "version"),
    ("no qubits", without("qubits"), "qubits"),
    ("no operations", without("operations"), "operations"),
    ("version is a number", changed(version=0.1), "version"),
    ("version is no version", changed(version="one"), "version"),
    ("version with a suffix", changed(version="1.0.0-beta"), "version"),
    ("version with one part", changed(version="1"), "version"),
    ("zero qubits", changed(qubits=0), "qubits"),
    ("negative qubits", changed(qubits=-1), "qubits"),
    ("qubits as a string", changed(qubits="2"), "qubits"),
    ("qubits as a boolean", changed(qubits=True), "qubits"),
    ("qubits as a float", changed(qubits=2.0), "qubits"),
    ("operations as an object", changed(operations={}), "operations"),
    ("unknown top-level field", changed(pulses=[]), "pulses"),
    ("parameters as an array", changed(parameters=[]), "parameters"),
    ("metadata as a string", changed(metadata="x"), "metadata"),
    ("checksums null", changed(checksums=None), "checksums"),
    ("topology as a number", changed(topology=1), "topology"),
    ("annotations as an array", changed(annotations=[]), "annotations"),
    ("operation is no object", changed(operations=["H"]), "operations[0]"),
    ("no op", changed(operations=[{"q": [0]}]), "operations[0].op"),
    ("op is no string", with_operation(op=1, q=[0]), "operations[1].op"),
    ("unknown op", with_operation(op="SX", q=[0]), "operations[1].op"),
    ("op in lower case", with_operation(op="h", q=[0]), "operations[1].op"),
    ("unknown operation field", with_operation(op="H", q=[0], label="x"), "operations[1].label"),
    ("no q", with_operation(op="H"), "operations[1].q"),
    ("q is no array", with_operation(op="H", q=0), "operations[1].q"),
    ("q is empty", with_operation(op="RESET", q=[]), "operations[1].q"),
    ("q is a boolean", with_operation(op="H", q=[True]), "operations[1].q[0]"),
    ("q is a float", with_operation(op="CX", q=[0, 1.0]), "operations[1].q[1]"),
    ("q is a string", with_operation(op="H", q=["0"]), "operations[1].q[0]"),
    ("a negative index", with_operation(op="H", q=[-1]), "operations[1].q[0]"),
    ("an index over the register", with_operation(op="CX", q=[0, 3]), "operations[1].q[1]"),
    ("a huge index", with_operation(op="H", q=[10**30]), "operations[1].q[0]"),
    ("a repeated qubit", with_operation(op="CX", q=[1, 1]), "operations[1].q[1]"),
    ("a repeated qubit of three", with_operation(op="CCX", q=[2, 1, 2]), "operations[1].q[2]"),
    ("too many qubits", with_operation(op="H", q=[0, 1]), "operations[1].q"),
    ("too few qubits", with_operation(op="CX", q=[0]), "operations[1].q"),
    ("too few qubits of three", with_operation(op="CCZ", q=[0, 1]), "operations[1].q"),
    ("theta on H", with_operation(op="H", q=[0], params={"theta": 1}), "operations[1].params.theta"),
    ("params is no object", with_operation(op="H", q=[0], params=[]), "operations[1].params"),
    ("params null", with_operation(op="RX", q=[0], params=None), "operations[1].params"),
    ("no theta", with_operation(op="RZ", q=[0]), "operations[1].params.theta"),
    ("another name for theta", with_operation(op="RZ", q=[0], params={"phi": 1}), "operations[1].params.phi"),
    (
        "more than theta",
        with_operation(op="RY", q=[0], params={"theta": 1, "phi": 1}),
        "operations[1].params.phi",
    ),
    (
        "a basis beside theta",
        with_operation(op="RX", q=[0], params={"theta": 0.5, "basis": "Z"}),
        "operations[1].params.basis",
    ),
    ("theta is a boolean", with_operation(op="RX", q=[0], params={"theta": True}), "operations[1].params.theta"),
    ("theta is null", with_operation(op="RX", q=[0], params={"theta": None}), "operations[1].params.theta"),
    ("theta is an array", with_operation(op="RX", q=[0], params={"theta": [1]}), "operations[1].params.theta"),
    ("theta is an expression", with_operation(op="RX", q=[0], params={"theta": "pi/2"}), "operations[1].params.theta"),
    ("theta is unbound", with_operation(op="RX", q=[0], params={"theta": "b"}), "operations[1].params.theta"),
    ("c on a gate", with_operation(op="H", q=[0], c=[0]), "operations[1].c"),
    ("c on RESET", with_operation(op="RESET", q=[0], c=[0]), "operations[1].c"),
    ("basis on a gate", with_operation(op="H", q=[0], basis="Z"), "operations[1].basis"),
    ("basis in a gate's params", with_operation(op="H", q=[0], params={"basis": "Z"}), "operations[1].params.basis"),
    ("no c", with_operation(op="MEASURE", q=[0]), "operations[1].c"),
    ("nothing is measured", with_operation(op="MEASURE", q=[], c=[]), "operations[1].q"),
    ("c is shorter", with_operation(op="MEASURE", q=[0, 1], c=[0]), "operations[1].c"),
    ("c is longer", with_operation(op="MEASURE", q=[0], c=[0, 1]), "operations[1].c"),
    ("c is a boolean", with_operation(op="MEASURE", q=[0], c=[False]), "operations[1].c[0]"),
    ("c over the register", with_operation(op="MEASURE", q=[0], c=[3]), "operations[1].c[0]"),
    ("c is negative", with_operation(op="MEASURE", q=[0], c=[-1]), "operations[1].c[0]"),
    ("a repeated measured qubit", with_operation(op="MEASURE", q=[0, 0], c=[0, 1]), "operations[1].q[1]"),
    ("unknown basis", with_operation(op="MEASURE", q=[0], c=[0], basis="W"), "operations[1].basis"),
    ("basis in lower case", with_operation(op="MEASURE", q=[0], c=[0], basis="x"), "operations[1].basis"),
    ("basis is no string", with_operation(op="MEASURE", q=[0], c=[0], basis=["X"]), "operations[1].basis"),
    (
        "unknown basis in params",
        with_operation(op="MEASURE", q=[0], c=[0], params={"basis": 1}),
        "operations[1].params.basis",
    ),
    (
        "two bases",
        with_operation(op="MEASURE", q=[0], c=[0], basis="X", params={"basis": "Y"}),
        "operations[1].params.basis",
    ),
    (
        "theta on MEASURE",
        with_operation(op="MEASURE", q=[0], c=[0], params={"theta": 1}),
        "operations[1].params.theta",
    ),
]


def test_the_document_that_the_rules_are_broken_in_is_right() -> None:
    assert parse_aqo_json(json.dumps(BELL).encode(), {}).circuit.num_clbits == 2


@pytest.mark.parametrize(("document", "place"), [pytest.param(*row[1:], id=row[0]) for row in RULES_BROKEN])
def test_a_broken_rule_is_refused_with_its_place(document: bytes, place: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_aqo_json(document, {})
    (violation,) = caught.value.violations
    assert violation.field == place
    assert violation.description


def test_free_form_fields_of_any_depth_are_refused_in_one_way() -> None:
    for levels in range(33, 1_100):
        with pytest.raises(InvalidRequestError, match="nested"):
            parse_aqo_json(text(rest=f', "metadata": {{"a": {"[" * levels}1{"]" * levels}}}'), {})


@pytest.mark.parametrize("version", ["0.1", "0.1.0", "1.0", "1.0.0", "1.7.12"])
def test_a_known_version_is_taken(version: str) -> None:
    assert parse_aqo_json(changed(version=version), {}).circuit.num_qubits == 3


@pytest.mark.parametrize("version", ["9.9", "2.0.0", "0.2", "0.0.1", "10.1"])
def test_a_version_of_another_major_is_a_failed_precondition(version: str) -> None:
    with pytest.raises(PreconditionError) as caught:
        parse_aqo_json(changed(version=version), {})
    assert caught.value.kind == "AQO_VERSION"


@pytest.mark.parametrize("qubits", [10_001, 10**12, 10**300])
def test_a_document_of_endless_qubits_costs_nothing(qubits: int) -> None:
    with pytest.raises(PreconditionError) as caught:
        parse_aqo_json(changed(qubits=qubits), {})
    assert caught.value.kind == "CIRCUIT_TOO_LARGE"


def test_everything_the_compiler_adds_changes_nothing() -> None:
    extras = {
        "metadata": {"compiler": "eigen-compiler", "eigen_lang_version": "0.1"},
        "checksums": {"request_sha256": "0", "source_sha256": "1"},
        "annotations": {"expectation": {"kind": "ExpectationValue", "observable_terms": [["ZZ", 0.5]]}},
        "topology": {"version": "1", "enabled": False, "partition_count": 1},
    }
    assert parse_aqo_json(changed(**extras), {}).circuit == parse_aqo_json(changed(), {}).circuit


def test_empty_params_are_none() -> None:
    plain = parse_aqo_json(with_operation(op="H", q=[0]), {})
    assert parse_aqo_json(with_operation(op="H", q=[0], params={}), {}).circuit == plain.circuit
