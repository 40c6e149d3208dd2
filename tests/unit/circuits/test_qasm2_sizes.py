"""A short OpenQASM 2.0 program of endless size is refused before anything is made of it."""

import pytest

from qdm_circuits.qasm2 import parse_qasm2
from qdm_driver import PreconditionError

HEAD = 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[10000];\ncreg c[10000];\n'


def doubling(innermost: str) -> str:
    gates = "".join(f"gate g{n} a {{ g{n - 1} a; g{n - 1} a; }}\n" for n in range(1, 200))
    return f"gate g0 a {{ {innermost} }}\n{gates}"


@pytest.mark.parametrize(
    ("statements", "sentence"),
    [
        ("qreg r[1];", "the circuit has more than 10,000 qubits; make it smaller"),
        ("creg d[1000000000];", "the circuit has more than 10,000 classical bits; make it smaller"),
        (f"gate g a {{ {'x a; ' * 101} }} g q;", "the circuit has more than 1,000,000 operations; make it smaller"),
        (doubling("x a;") + "g40 q[0];", "the circuit has more than 1,000,000 operations; make it smaller"),
        (doubling("x a;") + "g7 q;", "the circuit has more than 1,000,000 operations; make it smaller"),
        (doubling("") + "g40 q[0];", "the program takes more than 10,000,000 steps to unroll"),
        (
            f"gate g(t) a {{ rx({'t+' * 1000}t) a; }}" + "g(1) q;",
            "the program takes more than 10,000,000 steps to unroll",
        ),
    ],
)
def test_a_program_over_a_bound_is_refused(statements: str, sentence: str) -> None:
    with pytest.raises(PreconditionError) as caught:
        parse_qasm2((HEAD + statements).encode())
    assert caught.value.message.startswith(sentence)
    assert caught.value.kind == "CIRCUIT_TOO_LARGE"


def test_gates_that_are_too_large_may_be_defined() -> None:
    read = parse_qasm2((HEAD + doubling("x a;") + "g3 q[0]; measure q[0] -> c[0];").encode()).circuit
    assert len(read.operations) == 2**3 + 1
