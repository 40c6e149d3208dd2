"""What circuits mean, told by counts.

Bounds on counts are 5.5 standard deviations of 1,000 shots or wider, a false alarm in 10^7 runs; seeds make them
repeatable besides.
"""

import math
from collections.abc import Callable
from typing import Any

import pytest

from qdm_driver import ExecutionResult, InvalidRequestError, PreconditionError

Run = Callable[..., ExecutionResult]

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'
HALF = (413, 587)
QUARTER = (174, 326)


def aqo(*operations: dict[str, Any], qubits: int = 2, **fields: Any) -> dict[str, Any]:
    return {"version": "0.1", "qubits": qubits, "operations": list(operations), **fields}


def rotation(name: str, theta: float | str) -> dict[str, Any]:
    return {"op": name, "q": [0], "params": {"theta": theta}}


def measure(qubit: int, clbit: int, **basis: str) -> dict[str, Any]:
    return {"op": "MEASURE", "q": [qubit], "c": [clbit], **basis}


H0: dict[str, Any] = {"op": "H", "q": [0]}
X0: dict[str, Any] = {"op": "X", "q": [0]}
S0: dict[str, Any] = {"op": "S", "q": [0]}


@pytest.mark.parametrize(
    ("program", "bits"),
    [
        (aqo(rotation("RX", math.pi), measure(0, 0), rotation("RX", math.pi), measure(0, 1)), "01"),
        (aqo(H0, measure(0, 0, basis="X"), qubits=1), "0"),
        (aqo(X0, H0, measure(0, 0, basis="X"), qubits=1), "1"),
        (aqo(H0, S0, measure(0, 0, basis="Y"), qubits=1), "0"),
        (aqo(H0, S0, S0, S0, measure(0, 0, basis="Y"), qubits=1), "1"),
        (aqo(H0, measure(0, 0, basis="X"), H0, measure(0, 1)), "00"),
        (aqo(H0, S0, measure(0, 0, basis="Y"), measure(0, 1, basis="Y")), "00"),
        (aqo(H0, H0, measure(0, 0), qubits=1), "0"),
        (aqo(X0, {"op": "RESET", "q": [0]}, measure(0, 0), qubits=1), "0"),
        (aqo(X0, measure(0, 0), {"op": "RESET", "q": [0, 1]}, measure(0, 1)), "01"),
        (aqo(X0, measure(0, 0), measure(1, 0)), "0"),
        (aqo(X0, measure(0, 1)), "10"),
        (aqo(X0, qubits=3), "001"),
        (aqo({"op": "X", "q": [2]}, {"op": "MEASURE", "q": [0, 1, 2], "c": [0, 1, 2]}, qubits=3), "100"),
        (aqo({"op": "X", "q": [2]}, {"op": "MEASURE", "q": [2, 1, 0], "c": [0, 1, 2]}, qubits=3), "001"),
        (aqo(X0, {"op": "CX", "q": [0, 1]}, {"op": "CCX", "q": [0, 1, 2]}, qubits=3), "111"),
        (aqo(X0, {"op": "SWAP", "q": [0, 1]}), "10"),
        (aqo(rotation("RY", math.pi / 2), {"op": "Z", "q": [0]}, rotation("RY", math.pi / 2), qubits=1), "0"),
        (aqo(H0, rotation("RZ", math.pi), H0, qubits=1), "1"),
        (aqo(H0, {"op": "T", "q": [0]}, {"op": "T", "q": [0]}, measure(0, 0, basis="Y"), qubits=1), "0"),
        (aqo(rotation("RX", "theta"), qubits=1, parameters={"theta": math.pi}), "1"),
    ],
)
def test_a_program_with_one_outcome_gives_only_that(run: Run, program: dict[str, Any], bits: str) -> None:
    assert run(program).counts == {bits: 1000}


def test_two_rotations_measured_one_after_the_other_give_four_outcomes(run: Run) -> None:
    program = aqo(rotation("RY", math.pi / 2), measure(0, 0), rotation("RY", math.pi / 2), measure(0, 1))
    counts = run(program, seed="11").counts
    assert counts.keys() == {"00", "01", "10", "11"}
    assert all(QUARTER[0] <= count <= QUARTER[1] for count in counts.values())


