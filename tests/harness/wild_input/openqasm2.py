"""OpenQASM 2.0 that is expensive where a reader is careless."""

from collections.abc import Mapping

from wild_input.filling import MakeInput, nested, numbered, repeated

_HEAD = 'OPENQASM 2.0;\ninclude "qelib1.inc";\n'
_ONE = f"{_HEAD}qreg q[1];\ncreg c[1];\n"
_WIDE = f"{_HEAD}qreg q[10000];\ncreg c[10000];\n"
_LONG_FORMULA = f"{_ONE}gate g(t) a {{ rx(t{'+t' * 250_000}) a; }}\n"
_LONG_BODY = f"{_ONE}gate g(t) a {{ {'rx(t) a; ' * 50_000} }}\n"
_EMPTY = f"{_WIDE}gate g a {{ }}\n"

OPENQASM2: Mapping[str, MakeInput] = {
    "zeros": repeated("\0"),
    "brackets": repeated("(", _ONE),
    "spaces": repeated(" ", _ONE),
    "lines": repeated("\n", _ONE, "fly q;"),
    "comments": repeated("//\n", _ONE),
    "one comment": repeated("/", _ONE),
    "semicolons": repeated(";", _ONE),
    "a long name": repeated("a", _ONE),
    "a long name that nobody declared": repeated("a", f"{_ONE}x ", ";"),
    "a long gate that nobody defined": repeated("a", _ONE, " q;"),
    "a long register": repeated("a", f"{_ONE}qreg ", "[0];"),
    "a long number": repeated("9", f"{_ONE}rx(", ") q;"),
    "a long fraction": repeated("3", f"{_ONE}rx(0.", ") q;"),
    "a long exponent": repeated("9", f"{_ONE}rx(1e", ") q;"),
    "a long index": repeated("9", f"{_ONE}h q[", "];"),
    "a long size": repeated("9", f"{_ONE}qreg r[", "];"),
    "a long comparison": repeated("9", f"{_ONE}if(c==", ") x q;"),
    "an open text": repeated("x", f'{_ONE}include "'),
    "open brackets": repeated("(", f"{_ONE}rx("),
    "open functions": repeated("sin(", f"{_ONE}rx("),
    "nested brackets": nested("(", ")", f"{_ONE}rx(", "1", ") q;"),
    "nested functions": nested("sin(", ")", f"{_ONE}rx(", "1", ") q;"),
    "signs": repeated("-", f"{_ONE}rx(", "1) q;"),
    "a sum": repeated("1+", f"{_ONE}rx(", "1) q;"),
    "a power": repeated("1^", f"{_ONE}rx(", "1) q;"),
    "a sum of parameters": repeated("t+", f"{_ONE}gate g(t) a {{ rx(", "t) a; } g(1) q;"),
    "many calls of a long formula": numbered(lambda n: f"g({n}) q;", _LONG_FORMULA),
    "many calls of a long body": numbered(lambda n: f"g({n}) q;", _LONG_BODY),
    "many angles": repeated("1,", f"{_ONE}rx(", "1) q;"),
    "many parameters": numbered(lambda n: f",t{n}", f"{_ONE}gate g(t", ") a { }"),
    "many operands": repeated("q,", f"{_ONE}h ", "q;"),
    "many qubits of a gate": numbered(lambda n: f",a{n}", f"{_ONE}gate g a", " { }"),
    "a gate of doubled gates": numbered(
        lambda n: f"gate g{n + 1} a {{ g{n} a; g{n} a; }}\n", f"{_ONE}gate g0 a {{ x a; }}\n", "g5000 q;"
    ),
    "a gate of doubled empty gates": numbered(
        lambda n: f"gate g{n + 1} a {{ g{n} a; g{n} a; }}\n", f"{_ONE}gate g0 a {{ }}\n", "g5000 q;"
    ),
    "a chain of gates": numbered(
        lambda n: f"gate g{n + 1}(t) a {{ g{n}(t+t) a; }}\n", f"{_ONE}gate g0(t) a {{ rx(t) a; }}\n", "g20000(0) q;"
    ),
    "many calls of a chain of gates": numbered(
        lambda n: f"gate g{n + 1} a {{ g{n} a; }}\n" if n < 1000 else "g1000 q;", f"{_ONE}gate g0 a {{ x a; }}\n"
    ),
    "many wide calls": repeated("x q;", _WIDE),
    "many wide calls of nothing": repeated("g q;", _EMPTY),
    "many wide barriers": repeated("barrier q;", _WIDE),
    "many wide resets": repeated("reset q;", _WIDE),
    "many wide measurements": repeated("measure q->c;", _WIDE),
    "many wide conditions": repeated("if(c==1)x q[0];", _WIDE),
    "many registers": numbered(lambda n: f"qreg r{n}[1];", _ONE),
    "many definitions": numbered(lambda n: f"gate g{n} a{{}}", _ONE),
    "many calls": repeated("x q;", _ONE),
    "many rotations": numbered(lambda n: f"u3(0.{n},pi/{n + 1},-{n}*pi) q[0];", _ONE),
}
