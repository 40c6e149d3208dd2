"""What is no OpenQASM 2.0 is refused with line and column, and with what to do."""

import pytest

from qdm_circuits.qasm2 import parse_qasm2
from qdm_driver import InvalidRequestError, UnsupportedError

HEAD = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[2];\ncreg c[2];\n'

NO_OPENQASM = [
    ("h q[0]", 7, "expected ';', found the end"),
    ("h q[0] x", 8, "expected ';', found 'x'"),
    ("h q[0];;", 8, "expected a statement, found ';'"),
    ("h q[0],;", 8, "expected a register of qubits, found ';'"),
    ("h q[0]; \x00", 9, r"expected a statement, found '\x00'"),
    ("h q[é];", 5, "expected an index, found 'é'"),
    ('"h" q;', 1, "expected a statement, found '\"h\"'"),
    ("h q[2];", 5, "the last index of this register is 1"),
    ("h q[-1];", 5, "expected an index, found '-'"),
    ("h q[0.5];", 5, "expected an index, found '0.5'"),
    ("h q[01];", 5, "expected an index, found '0'"),
    ("h q[0,1];", 6, "expected ']', found ','"),
    ("h r;", 3, "'r' is no register of qubits"),
    ("h c;", 3, "'c' is no register of qubits"),
    ("fly q[0];", 1, "'fly' is no gate"),
    ("q q[0];", 1, "'q' is no gate"),
    ("ccz q[0],q[1],q[0];", 1, "'ccz' is no gate"),
    ("cx q[0];", 1, "'cx' takes 2 qubits, not 1"),
    ("h q[0],q[1];", 1, "'h' takes 1 qubit, not 2"),
    ("rx q[0];", 1, "'rx' takes 1 parameter, not 0"),
    ("h(1) q[0];", 1, "'h' takes 0 parameters, not 1"),
    ("cx q[0],q[0];", 1, "a gate needs distinct qubits"),
    ("cx q,q[1];", 1, "a gate needs distinct qubits"),
    ("qreg r[3]; cx q,r;", 12, "registers of one gate must be of one size"),
    ("rx(t) q[0];", 4, "'t' has no value here"),
    ("rx(1/0) q[0];", 4, "this expression has no value"),
    ("rx(0^-1) q[0];", 4, "this expression has no value"),
    ("rx((-1)^0.5) q[0];", 4, "this expression has no value"),
    ("rx(ln(0)) q[0];", 4, "this expression has no value"),
    ("rx(sqrt(-1)) q[0];", 4, "this expression has no value"),
    ("rx(exp(1000)) q[0];", 4, "this expression has no value"),
    ("rx(1e999) q[0];", 4, "this expression is not finite"),
    ("rx(1e308*10) q[0];", 4, "this expression is not finite"),
    ("u2(1, 2/0) q[0];", 7, "this expression has no value"),
    ("rx(1", 5, "expected ')', found the end"),
    ("rx((1 q[0];", 7, "expected ')' or an operator, found 'q'"),
    ("rx(1)) q[0];", 6, "expected a register of qubits, found ')'"),
    ("rx(+1) q[0];", 4, "expected an expression, found '+'"),
    ("rx(1 2) q[0];", 6, "expected ')', found '2'"),
    ("rx(2pi) q[0];", 5, "expected ')', found 'pi'"),
    ("rx(sin 1) q[0];", 8, "expected '(', found '1'"),
    ("rx(log(1)) q[0];", 4, "'log' has no value here"),
    ("rx(,) q[0];", 4, "expected an expression, found ','"),
    ("qreg q[1];", 6, "'q' is already declared; take another name"),
    ("creg h[1];", 6, "'h' is already declared; take another name"),
    ("qreg Q[1];", 6, "'Q' does not begin with a small letter; take another name"),
    ("qreg _q[1];", 6, "'_q' does not begin with a small letter; take another name"),
    ("qreg if[1];", 6, "'if' is a word of the language; take another name"),
    ("creg pi[1];", 6, "'pi' is a word of the language; take another name"),
    ("qreg r;", 7, "expected '[', found ';'"),
    ("qreg r[0];", 8, "a register must not be empty"),
    ("qreg r[1.5];", 8, "expected a size, found '1.5'"),
    ("measure q;", 10, "expected '->', found ';'"),
    ("measure q -> q;", 14, "'q' is no register of classical bits"),
    ("measure c -> c;", 9, "'c' is no register of qubits"),
    ("measure q -> c[0];", 9, "a measurement needs as many classical bits as qubits"),
    ("creg d[3]; measure q -> d;", 20, "a measurement needs as many classical bits as qubits"),
    ("creg d[1]; measure q[0] -> d;", 20, "a measurement needs as many classical bits as qubits"),
    ("reset c;", 7, "'c' is no register of qubits"),
    ("barrier;", 8, "expected a register of qubits, found ';'"),
    ("if (d == 1) x q;", 5, "'d' is no register of classical bits"),
    ("if (c[0] == 1) x q;", 6, "expected '==', found '['"),
    ("if (c = 1) x q;", 7, "expected '==', found '='"),
    ("if (c == -1) x q;", 10, "expected an integer, found '-'"),
    ("if (c == 1) barrier q;", 13, "'barrier' must not stand here"),
    ("if (c == 1) if (c == 1) x q;", 13, "'if' must not stand here"),
    ("if (c == 1) { x q; }", 13, "expected a statement, found '{'"),
    ("gate g { }", 8, "expected a qubit, found '{'"),
    ("gate g a, { }", 11, "expected a qubit, found '{'"),
    ("gate g a, a { }", 11, "'a' is already taken"),
    ("gate g(a) a { }", 11, "'a' is already taken"),
    ("gate g(pi) a { }", 8, "'pi' is already taken"),
    ("gate h a { }", 6, "'h' is already declared; take another name"),
    ("gate g a { x a; ", 17, "expected a gate or '}', found the end"),
    ("gate g a { g a; }", 12, "'g' is no gate"),
    ("gate g a { x q; }", 14, "'q' is no qubit of this gate"),
    ("gate g a { x a[0]; }", 15, "expected ';', found '['"),
    ("gate g a { barrier b; }", 20, "'b' is no qubit of this gate"),
    ("gate g a { cx a,a; }", 12, "a gate needs distinct qubits"),
    ("gate g a { rx(t) a; }", 15, "'t' has no value here"),
    ("gate g a { rx(1/0) a; }", 15, "this expression has no value"),
    ("gate g a { measure a; }", 12, "'measure' must not stand here"),
    ("gate g(t) a { rx(1/t) a; } g(0) q[0];", 18, "this expression has no value"),
    ("gate g(t) a { x a; } g(1e999) q[0];", 24, "this expression is not finite"),
    ("opaque g a { }", 12, "expected ';', found '{'"),
    ('include "other.inc";', 9, "expected '\"qelib1.inc\"', the only file there is, found '\"other.inc\"'"),
    ('include "qelib1.inc";', 9, "this file declares 'id', which is already declared"),
    ("OPENQASM 2.0;", 1, "'OPENQASM' is no gate"),
    ("qubit r;", 1, "'qubit' is OpenQASM 3; send the program as QASM3_TEXT"),
    ("bit[2] d;", 1, "'bit' is OpenQASM 3; send the program as QASM3_TEXT"),
    ("ctrl @ x q[0], q[1];", 1, "'ctrl' is OpenQASM 3; send the program as QASM3_TEXT"),
    ("while (c == 0) x q;", 1, "'while' is OpenQASM 3; send the program as QASM3_TEXT"),
    ("/* no */ x q;", 1, "expected a statement, found '/'"),
]