@pytest.mark.parametrize(
    "fields",
    [
        {"version": "9.9"},
        {"pulse": 1},
        {"operations": [{"op": "H", "q": [True]}]},
        {"operations": [rotation("RX", math.nan)]},
    ],
)
def test_what_upstream_let_pass_is_refused(run: Run, fields: dict[str, Any]) -> None:
    with pytest.raises((InvalidRequestError, PreconditionError)):
        run(aqo(H0, qubits=1) | fields)


def test_a_symbol_takes_its_value_from_the_options(run: Run) -> None:
    assert run(aqo(rotation("RX", "angle"), qubits=1), angle="3.141592653589793").counts == {"1": 1000}


def test_ghz_has_two_outcomes_of_equal_weight(run: Run) -> None:
    counts = run(HEAD + "qubit[5] q; h q[0]; cx q[0], q[1:4]; bit[5] c = measure q;", seed="3").counts
    assert counts.keys() == {"00000", "11111"}
    assert HALF[0] <= counts["11111"] <= HALF[1]


TELEPORTATION = """
qubit[3] q; bit alice; bit to_x; bit bob;
ry(2 * pi / 3) q[0];
h q[1]; cx q[1], q[2];
cx q[0], q[1]; h q[0];
alice = measure q[0]; to_x = measure q[1];
if (to_x) x q[2];
if (alice == 1) { z q[2]; } else { id q[2]; }
ry(-2 * pi / 3) q[2];
bob = measure q[2];
"""


def test_teleportation_brings_the_state_to_bob(run: Run) -> None:
    counts = run(HEAD + TELEPORTATION, seed="5").counts
    assert counts.keys() == {"000", "001", "010", "011"}
    assert all(QUARTER[0] <= count <= QUARTER[1] for count in counts.values())


@pytest.mark.parametrize(
    ("statements", "bits"),
    [
        ("qubit[3] q; bit[2] a; bit b; x q[0]; a[0] = measure q[0]; b = measure q[1];", "001"),
        ("qubit[3] q; bit[2] a; bit b; x q[0]; b = measure q[0];", "100"),
        ("qubit[2] q; bit b; bit[2] a; x q[1]; a = measure q;", "100"),
        ("qubit[3] q; x q[2];", "100"),
        ("qubit q; bit[2] c; x q; measure q;", "00"),
        ("qubit[2] q; bit[5] c; x q[0];", "01"),
        ("qubit q; bit[2] c; x q; c[1] = measure q; if (c == 2) x q; c[0] = measure q;", "10"),
        ("qubit q; bit[2] c; x q; c[0] = measure q; if (c < 2) reset q; c[1] = measure q;", "01"),
        ("qubit[2] q; bit[2] c; x q[0]; c[0] = measure q[0]; if (c[0] ^ c[1]) x q[1]; c[1] = measure q[1];", "11"),
        ("qubit[2] q; bit c; x q; ctrl @ inv @ sx q[0], q[1]; ctrl @ sx q[0], q[1]; c = measure q[1];", "1"),
        ("qubit[2] q; bit c; x q[0]; ctrl @ h q[0], q[1]; ch q[0], q[1]; c = measure q[1];", "0"),
        ("qubit[4] q; bit c; x q; ctrl(3) @ x q[0], q[1], q[2], q[3]; c = measure q[3];", "0"),
    ],
)
def test_registers_branches_and_modifiers_mean_what_they_say(run: Run, statements: str, bits: str) -> None:
    assert run(HEAD + statements).counts == {bits: 1000}


@pytest.mark.parametrize("engine", ["stim", "qsim", "aer"])
@pytest.mark.parametrize(
    ("statements", "bits"),
    [
        ("end; c = measure q;", "0"),
        ("end; measure q;", "0"),
        ("end; bit d = measure q;", "00"),
        ("if (c) { c = measure q; }", "0"),
        ("for uint i in [1:0] { c = measure q; }", "0"),
        ("def coin(qubit a) -> bit { return measure a; } if (c) { c = coin(q); }", "0"),
        ("def coin(qubit a) { measure a; } def coins(qubit a) { coin(a); } if (c) { coins(q); }", "0"),
        ("def coin(qubit a) -> bit { return measure a; }", "1"),
    ],
)
def test_a_measurement_that_is_never_reached_is_one_unless_it_stands_in_a_subroutine_that_nothing_calls(
    run: Run, statements: str, bits: str, engine: str
) -> None:
    assert run(HEAD + "qubit q; bit c; x q; " + statements, engine=engine).counts == {bits: 1000}


