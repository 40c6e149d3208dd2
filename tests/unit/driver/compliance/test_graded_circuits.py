import json
import subprocess
import sys
from dataclasses import replace
from math import fsum
from pathlib import Path

import pytest
from pydantic import ValidationError

from qdm_driver import Capabilities, CircuitFormat
from qdm_driver.compliance.abilities import missing_ability, missing_format
from qdm_driver.compliance.circuits.catalogue import graded, graded_circuits, symbolic_circuits
from qdm_driver.compliance.circuits.circuit import GradedCircuit, Topic
from qdm_driver.compliance.circuits.graded import dense, uniform_bit
from qdm_driver.compliance.circuits.native import read_native_circuits
from qdm_driver.compliance.malformed import malformed_payloads

CIRCUITS = (*graded_circuits(), *symbolic_circuits())
EVERYTHING = Capabilities(10, frozenset(CircuitFormat), 100, dynamic_circuits=True, native_format="openqasm-2.0")


@pytest.mark.parametrize("circuit", CIRCUITS, ids=lambda circuit: f"{circuit.payload.format.name} {circuit.name}")
def test_probabilities_are_of_bitstrings_of_one_width_and_add_up_to_1(circuit: GradedCircuit) -> None:
    assert fsum(circuit.probabilities.values()) == pytest.approx(1, abs=1e-12)
    assert len({len(bits) for bits in circuit.probabilities}) == 1


def test_no_two_circuits_of_a_topic_and_format_have_one_name() -> None:
    names = [(circuit.payload.format, circuit.topic, circuit.name) for circuit in graded_circuits()]
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("encoding", CircuitFormat)
def test_every_format_has_circuits_and_malformed_payloads(encoding: CircuitFormat) -> None:
    topics = {circuit.topic for circuit in CIRCUITS if circuit.payload.format is encoding}
    of_openqasm = {Topic.REGISTERS, Topic.FEED_FORWARD}
    of_aqo = {Topic.SYMBOLS}
    assert topics >= set(Topic) - of_openqasm - of_aqo - {Topic.NATIVE}
    assert any(case.payload.format is encoding for case in malformed_payloads())


@pytest.mark.parametrize(
    ("change", "missing"),
    [
        ({}, ""),
        ({"formats": frozenset({CircuitFormat.AQO_JSON})}, "BACKEND_NATIVE"),
        ({"native_format": "quil"}, "native_format openqasm-2.0"),
    ],
)
def test_a_format_that_is_not_claimed_is_named(change: dict[str, object], missing: str) -> None:
    assert missing_format(replace(EVERYTHING, **change), CircuitFormat.BACKEND_NATIVE) == missing  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("circuit", "change", "missing"),
    [
        ({"qubits": 10, "dynamic": True}, {}, ""),
        ({"qubits": 11}, {}, "11 qubits"),
        ({"dynamic": True}, {"dynamic_circuits": False}, "dynamic_circuits"),
        ({"dynamic": False}, {"dynamic_circuits": False}, ""),
    ],
)
def test_an_ability_that_is_not_claimed_is_named(
    circuit: dict[str, object], change: dict[str, object], missing: str
) -> None:
    asked = replace(graded(uniform_bit(), CircuitFormat.AQO_JSON), **circuit)  # type: ignore[arg-type]
    assert missing_ability(replace(EVERYTHING, **change), asked) == missing  # type: ignore[arg-type]


def test_a_dense_circuit_touches_all_its_qubits() -> None:
    assert {qubit for step in dense(7).steps for qubit in step.qubits} == set(range(7))


def test_native_circuits_are_read_from_json(tmp_path: Path) -> None:
    file = tmp_path / "circuits.json"
    file.write_text(json.dumps([{"name": "x", "program": "X 0", "qubits": 1, "probabilities": {"1": 1}}]))
    (circuit,) = read_native_circuits(file)
    assert circuit.payload.format is CircuitFormat.BACKEND_NATIVE
    assert (circuit.payload.data, circuit.probabilities) == (b"X 0", {"1": 1.0})


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        "{}",
        '[{"name": "x", "program": "X 0", "qubits": 0, "probabilities": {"1": 1}}]',
        '[{"name": "x", "program": "X 0", "qubits": 1, "probabilities": {"q": 1}}]',
        '[{"name": "x", "program": "X 0", "qubits": 1, "probabilities": {"1": 0.9}}]',
    ],
)
def test_what_is_no_list_of_native_circuits_is_refused(tmp_path: Path, text: str) -> None:
    file = tmp_path / "circuits.json"
    file.write_text(text)
    with pytest.raises(ValidationError):
        read_native_circuits(file)


@pytest.mark.parametrize(
    ("module", "absent"),
    [
        ("qdm_driver", ["pytest", "scipy", "qdm_driver.compliance"]),
        ("qdm_driver.compliance.host.fork_server", ["pytest", "scipy", "numpy"]),
    ],
)
def test_a_process_that_runs_drivers_loads_nothing_of_the_suite(module: str, absent: list[str]) -> None:
    code = f"import sys, {module}; print(sorted(set({absent}) & sys.modules.keys()))"
    assert subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout == "[]\n"
