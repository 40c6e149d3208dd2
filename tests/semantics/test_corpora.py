"""Public corpora on the simulator: algorithms of MQT Bench and of Qiskit's circuit library, in OpenQASM 2 and 3.

A program is one text. Its counts must agree with the answer that is known for it, or else with Qiskit's own state
vector. All tests together fail right counts in less than one run of a million; seeds are fixed.
"""

from collections.abc import Callable

import pytest
from corpora.algorithms import algorithm_entries
from corpora.arithmetic import arithmetic_entries
from corpora.control_flow import control_flow_entries
from corpora.entry import WRITERS
from corpora.gates import gate_entries
from corpora.identities import identity_entries
from corpora.mqt import LEFT_OUT, SIZES, mqt_entries
from corpora.parities import parities
from mqt.bench.benchmarks import get_available_benchmark_names
from oracle.agreement import check_agreement

from qdm_driver import ExecutionResult, InvalidRequestError

ENTRIES = [
    *mqt_entries(),
    *algorithm_entries(),
    *arithmetic_entries(),
    *control_flow_entries(),
    *gate_entries(),
    *identity_entries(),
]
PROGRAMS = {
    f"{entry.name}-{encoding.name.lower()}": (entry, encoding) for entry in ENTRIES for encoding in entry.formats()
}
REFUSED = dict.fromkeys(
    (f"{name}-{encoding.name.lower()}" for name in ("gate-pauli", "state-preparation") for encoding in WRITERS),
    "Qiskit writes what is no angle between the parentheses: a Pauli string, a complex amplitude",
)
SHOTS = 2000
RATE = 1e-6 / (2 * len(PROGRAMS))

Execute = Callable[..., ExecutionResult]


@pytest.mark.parametrize("name", [name for name in PROGRAMS if name not in REFUSED])
def test_a_program_gives_its_known_answer_or_what_a_state_vector_says(simulate: Execute, name: str) -> None:
    entry, encoding = PROGRAMS[name]
    circuit = entry.make()
    counts = simulate(encoding, WRITERS[encoding](circuit).encode(), SHOTS, seed="1").counts
    expected = entry.expected(circuit)
    check_agreement(counts, expected, RATE)
    check_agreement(parities(counts, seed=1), parities(expected, seed=1), RATE)


@pytest.mark.parametrize("name", [pytest.param(name, id=f"{name}: {reason}") for name, reason in REFUSED.items()])
def test_no_other_program_is_refused(simulate: Execute, name: str) -> None:
    entry, encoding = PROGRAMS[name]
    with pytest.raises(InvalidRequestError, match=r"line [0-9]+, column [0-9]+"):
        simulate(encoding, WRITERS[encoding](entry.make()).encode(), SHOTS)


def test_the_corpora_are_large() -> None:
    assert len(PROGRAMS) - len(REFUSED) >= 700


def test_every_algorithm_of_mqt_bench_is_here_or_left_out_for_a_reason() -> None:
    assert SIZES.keys() | LEFT_OUT.keys() == set(get_available_benchmark_names())
    assert not SIZES.keys() & LEFT_OUT.keys()