@pytest.mark.parametrize(
    ("loop", "bit"),
    [
        ("for bit k in {c[0], c[1]}", "c[0]"),
        ("for bit k in c", "c[0]"),
        ("array[bit, 1] a = {c[0]}; for bit k in a", "a[0]"),
    ],
)
def test_the_values_of_a_loop_are_copies(run: Run, loop: str, bit: str) -> None:
    program = f"""
    qubit[2] q; bit[2] c; output bit out;
    x q[0]; c[0] = measure q[0];
    {loop} {{ {bit} = !{bit}; if (k) x q[1]; }}
    out = measure q[1];
    """
    assert run(HEAD + program).counts == {"1": 1000}


@pytest.mark.parametrize("known", ["", "c = measure q;"])
@pytest.mark.parametrize(
    ("sum_of_ones", "value"),
    [
        ("c[0] + c[1]", 2),
        ("c[0] + 1", 2),
        ("a + b", 2),
        ("a + b + c[0]", 3),
        ("a - (b + c[1])", -1),
        ("-a", -1),
        ("-c[0]", -1),
        ("a * b", 1),
        ("(a + b) ** (a + b)", 4),
        ("(a + b) / a", 2),
        ("(a + b + a) % (a + b)", 1),
        ("single + single", 2),
        ("a | b", 1),
        ("c[0] ^ c[1]", 0),
    ],
)
def test_truth_values_and_single_bits_are_integers_in_arithmetics(
    run: Run, sum_of_ones: str, value: int, known: str
) -> None:
    program = f"""
    qubit[2] q; bit[2] c = "11"; output int[8] n;
    x q; {known}
    bool a = c[0]; bool b = c[1]; bit[1] single; single[0] = c[0];
    if (({sum_of_ones}) == {value}) {{ n = {sum_of_ones}; }}
    reset q; measure q;
    """
    assert run(HEAD + program, shots=10).counts == {f"{value % 256:08b}": 10}


@pytest.mark.parametrize("engine", ["qsim", "aer"])
@pytest.mark.parametrize(("target", "bits"), [(3, "1"), (200, "1"), (143, "0"), (255, "0")])
def test_a_switch_may_have_hundreds_of_cases_of_which_the_first_that_matches_is_taken(
    run: Run, target: int, bits: str, engine: str
) -> None:
    cases = "".join(
        f"case {case} {{ {'x r;' if case in (3, 200) else ''} }} case {case} {{ x r; }}" for case in range(255)
    )
    program = f"""
    qubit[8] q; qubit r; bit[8] c; output bit out;
    for int i in [0:7] {{ if (({target} >> i) & 1 == 1) x q[i]; }}
    c = measure q;
    switch (uint[8](c)) {{ {cases} default {{ }} }}
    out = measure r;
    """
    assert run(HEAD + program, shots=10, engine=engine).counts == {bits: 10}


@pytest.mark.parametrize("width", [33, 64, 65, 100])
@pytest.mark.parametrize(
    ("condition", "bits"),
    [('wide == "{ones}"', "1"), ('wide != "{ones}"', "0"), ("wide > 4294967296", "1"), ("wide[0:31] <= 7", "0")],
)
def test_registers_of_any_width_are_compared(run: Run, width: int, condition: str, bits: str) -> None:
    program = f"""
    qubit[2] q; bit[{width}] wide; bit out;
    x q[0]; for int i in [0:{width - 1}] {{ wide[i] = measure q[0]; }}
    if ({condition.format(ones="1" * width)}) x q[1];
    out = measure q[1];
    """
    (key,) = run(HEAD + program, shots=10).counts
    assert key[0] == bits


def test_gate_fusion_moves_nothing_across_a_branch(run: Run) -> None:
    """Aer fuses gates from 14 qubits on."""
    program = """
    qubit[16] q; bit c; bit[16] out;
    x q[15]; rx(0.1) q[0:14]; c = measure q[15];
    if (c) { ry(0.5) q; rx(0.2) q[0:14]; ry(-0.5) q[15]; } else { h q; t q; }
    if (!c) { h q; t q; } else { rx(-0.2) q[0:14]; ry(-0.5) q[0:14]; }
    rx(-0.1) q[0:14];
    out = measure q;
    """
    assert run(HEAD + program, shots=5).counts == {"1" + "0" * 15 + "1": 5}


def test_a_forgotten_measurement_collapses_too(run: Run) -> None:
    counts = run(HEAD + "qubit q; bit c; h q; measure q; h q; c = measure q;", seed="7").counts
    assert HALF[0] <= counts["0"] <= HALF[1]


