import pytest

from qdm_cli.formats import Format, format_of

QASM2 = b'// a comment\n/* and\nanother */ OPENQASM 2.0;\ninclude "qelib1.inc";\n'
QASM3 = b"\n  OPENQASM 3;\nqubit q;\n"


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("bell.qasm", QASM3, Format.QASM3),
        ("bell.QASM", QASM3, Format.QASM3),
        ("bell.qasm", b"qubit q;", Format.QASM3),
        ("bell.qasm", b"", Format.QASM3),
        ("bell.qasm", QASM2, Format.NATIVE),
        ("bell.qasm", b"// OPENQASM 2.0;\nqubit q;", Format.QASM3),
        ("bell.qasm3", b"whatever", Format.QASM3),
        ("ghz.json", b"no json", Format.AQO_JSON),
        ("ghz.aqo.json", b"{}", Format.AQO_JSON),
        ("ghz.aqo.pb", b"", Format.AQO_PROTO),
        ("ghz.pb", b"{", Format.AQO_PROTO),
        ("circuit", QASM3, Format.QASM3),
        ("circuit.txt", QASM2, Format.NATIVE),
        ("circuit", b"OPENQASM 20;", Format.QASM3),
        ("circuit", b' \n{"version": "0.1"}', Format.AQO_JSON),
        ("circuit", b"\n\x030.1\x10\x02", Format.AQO_PROTO),
        ("circuit", 10_000 * b"/**/ " + b"OPENQASM 3;", Format.QASM3),
        ("circuit", 10_000 * b"/* // */" + b"hello", None),
        ("circuit", 10_000 * b"/**/" + b"/* no end", None),
        ("circuit", 10_000 * b"//\n" + b"hello", None),
        ("circuit", b"/* OPENQASM 2; */ OPENQASM 3;", Format.QASM3),
        ("circuit", b"// OPENQASM 2;", None),
        ("circuit", b"hello", None),
        ("circuit", b"", None),
        ("circuit.txt", "ψ = H|0⟩".encode(), None),
    ],
)
def test_the_suffix_tells_the_format_and_the_content_where_it_does_not(
    name: str, data: bytes, expected: Format | None
) -> None:
    assert format_of(name, data) is expected
