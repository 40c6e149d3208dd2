import pytest

from qdm_circuits.qasm3.parser import parse_qasm3
from qdm_driver import InvalidRequestError, PreconditionError, UnsupportedError

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nbit[2] c;\n'

NO_OPENQASM = [
    ("h q[0]", "line 5, column 7"),
    ("h q[0];;", "line 5, column 8"),
    ("h q[2];", "line 5, column 5"),
    ("h q[-3];", "line 5, column 5"),
    ("h q[0.5];", "line 5, column 5"),
    ("h q[floor(0.5)];", "line 5, column 5"),
    ("h q[-3:1];", "line 5, column 5"),
    ("h q[-4:-3];", "line 5, column 5"),
    ("h q[0:2];", "line 5, column 5"),
    ("h q[1:-1:-3];", "line 5, column 5"),
    ("let a = q[-3:-1];", "line 5, column 11"),
    ("h q[0][0];", "line 5, column 3"),
    ("h q[0, 1];", "line 5, column 3"),
    ("h r;", "line 5, column 3"),
    ("h c;", "line 5, column 3"),
    ("nogate q[0];", "line 5, column 1"),
    ("q q[0];", "line 5, column 1"),
    ("sxdg q[0];", "line 5, column 1"),
    ("\n  cx q[0];", "line 6, column 3"),
    ("cx q[0], q[0];", "line 5, column 1"),
    ("cx q, q[1];", "line 5, column 1"),
    ("qubit[3] r; cx q, r;", "line 5, column 13"),
    ("rx q[0];", "line 5, column 1"),
    ("rx(1, 2) q[0];", "line 5, column 1"),
    ("h(1) q[0];", "line 5, column 1"),
    ("rx(theta) q[0];", "line 5, column 4"),
    ("rx(1/0) q[0];", "line 5, column 4"),
    ("rx(1/2) q[0];", "line 5, column 4"),
    ("rx(1.0/0) q[0];", "line 5, column 4"),
    ("angle[4] a = pi; rx(a/0) q[0];", "line 5, column 21"),
    ("angle[4] a = pi; rx(a/-2) q[0];", "line 5, column 21"),
    ("angle[4] a = pi; angle[4] b; int n = a/b;", "line 5, column 38"),
    ("angle[4] a = pi; rx(1/a) q[0];", "line 5, column 21"),
    ("rx(0.0/0.0) q[0];", "line 5, column 4"),
    ("rx(1e999) q[0];", "line 5, column 4"),
    ("rx(1e308 * 10) q[0];", "line 5, column 4"),
    ("rx(log(0)) q[0];", "line 5, column 4"),
    ("rx(sqrt(-1)) q[0];", "line 5, column 4"),
    ("rx(sin()) q[0];", "line 5, column 4"),
    ("rx(1.5 << 2) q[0];", "line 5, column 4"),
    ("qubit q;", "line 5, column 7"),
    ("bit h;", "line 5, column 5"),
    ("qubit pi;", "line 5, column 7"),
    ("qubit[0] r;", "line 5, column 1"),
    ("qubit[-1] r;", "line 5, column 1"),
    ("bit[1.5] r;", "line 5, column 4"),
    ("c = measure q[0];", "line 5, column 1"),
    ("c[2] = measure q[0];", "line 5, column 3"),
    ("measure q -> q;", "line 5, column 14"),
    ("c[0] = measure c[0];", "line 5, column 16"),
    ("bit[3] d = measure q;", "line 5, column 12"),
    ('include "other.inc";', "line 5, column 1"),
    ("if (c == ) x q[0];", "line 5, column 10"),
    ('if (c == "101") x q[0];', "line 5, column 5"),
    ("if (r) x q[0];", "line 5, column 5"),
    ("if (c[4]) x q[0];", "line 5, column 7"),
    ("gate g a { reset a; } g q[0];", "line 5, column 12"),
    ("gate g a, a { } g q[0], q[1];", "line 5, column 1"),
    ("gate g a { g a; } g q[0];", "line 5, column 12"),
    ("gate g(t) a { rx(t) a; } g q[0];", "line 5, column 26"),
    ("gate g a { later a; } gate later a { } g q[0];", "line 5, column 12"),
    ("gate g a { rx(later) a; } const float later = 1; g q[0];", "line 5, column 15"),
    ("gate h a { }", "line 5, column 6"),
    ("gate g a { x q[0]; } g q[0];", "line 5, column 14"),
    ("ctrl @ x q[0];", "line 5, column 1"),
    ("ctrl(0) @ x q[0];", "line 5, column 1"),
    ("ctrl(3) @ x q[0], q[1];", "line 5, column 1"),
    ("gphase(pi) q[0];", "line 5, column 1"),
    ("const int n = 1.0 / 0;", "line 5, column 15"),
    ("const uint n = -1;", "line 5, column 1"),
    ("for int i in [0:0:2] { x q[0]; }", "line 5, column 15"),
    ("for int i in [0:] { x q[0]; }", "line 5, column 15"),
    ("for int i in [0:2] { x q[i]; }", "line 5, column 26"),
    ("h q[0]; OPENQASM 3;", "line 5, column 9"),
    ("let a = 3;", "line 5, column 9"),
    ("x q[0]; \x00", "line 5, column 9"),
    ('x q[0]; "', "line 5, column 9"),
    ("break;", "line 5, column 1"),
    ("continue;", "line 5, column 1"),
    ("return;", "line 5, column 1"),
    ("x $0;", "line 5, column 3"),
    ("rx(c) q[0];", "line 5, column 4"),
    ("int i = c + 1;", "line 5, column 9"),
    ("int i = unknown(1);", "line 5, column 9"),
    ("def f() { } int i = f();", "line 5, column 21"),
    ("def f(int n) { } f();", "line 5, column 18"),
    ("def f(qubit[2] a) { } f(q[0]);", "line 5, column 25"),
    ("def f() -> int { return; } f();", "line 5, column 18"),
    ("while (true) { x q[0]; }", "line 5, column 1"),
    ("c = measure q; while (c == 0) { x q[0]; }", "line 5, column 16"),
    ("const int n = 1; n = 2;", "line 5, column 18"),
    ("for int i in [0:1] { const int i = 1; i = 2; }", "line 5, column 39"),
    ("c = measure q; const bool k = c[0];", "line 5, column 31"),
    ("c = measure q; const bit[2] k = c;", "line 5, column 33"),
    ("c = measure q; const uint k = uint(c);", "line 5, column 31"),
    ("c = measure q; const float k = uint(c);", "line 5, column 32"),
    ("array[int, 2] a = {1, 2, 3};", "line 5, column 19"),
    ("array[int, 2] a; a[2] = 1;", "line 5, column 20"),
    ("array[int, 2] a; def f(readonly array[int, 2] b) { b[1] = 1; } f(a);", "line 5, column 52"),
    ("array[int, 2] a; def f(readonly array[int, 2] b) { b[0] += 1; } f(a);", "line 5, column 52"),
    ("array[int, 2] a; def f(readonly array[int, 2] b) { b[0][3] = 1; } f(a);", "line 5, column 52"),
    ("array[int, 2] a; def f(readonly array[int, 2] b) { let d = b[0:0]; d[0] = 1; } f(a);", "line 5, column 68"),
    ("array[float, 2] a; def f(readonly array[float, 2] b) { b[0] = 1; } f(a);", "line 5, column 56"),
    (
        "array[bit, 2] a; def f(qubit d, readonly array[bit, 2] b) { b[0] = measure d; } f(q[0], a);",
        "line 5, column 61",
    ),
    ("array[int, 2, 2] a; def f(readonly array[int, #dim = 2] b) { b[0, 1] = 1; } f(a);", "line 5, column 62"),
    (
        "array[int, 1] a; def f(mutable array[int, 1] b) { } def g(readonly array[int, 1] b) { f(b); } g(a);",
        "line 5, column 89",
    ),
]

