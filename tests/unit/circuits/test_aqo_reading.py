import hashlib
import json
from typing import Any

import pytest

from qdm_circuits.aqo import canonical_bytes, document_from_json, parse_aqo_json
from qdm_circuits.circuit import Circuit, Measure, Register, Reset
from qdm_circuits.gates import Gate


def circuit_of(*operations: dict[str, Any], qubits: int = 3) -> Circuit:
    document = {"version": "1.0.0", "qubits": qubits, "operations": operations}
    return parse_aqo_json(json.dumps(document).encode(), {}).circuit


@pytest.mark.parametrize(
    ("operation", "gate"),
    [
        *[({"op": name, "q": [1]}, Gate(name.lower(), (1,))) for name in ("X", "Y", "Z", "H", "S", "T")],
        *[({"op": name, "q": [2, 0]}, Gate(name.lower(), (2, 0))) for name in ("CX", "CZ", "SWAP")],
        *[({"op": name, "q": [2, 0, 1]}, Gate(name.lower(), (2, 0, 1))) for name in ("CCX", "CCZ")],
        *[
            ({"op": name, "q": [1], "params": {"theta": 0.5}}, Gate(name.lower(), (1,), (0.5,)))
            for name in ("RX", "RY", "RZ")
        ],
    ],
)
def test_every_gate_is_read(operation: dict[str, Any], gate: Gate) -> None:
    assert circuit_of(operation).operations[0] == gate


def test_reset_takes_many_qubits() -> None:
    assert circuit_of({"op": "RESET", "q": [2, 0]}).operations[:2] == (Reset(2), Reset(0))


def test_the_width_is_the_highest_bit_written() -> None:
    circuit = circuit_of({"op": "MEASURE", "q": [0, 1], "c": [2, 0]})
    assert circuit.registers == (Register("c", 3),)
    assert circuit.operations == (Measure(0, 2), Measure(1, 0))


def test_a_program_without_measurement_measures_all_qubits() -> None:
    circuit = circuit_of({"op": "H", "q": [0]}, qubits=2)
    assert circuit.registers == (Register("c", 2),)
    assert circuit.operations[1:] == (Measure(0, 0), Measure(1, 1))


@pytest.mark.parametrize(
    "where", [{"basis": "Y"}, {"params": {"basis": "Y"}}, {"basis": "Y", "params": {"basis": "Y"}}]
)
def test_a_basis_is_taken_beside_op_and_inside_params(where: dict[str, Any]) -> None:
    operations = circuit_of({"op": "MEASURE", "q": [0], "c": [0], **where}).operations
    assert operations == (Gate("sdg", (0,)), Gate("h", (0,)), Measure(0, 0), Gate("h", (0,)), Gate("s", (0,)))


DOCUMENT = '{ "version":"0.1", "qubits":1,\n "operations":[{"q":[0],"op":"H"}], "metadata":{"é":1.0,"b":[1,1e3]} }'
CANONICAL = b'{"metadata":{"b":[1,1000.0],"\\u00e9":1.0},"operations":[{"op":"H","q":[0]}],"qubits":1,"version":"0.1"}'


def test_canonical_bytes_have_sorted_keys_and_no_spaces() -> None:
    assert canonical_bytes(document_from_json(DOCUMENT.encode())) == CANONICAL


def test_the_hash_is_that_of_the_canonical_bytes_however_the_document_is_written() -> None:
    expected = hashlib.sha256(CANONICAL).hexdigest()
    assert parse_aqo_json(DOCUMENT.encode(), {}).aqo_hash == expected
    assert parse_aqo_json(CANONICAL, {}).aqo_hash == expected


def test_an_integer_and_a_float_are_different_documents() -> None:
    assert parse_aqo_json(DOCUMENT.replace("1.0", "1").encode(), {}).aqo_hash != hashlib.sha256(CANONICAL).hexdigest()
