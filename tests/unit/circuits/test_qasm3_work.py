"""A program that would take for ever to unroll is refused, whatever the work is made of."""

import pytest

from qdm_circuits.circuit import Measure
from qdm_circuits.gates import Gate
from qdm_circuits.qasm3.parser import parse_qasm3
from qdm_driver import PreconditionError

HEAD = 'include "stdgates.inc"; qubit[100] q; bit[100] c; uint[64] n; uint[64] m;'
MEASURED = "c[0] = measure q[0]; if (c[0]) { n = 3; m = 5; }"


@pytest.mark.parametrize(
    "work",
    [
        pytest.param("x q;", id="gates"),
        pytest.param("measure q;", id="measurements"),
        pytest.param("c = measure q;", id="measurements-that-are-kept"),
        pytest.param("nothing q;", id="gates-of-nothing"),
        pytest.param("let a = q[0:98];", id="slices"),
        pytest.param("let a = q ++ q ++ q;", id="aliases"),
        pytest.param("for int j in [0:100] { }", id="empty-loops"),
        pytest.param("if (c == 1) { }", id="conditions"),
        pytest.param("if (c[0]) { x q[0]; }", id="branches"),
        pytest.param("switch (n) { case 1 { } case 2 { } default { } }", id="switches"),
        pytest.param("n = n + 1;", id="sums"),
        pytest.param("n = n * m;", id="products"),
        pytest.param("n = n << 1;", id="shifts"),
        pytest.param("int[100] k;", id="variables"),
        pytest.param("float f;", id="floats"),
        pytest.param("nothing_either(q[0]);", id="calls"),
        pytest.param("ctrl(9) @ pow(99) @ x q[0], q[1], q[2], q[3], q[4], q[5], q[6], q[7], q[8], q[9];", id="powers"),
        pytest.param("x q[n[0:1]];", id="indices-that-are-measured"),
    ],
)
def test_work_without_end_is_refused(monkeypatch: pytest.MonkeyPatch, work: str) -> None:
    monkeypatch.setattr("qdm_circuits.qasm3.lowering.MAX_STEPS", 20_000)
    definitions = "gate nothing a { } def nothing_either(qubit a) { }"
    program = f"{HEAD} {definitions} {MEASURED} for int i in [0:1000000000] {{ {work} }}"
    with pytest.raises(PreconditionError, match="20,000 steps") as caught:
        parse_qasm3(program.encode(), {})
    assert caught.value.kind == "CIRCUIT_TOO_LARGE"


def test_a_chain_of_writes_that_nothing_reads_costs_what_it_is_long() -> None:
    chain = "".join(f"bit b{place + 1}; b{place + 1} = b{place};" for place in range(20_000))
    program = f"qubit q; bit c; c = measure q; if (c) {{ bit b0; b0 = measure q; {chain} }}"
    assert parse_qasm3(program.encode(), {}).circuit.num_hidden_clbits == 0


def test_each_of_many_definitions_sees_the_ones_before_it() -> None:
    chain = "".join(f"gate g{place + 1} a {{ g{place} a; }}" for place in range(50))
    others = "".join(f"gate h{place} a {{ }}" for place in range(5_000))
    program = f"gate g0 a {{ U(1, 2, 3) a; }} {others} {chain} qubit q; g50 q;"
    assert parse_qasm3(program.encode(), {}).circuit.operations == (Gate("u", (0,), (1, 2, 3)), Measure(0, 0))