VALID_BUT_UNSUPPORTED = [
    ("extern f(int) -> int;", "line 5, column 1: extern functions"),
    ('defcalgrammar "openpulse";', "line 5, column 1: calibrations"),
    ("cal { }", "line 5, column 1: calibrations"),
    ("defcal x $0 { }", "line 5, column 1: calibrations"),
    ("duration t = 10ns;", "line 5, column 1: values of this type"),
    ("stretch t;", "line 5, column 1: values of this type"),
    ("complex[float] z_ = 1;", "line 5, column 1: values of this type"),
    ("rx(2im) q[0];", "line 5, column 4: complex numbers"),
    ("if (durationof({x q[0];}) < 1ns) x q[0];", "line 5, column 5: durations"),
    ("gate gg a, b { h a; h b; } pow(0.5) @ gg q[0], q[1];", "line 5, column 28: fractional"),
    ("rx(1 << 99) q[0];", "line 5, column 4: integers of more than"),
    ("rx(2 ** 9999999) q[0];", "line 5, column 4: integers of more than"),
    ("c = measure q; float f = 1.0 * uint(c); rx(f) q[0];", "line 5, column 44: floats whose value depends"),
    ("c = measure q; qubit[uint(c)] r;", "line 5, column 21: values here that depend"),
    ("output float f;", "line 5, column 1: outputs of floats"),
    ("for uint[4] i in [0:1] { i = i + 1; }", "line 5, column 26: assignments to the variable of a for loop"),
    ("for int i in [0:1] { if (i == 1) { i += 1; } }", "line 5, column 36: assignments to the variable of a for loop"),
    ("for uint[4] i in [0:1] { i[0] = 1; }", "line 5, column 26: assignments to the variable of a for loop"),
    ("for bit i in c { i = measure q[0]; }", "line 5, column 18: assignments to the variable of a for loop"),
    ("array[int, 2] a; array[int, 2] b; b = a;", "line 5, column 39: assignments of whole arrays"),
    ("array[int, 2] a; array[int, 2] b = a;", "line 5, column 36: assignments of whole arrays"),
    ("array[int, 2] a; array[int, 2, 2] b; b[0] = a;", "line 5, column 45: assignments of whole arrays"),
    ("input array[int, 2] a;", "line 5, column 1: arrays as inputs"),
    ("def f(int n) -> int { return f(n); } int i = f(1);", "line 5, column 30: more than 40 calls"),
    ("qubit[12] r; bit[12] b = measure r; rz(uint(b)) q[0];", "line 5, column 40: values of more than 10"),
]