def test_a_program_without_classical_bits_that_measures_has_empty_bitstrings(run: Run) -> None:
    assert run(HEAD + "qubit q; measure q;").counts == {"": 1000}


def test_the_same_seed_gives_the_same_counts(run: Run) -> None:
    program = HEAD + "qubit[6] q; h q; rx(0.3) q; cx q[0], q[1:5];"
    first, again, other = (run(program, seed=seed).counts for seed in ("42", "42", "43"))
    assert first == again
    assert first != other


@pytest.mark.parametrize("seed", ["0", str(2**63 - 1)])
def test_every_seed_in_range_runs(run: Run, seed: str) -> None:
    assert sum(run(HEAD + "qubit q; h q;", seed=seed).counts.values()) == 1000


@pytest.mark.parametrize("seed", ["-1", "x", "1.5", str(2**63)])
def test_a_seed_out_of_range_is_refused(run: Run, seed: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        run(HEAD + "qubit q;", seed=seed)
    assert [violation.field for violation in caught.value.violations] == ["options.seed"]


def test_openqasm_takes_no_symbols(run: Run) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        run(HEAD + "qubit q;", theta="1")
    assert [violation.field for violation in caught.value.violations] == ["options.theta"]


SPINNING = (
    'include "stdgates.inc"; qubit[2] q; bit c; output bit r; output uint[10] n; x q[1]; c = measure q[1];'
    "if (c) n = 1; while (n < 900) { rx(1.1) q[0]; rx(1.1) q[0]; n += 1; } r = measure q[0];"
)


def test_a_loop_that_repeats_a_gate_too_often_for_single_precision_runs_on_aer(run: Run) -> None:
    metadata = run(SPINNING, 10, seed="1").metadata
    assert metadata["engine"].startswith("qiskit-aer")
    assert run(SPINNING.replace("900", "400"), 10, seed="1").metadata["engine"].startswith("qsim")


def test_an_engine_that_is_too_coarse_for_a_loop_is_refused_where_it_was_asked_for(run: Run) -> None:
    with pytest.raises(InvalidRequestError, match=r"options\.engine: qsim cannot run this circuit; ask for aer"):
        run(SPINNING, 10, engine="qsim")


@pytest.mark.parametrize("engine", ["qsim", "aer", None])
@pytest.mark.parametrize("rotation", ["rx({})", "ry({})", "U({}, {}, 1)", "ctrl @ rx({})"])
@pytest.mark.parametrize("angle", ["1e6", "-1e15", "1e16", "1e300"])
def test_engines_agree_on_an_angle_however_large(run: Run, angle: str, rotation: str, engine: str | None) -> None:
    """A count is out of its bounds in less than one of 10^7 runs, and the seed is fixed."""
    qubits = "q[1], q[0]" if "ctrl" in rotation else "q[0]"
    program = f"{HEAD}qubit[2] q; bit c; x q[1]; {rotation.replace('{}', angle)} {qubits}; c = measure q[0];"
    asked = {} if engine is None else {"engine": engine}
    ones = run(program, 100_000, seed="1", **asked).counts.get("1", 0)
    probability = math.sin(float(angle) / 2) ** 2
    assert abs(ones - 100_000 * probability) <= 5.5 * math.sqrt(100_000 * probability * (1 - probability))


def test_phases_of_angles_however_large_add_up(run: Run) -> None:
    program = HEAD + "qubit q; h q; U(0, 1e16, pi - {}) q; h q;"
    near = 2 * math.atan2(math.sin(5e15), math.cos(5e15))
    assert run(program.format(near), engine="aer").counts == {"1": 1000}
    assert run(program.format(near), engine="qsim").counts == {"1": 1000}


def test_an_expectation_knows_angles_however_large(run: Run) -> None:
    """On so many qubits Clifford gates would have a method of their own."""
    annotations = {
        "observables": {"first": [["I" * 15 + "Z", 1.0]]},
        "expectation": {"kind": "ExpectationValue", "observable_name": "first"},
    }
    others = [{"op": "X", "q": [qubit]} for qubit in range(1, 16)]
    for angle in (1e16, 1e308):
        program = aqo(rotation("RX", angle), *others, qubits=16, annotations=annotations)
        assert float(run(program, 1).metadata["energy"]) == pytest.approx(math.cos(angle))
