"""The short cut must agree with the reference grammar wherever it answers at all."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from qdm_circuits.qasm3.parser import read_completely
from qdm_circuits.qasm3.standard_gates import STDGATES
from qdm_circuits.qasm3.straight_line import read_straight_line

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[3] q;\nqubit r;\nqreg w[3];\nbit[3] c;\nbit d;\ncreg e[3];\n'

digits = st.integers(0, 99).map(str)
floats = st.one_of(
    st.floats(0, 100, allow_subnormal=False).map(repr), st.sampled_from([".5", "1.", "1e-3", "2E2", "1.5e+1"])
)
angles = st.one_of(
    st.builds("{}{}".format, st.sampled_from(["", "-", "- "]), st.one_of(digits, floats, st.just("pi"))),
    st.builds("{}{}*pi".format, st.sampled_from(["", "-"]), st.one_of(digits, floats)),
    st.builds("{}pi / {}".format, st.sampled_from(["", "-"]), st.one_of(st.integers(1, 99).map(str), st.just("2.5"))),
    st.builds("{}{} * pi/{}".format, st.sampled_from(["", "-"]), st.one_of(digits, floats), st.integers(1, 64)),
)
single_qubits = st.sampled_from(["q[0]", "q[1]", "q[2]", "r", "w[0]", "w[2]", "q [ 1 ]"])
qubits = st.one_of(single_qubits, st.sampled_from(["q", "w"]))
clbits = st.sampled_from(["c[0]", "c[1]", "c[2]", "d", "e[1]"])


@st.composite
def gate_calls(draw: st.DrawFn) -> str:
    name = draw(st.sampled_from(sorted(STDGATES)))
    gate = STDGATES[name]
    operands = draw(st.lists(qubits, min_size=gate.num_qubits, max_size=gate.num_qubits, unique=True))
    params = draw(st.lists(angles, min_size=gate.num_params, max_size=gate.num_params))
    return f"{name}{'(' + ', '.join(params) + ')' if params else ''} {', '.join(operands)};"


statements = st.one_of(
    gate_calls(),
    st.builds("{} = measure {};".format, clbits, single_qubits),
    st.builds("measure {} -> {};".format, single_qubits, clbits),
    st.sampled_from(["c = measure q;", "measure w -> e;", "reset q;", "reset q[1];", "barrier q, r;", "barrier w[0];"]),
    st.sampled_from(["// a comment; x q;", "U(1, 2.5, pi) q[0];", "\t\n", "id q ;"]),
)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(statements, max_size=12))
def test_the_short_cut_reads_what_the_reference_grammar_reads(lines: list[str]) -> None:
    program = HEAD + "\n".join(lines)
    quick = read_straight_line(program)
    if quick is not None:
        assert quick == read_completely(program, {})
        return
    # Random operands may repeat a qubit, which is the one thing here that the short cut leaves to the other.
    with pytest.raises(Exception, match="distinct qubits"):
        read_completely(program, {})


@pytest.mark.parametrize(
    "statement",
    [
        "h q[0]",
        "h q[9];",
        "nogate q;",
        "cx q[0], q[0];",
        "cx q[0];",
        "h q[0], q[1];",
        "rx q[0];",
        "cx(0.5) q[0], q[1];",
        f"rx({'9' * 400}.0) q[0];",
        "cx q, w[0], r;",
        "rx(1/2) q[0];",
        "rx(1/0) q[0];",
        "rx(pi/0.0) q[0];",
        "rx(1e999) q[0];",
        "rx(2*1e308*9) q[0];",
        "rx(sin(1)) q[0];",
        "rx(pi+1) q[0];",
        "rx() q[0];",
        "rx(1,) q[0];",
        "ctrl @ x q[0], q[1];",
        "if (c == 1) x q[0];",
        "gate g a { x a; }",
        "gphase(1);",
        "x r[0];",
        "x q[3];",
        "x c[0];",
        "c = measure q[0];",
        "d = measure c[0];",
        "qubit q;",
        "qubit pi;",
        "qubit int;",
        "bit x;",
        "qubit[0] z9;",
        "qubit[10001] z9;",
        "bit[99999999] z9;",
        "OPENQASM 3;",
        'include "stdgates.inc";',
        'include "other.inc";',
        "/* x */ x q[0];",
        "x $0;",
        "x qé;",
    ],
)
def test_the_short_cut_leaves_all_else_to_the_reference_grammar(statement: str) -> None:
    assert read_straight_line(HEAD + statement) is None


@pytest.mark.parametrize("space", [*"\v\f\x1c\x1d\x1e\x1f\x85\xa0\u2003\u2028\u3000\ufeff"], ids=repr)
def test_what_only_python_takes_for_a_space_is_left_to_the_reference_grammar(space: str) -> None:
    assert read_straight_line(f"{HEAD}h{space}q[0];") is None
    assert read_straight_line(f"{HEAD}h q[0];// a{space}comment") == read_straight_line(f"{HEAD}h q[0];")


@pytest.mark.parametrize("program", ["", "OPENQASM 3.0;", "bit c;", "OPENQASM 2.0; qubit q;", "qubit q; h q;"])
def test_a_program_that_is_not_right_is_left_to_the_reference_grammar(program: str) -> None:
    assert read_straight_line(program) is None


@pytest.mark.parametrize(
    "text", ["h " + "q , " * 50_000, "h " + " " * 500_000 + "q", "bit " + " " * 500_000 + "[", "rx(" * 50_000]
)
def test_no_text_makes_the_matching_run_away(text: str) -> None:
    """Each of these takes hours where the expressions can backtrack; the suite's time limit would tell."""
    assert read_straight_line(text) is None
