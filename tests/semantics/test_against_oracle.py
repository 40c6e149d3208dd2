"""The simulator against the oracle: counts of random programs of every format come from the exact distribution.

A test fails right counts in less than one run of a million: each of its examples has RATE of it. Programs and seeds are
new in every run; a failure prints the program, and hypothesis the line that repeats it.
"""

import json
from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st
from oracle.agreement import check_agreement
from oracle.aqo import to_aqo
from oracle.interpreter import distribution
from oracle.program import Program
from oracle.qasm3 import to_qasm3
from oracle.random_programs.flat import flat_programs

from qdm_driver import CircuitFormat, ExecutionResult

SHOTS = 1000
EXAMPLES = 100
RATE = 1e-6 / EXAMPLES

Simulate = Callable[..., ExecutionResult]

random_programs = settings(
    max_examples=EXAMPLES,
    deadline=None,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
seeds = st.integers(0, 2**31 - 1)


def aqo_json(program: Program) -> bytes:
    return json.dumps(to_aqo(program)).encode()


WRITERS: dict[CircuitFormat, Callable[[Program], bytes]] = {
    CircuitFormat.AQO_JSON: aqo_json,
    CircuitFormat.QASM3_TEXT: lambda program: to_qasm3(program).encode(),
}


@pytest.mark.parametrize("encoding", WRITERS)
@random_programs
@given(program=flat_programs(), seed=seeds)
def test_a_program_that_every_format_can_say_means_the_same_in_each(
    simulate: Simulate, encoding: CircuitFormat, program: Program, seed: int
) -> None:
    data = WRITERS[encoding](program)
    note(data.decode())
    counts = simulate(encoding, data, SHOTS, seed=str(seed)).counts
    check_agreement(counts, distribution(program), RATE)
