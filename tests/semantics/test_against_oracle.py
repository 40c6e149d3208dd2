"""Drivers against the oracle: counts of random programs of every format come from the exact distribution.

Each test fails right counts in less than one run of a million: RATE of it an example. Programs and seeds are new in
every run; a failure prints the program, and hypothesis the line that repeats it.
"""

import json
from collections.abc import Callable, Mapping
from functools import partial

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from oracle.agreement import check_agreement
from oracle.aqo import to_aqo
from oracle.interpreter import distribution
from oracle.program import Program
from oracle.qasm2 import to_qasm2
from oracle.qasm3 import to_qasm3
from oracle.random_programs import signatures
from oracle.random_programs.dynamic import dynamic_programs
from oracle.random_programs.features import ALL, Feature
from oracle.random_programs.flat import flat_programs, qasm2_programs

from qdm_circuits.aqo.proto_encoding import document_to_proto
from qdm_driver import CircuitFormat, ExecutionResult

SHOTS = 1000
EXAMPLES = 150
RATE = 1e-6 / EXAMPLES

Execute = Callable[..., ExecutionResult]

# Only a failure takes minutes: a program is made as small as it gets.
pytestmark = pytest.mark.timeout(600)

random_programs = settings(
    max_examples=EXAMPLES,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
seeds = st.integers(0, 2**31 - 1)

WRITERS: dict[CircuitFormat, Callable[[Program], bytes]] = {
    CircuitFormat.AQO_JSON: lambda program: json.dumps(to_aqo(program)).encode(),
    CircuitFormat.AQO_PROTO: lambda program: document_to_proto(to_aqo(program)),
    CircuitFormat.QASM3_TEXT: lambda program: to_qasm3(program).encode(),
    CircuitFormat.BACKEND_NATIVE: lambda program: to_qasm2(program).encode(),
}

TAKING_INPUTS = {CircuitFormat.AQO_JSON, CircuitFormat.AQO_PROTO, CircuitFormat.QASM3_TEXT}


def counts_of(execute: Execute, encoding: CircuitFormat, program: Program, seed: int) -> Mapping[str, int]:
    written = program if encoding in TAKING_INPUTS else program.with_inputs_bound()
    data = WRITERS[encoding](written)
    note(f"{encoding.name}:\n{data.decode(errors='backslashreplace')}")
    return execute(encoding, data, SHOTS, seed=str(seed), **written.options).counts


def check(execute: Execute, encoding: CircuitFormat, program: Program, seed: int) -> None:
    check_agreement(counts_of(execute, encoding, program, seed), distribution(program), RATE)


@random_programs
@given(program=flat_programs(), seed=seeds)
def test_what_every_format_can_say_gives_one_right_result_in_all(
    simulate: Execute, program: Program, seed: int
) -> None:
    expected = distribution(program)
    for encoding in WRITERS:
        check_agreement(counts_of(simulate, encoding, program, seed), expected, RATE / len(WRITERS))


@random_programs
@given(program=qasm2_programs(), seed=seeds)
def test_openqasm_2_of_all_features(simulate: Execute, program: Program, seed: int) -> None:
    check(simulate, CircuitFormat.BACKEND_NATIVE, program, seed)


@random_programs
@pytest.mark.parametrize("engine", ["aer", "qsim"])
@given(program=dynamic_programs(signatures.QASM3, ALL), seed=seeds)
def test_openqasm_3_of_all_features_on_each_engine_that_runs_them(
    simulate: Execute, engine: str, program: Program, seed: int
) -> None:
    check(partial(simulate, engine=engine), CircuitFormat.QASM3_TEXT, program, seed)


@random_programs
@pytest.mark.parametrize("engine", ["aer", "qsim", "stim"])
@given(
    program=dynamic_programs(signatures.CLIFFORD, frozenset({Feature.ALIASES, Feature.INDEX_SETS}), quarter_turns=True),
    seed=seeds,
)
def test_clifford_programs_on_each_engine(simulate: Execute, engine: str, program: Program, seed: int) -> None:
    check(partial(simulate, engine=engine), CircuitFormat.QASM3_TEXT, program, seed)


@random_programs
@given(program=dynamic_programs(signatures.CLIFFORD, ALL - {Feature.MODIFIERS}, quarter_turns=True), seed=seeds)
def test_clifford_programs_on_a_stabilizer_tableau(simulate_stabilizers: Execute, program: Program, seed: int) -> None:
    check(simulate_stabilizers, CircuitFormat.QASM3_TEXT, program, seed)


@random_programs
@given(program=flat_programs(), seed=seeds)
def test_the_example_driver(execute_example: Execute, program: Program, seed: int) -> None:
    check(execute_example, CircuitFormat.AQO_JSON, program, seed)