@pytest.mark.parametrize(("statement", "column", "sentence"), NO_OPENQASM)
def test_what_is_no_openqasm_is_refused_with_its_place_and_the_reason(
    statement: str, column: int, sentence: str
) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_qasm2((HEAD + statement).encode())
    assert caught.value.violations == ((f"line 5, column {column}", sentence),)


@pytest.mark.parametrize(
    ("program", "message"),
    [
        ("", "line 1, column 1: expected 'OPENQASM 2.0;' before all else, found the end"),
        ("// only this", "line 1, column 13: expected 'OPENQASM 2.0;' before all else, found the end"),
        ("qreg q[1];", "line 1, column 1: expected 'OPENQASM 2.0;' before all else, found 'qreg'"),
        ("OPENQASM 2.1;\nqreg q[1];", "line 1, column 10: expected '2.0', found '2.1'"),
        ("OPENQASM 2.0\nqreg q[1];", "line 2, column 1: expected ';', found 'qreg'"),
        ("OPENQASM 3.0;\nqubit q;", "line 1, column 10: this is OpenQASM 3; send the program as QASM3_TEXT"),
        ("OPENQASM 3;\nqubit q;", "line 1, column 10: this is OpenQASM 3; send the program as QASM3_TEXT"),
        ("OPENQASM 2.0;\ncreg c[1];", "program: has no qubits; declare some: qreg q[1];"),
        ("OPENQASM 2.0;\r\nqreg q[1];\r\nh q;", "line 3, column 1: 'h' is a gate of qelib1.inc; add: include"),
        ('OPENQASM 2.0; gate h a { } include "qelib1.inc";', "line 1, column 36: this file declares 'h', which"),
    ],
)
def test_a_program_that_is_wrong_as_a_whole_is_refused(program: str, message: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_qasm2(program.encode())
    assert caught.value.message.startswith(message)


def test_bytes_that_are_no_text_are_refused() -> None:
    with pytest.raises(InvalidRequestError, match="program: is not UTF-8 at byte 14"):
        parse_qasm2(b"OPENQASM 2.0;\n\xff")


@pytest.mark.parametrize(
    "statements",
    ["opaque magic(t) a,b; magic(1) q[0],q[1];", "opaque magic(t) a,b; if (c == 1) magic(1) q[0],q[1];"],
)
def test_a_call_of_an_opaque_gate_is_unsupported(statements: str) -> None:
    column = statements.index("magic(1)") + 1
    with pytest.raises(UnsupportedError, match=rf"^line 5, column {column}: calls of the opaque gate 'magic' are not"):
        parse_qasm2((HEAD + statements).encode())


def test_an_opaque_gate_is_unsupported_in_the_body_of_another() -> None:
    with pytest.raises(
        UnsupportedError, match=r"^line 6, column 12: calls of the opaque gate 'magic' are not supported"
    ):
        parse_qasm2(f"{HEAD}opaque magic a;\ngate g a {{ magic a; }}".encode())


@pytest.mark.parametrize("word", ["a" * 100_000, "é" * 100_000, "9" * 100_000, '"' + "x" * 100_000 + '"'])
@pytest.mark.parametrize("before", ["", "qreg ", "h ", "h q[", "rx(", "if(c==", "gate g ", "opaque ", "include "])
def test_a_message_quotes_the_beginning_of_a_long_word(before: str, word: str) -> None:
    with pytest.raises((InvalidRequestError, UnsupportedError)) as caught:
        parse_qasm2((HEAD + before + word).encode())
    assert len(caught.value.message) < 200


def test_a_huge_integer_is_unsupported() -> None:
    with pytest.raises(
        UnsupportedError, match=r"^line 5, column 9: integers of more than 4,000 digits are not supported"
    ):
        parse_qasm2(f"{HEAD}if (c== {'9' * 5000}) x q[0];".encode())
