"""Payloads that are wrong on any device, and the one that is right on another."""

import json
import math
from collections.abc import Iterator
from typing import NamedTuple

from qdm_driver.payload import CircuitFormat, CircuitPayload


class Malformed(NamedTuple):
    """A payload that must be refused with InvalidRequestError, and what is wrong with it."""

    wrong: str
    payload: CircuitPayload


def malformed_payloads() -> tuple[Malformed, ...]:
    """Returns the whole table, format by format."""
    return (*_aqo_json(), *_aqo_proto(), *_qasm3(), *_qasm2())


def foreign_version() -> CircuitPayload:
    """Returns an AQO document of a version that does not exist yet."""
    return _document(version="9.9")


def _document(**fields: object) -> CircuitPayload:
    document = {"version": "1.0.0", "qubits": 2, "operations": [], **fields}
    return CircuitPayload(CircuitFormat.AQO_JSON, json.dumps(document).encode())


def _aqo_json() -> Iterator[Malformed]:
    def operation(wrong: str, **fields: object) -> Malformed:
        return Malformed(wrong, _document(operations=[{"op": "X", "q": [0]}, fields]))

    def text(wrong: str, data: bytes) -> Malformed:
        return Malformed(wrong, CircuitPayload(CircuitFormat.AQO_JSON, data))

    yield text("no JSON", b"{")
    yield text("no UTF-8", b'{"version": "\xff"}')
    yield text("no object", b"[]")
    yield text("nested too deeply", b"[" * 100_000)
    yield text("a key twice", b'{"version": "1.0.0", "qubits": 1, "qubits": 2, "operations": []}')
    yield operation("an angle that is no number", op="RX", q=[0], params={"theta": math.nan})
    yield operation("an infinite angle", op="RX", q=[0], params={"theta": math.inf})
    yield Malformed("an unknown field", _document(shots=5))
    yield Malformed("no qubits", _document(qubits=0))
    yield Malformed("a number as version", _document(version=1))
    yield Malformed("operations that are no array", _document(operations={}))
    yield operation("an unknown gate", op="QFT", q=[0])
    yield operation("a qubit that is a boolean", op="X", q=[True])
    yield operation("a negative qubit", op="X", q=[-1])
    yield operation("a qubit beyond the last", op="X", q=[2])
    yield operation("one qubit twice", op="CX", q=[1, 1])
    yield operation("too few qubits", op="CX", q=[0])
    yield operation("no angle", op="RX", q=[0])
    yield operation("an expression as angle", op="RX", q=[0], params={"theta": "pi/2"})
    yield operation("a parameter that the gate has not", op="H", q=[0], params={"theta": 0.1})
    yield operation("fewer bits than qubits", op="MEASURE", q=[0, 1], c=[0])
    yield operation("an unknown basis", op="MEASURE", q=[0], c=[0], basis="W")


def _aqo_proto() -> Iterator[Malformed]:
    yield Malformed("no protobuf", CircuitPayload(CircuitFormat.AQO_PROTO, b"\xff\xff\xff"))
    yield Malformed("cut off", CircuitPayload(CircuitFormat.AQO_PROTO, b"\x0a\x7f1.0"))


def _qasm3() -> Iterator[Malformed]:
    def program(wrong: str, body: str) -> Malformed:
        text = f'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\n{body}\n'
        return Malformed(wrong, CircuitPayload(CircuitFormat.QASM3_TEXT, text.encode()))

    yield Malformed("no UTF-8", CircuitPayload(CircuitFormat.QASM3_TEXT, b"OPENQASM 3.0;\n// \xff"))
    yield program("no semicolon", "x q[0]\nx q[1];")
    yield program("an unknown gate", "qft q[0];")
    yield program("an undeclared register", "x r[0];")
    yield program("a qubit beyond the last", "x q[2];")
    yield program("one qubit twice", "cx q[1], q[1];")
    yield program("too few qubits", "cx q[0];")
    yield program("no angle", "rx q[0];")
    yield program("a name declared twice", "bit[2] q;")
    yield program("nested too deeply", f"rx({'(' * 50_000}1{')' * 50_000}) q[0];")


def _qasm2() -> Iterator[Malformed]:
    def program(wrong: str, body: str) -> Malformed:
        text = f'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\n{body}\n'
        return Malformed(wrong, CircuitPayload(CircuitFormat.BACKEND_NATIVE, text.encode()))

    yield program("no semicolon", "x q[0]\nx q[1];")
    yield program("an unknown gate", "qft q[0];")
    yield program("an undeclared register", "x r[0];")
    yield program("a qubit beyond the last", "x q[2];")
    yield program("one qubit twice", "cx q[1], q[1];")
    yield program("no angle", "rx q[0];")
