"""No decoder raises, or lets through, what it does not promise, whatever comes in.

Programs are right ones of all features with a few changes, and random bytes; they are new in every run. ``make fuzz``
runs this for long.
"""

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from oracle.aqo import to_aqo
from oracle.qasm2 import to_qasm2
from oracle.qasm3 import to_qasm3
from oracle.random_programs import signatures
from oracle.random_programs.dynamic import dynamic_programs
from oracle.random_programs.features import ALL
from oracle.random_programs.flat import flat_programs, qasm2_programs
from wild_input.mutated import mutated, single_bytes, tokens
from wild_input.promise import check_promise

from qdm_circuits.aqo.proto_encoding import document_to_proto
from qdm_driver import CircuitFormat

EXAMPLES = 16
"""As many times the examples of the hypothesis profile."""

pytestmark = pytest.mark.timeout(0)

AQO_JSON = mutated(flat_programs().map(lambda program: json.dumps(to_aqo(program)).encode()), tokens)
AQO_PROTO = mutated(flat_programs().map(lambda program: document_to_proto(to_aqo(program))), single_bytes)
OPENQASM3 = mutated(dynamic_programs(signatures.QASM3, ALL).map(lambda program: to_qasm3(program).encode()), tokens)
OPENQASM2 = mutated(qasm2_programs().map(lambda program: to_qasm2(program).encode()), tokens)

fuzzed = settings(
    deadline=None,
    max_examples=settings().max_examples * EXAMPLES,
    print_blob=True,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture],
)


@pytest.fixture(autouse=True)
def small_bounds(monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that is endless is so at lower bounds too, and found sooner."""
    monkeypatch.setattr("qdm_circuits.limits.MAX_OPERATIONS", 10_000)
    monkeypatch.setattr("qdm_circuits.qasm3.lowering.MAX_STEPS", 100_000)
    monkeypatch.setattr("qdm_circuits.qasm2.parser.MAX_STEPS", 100_000)


@fuzzed
@given(AQO_JSON)
def test_aqo_json(data: bytes) -> None:
    check_promise(CircuitFormat.AQO_JSON, data)


@fuzzed
@given(AQO_PROTO)
def test_aqo_proto(data: bytes) -> None:
    check_promise(CircuitFormat.AQO_PROTO, data)


@fuzzed
@given(OPENQASM3)
def test_openqasm_3(data: bytes) -> None:
    check_promise(CircuitFormat.QASM3_TEXT, data)


@fuzzed
@given(OPENQASM2)
def test_openqasm_2(data: bytes) -> None:
    check_promise(CircuitFormat.BACKEND_NATIVE, data)


@fuzzed
@given(st.binary(max_size=200))
def test_random_bytes(data: bytes) -> None:
    for encoding in CircuitFormat:
        check_promise(encoding, data)