@pytest.mark.parametrize(("statement", "place"), NO_OPENQASM)
def test_what_is_no_openqasm_is_refused_with_line_and_column(statement: str, place: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_qasm3((HEAD + statement).encode(), {})
    (violation,) = caught.value.violations
    assert violation.field == place
    assert violation.description


@pytest.mark.parametrize(("statement", "message"), VALID_BUT_UNSUPPORTED)
def test_what_is_openqasm_but_unsupported_says_where_and_what(statement: str, message: str) -> None:
    with pytest.raises(UnsupportedError) as caught:
        parse_qasm3((HEAD + statement).encode(), {})
    assert caught.value.message.startswith(message)
    assert caught.value.message.endswith("are not supported")


@pytest.mark.parametrize("version", ["2.0", "2", "3.2", "4.0"])
def test_another_version_is_unsupported(version: str) -> None:
    with pytest.raises(UnsupportedError, match=r"write OPENQASM 3\.1, 3\.0 or 3"):
        parse_qasm3(f"OPENQASM {version};\nqubit q;".encode(), {})


@pytest.mark.parametrize("program", [b"", b"\xff", b"bit c;", b"x;" * 2 + b"(" * 3000, b"{" * 3000, b"// nothing"])
def test_a_program_that_is_wrong_as_a_whole_is_refused(program: bytes) -> None:
    with pytest.raises((InvalidRequestError, UnsupportedError)):
        parse_qasm3(program, {})


def test_a_gate_without_its_include_is_refused_with_the_remedy() -> None:
    with pytest.raises(InvalidRequestError, match=r"line 1, column 10: 'h' is a gate of stdgates.inc; add: include"):
        parse_qasm3(b"qubit q; h q;", {})


DOUBLING = "gate g0 a { x a; x a; }\n" + "".join(f"gate g{n} a {{ g{n - 1} a; g{n - 1} a; }}\n" for n in range(1, 40))


@pytest.mark.parametrize(
    "statements",
    [
        "qubit[1000000000] r;",
        "bit[1000000000] r;",
        "for int i in [0:1000000000] { }",
        "pow(1000000000) @ x q[0];",
    ],
)
def test_a_short_program_of_endless_size_costs_nothing(monkeypatch: pytest.MonkeyPatch, statements: str) -> None:
    monkeypatch.setattr("qdm_circuits.qasm3.lowering.MAX_STEPS", 20_000)
    with pytest.raises(PreconditionError) as caught:
        parse_qasm3((HEAD + statements).encode(), {})
    assert caught.value.kind == "CIRCUIT_TOO_LARGE"


def test_gates_that_double_are_stopped_at_the_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qdm_circuits.qasm3.lowering.MAX_STEPS", 20_000)
    with pytest.raises(PreconditionError) as caught:
        parse_qasm3((HEAD + DOUBLING + "g39 q[0];").encode(), {})
    assert caught.value.kind == "CIRCUIT_TOO_LARGE"
