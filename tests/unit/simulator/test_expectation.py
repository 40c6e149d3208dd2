"""Expectation values against matrices that are built here by hand."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from in_process import execute
from numpy.typing import NDArray

from qdm_circuits.aqo import document_to_proto
from qdm_driver import CircuitFormat, ExecutionResult
from qdm_sidecar.engines.aer_plan import Method
from qdm_sidecar.plugins import expectation
from qdm_sidecar.plugins.simulator_driver import SimulatorDriver

Run = Callable[..., ExecutionResult]
Matrix = NDArray[Any]
Json = dict[str, Any]

PAULIS: dict[str, Matrix] = {
    "I": np.eye(2, dtype=complex),
    "X": np.array([[0, 1], [1, 0]], dtype=complex),
    "Y": np.array([[0, -1j], [1j, 0]]),
    "Z": np.array([[1, 0], [0, -1]], dtype=complex),
}
HALF_TURN: dict[str, Matrix] = {
    "H": np.array([[1, 1], [1, -1]], dtype=complex) / np.sqrt(2),
    "S": np.diag([1, 1j]),
    "T": np.diag([1, np.exp(0.25j * np.pi)]),
    **PAULIS,
}
CONTROLLED = {"CX": "X", "CZ": "Z", "CCX": "X", "CCZ": "Z"}
NUM_QUBITS = 4
ZERO: Matrix = np.zeros((2**NUM_QUBITS, 2**NUM_QUBITS), dtype=complex)


def on_qubits(factors: dict[int, Matrix]) -> Matrix:
    """The product of one-qubit matrices; qubit 0 is the least significant, so it stands last."""
    product: Matrix = np.eye(1, dtype=complex)
    for qubit in reversed(range(NUM_QUBITS)):
        product = np.kron(product, factors.get(qubit, PAULIS["I"]))
    return product


def matrix_of(operation: Json) -> Matrix:
    name, qubits = operation["op"], operation["q"]
    if name in ("RX", "RY", "RZ"):
        half = operation["params"]["theta"] / 2
        return np.cos(half) * on_qubits({}) - 1j * np.sin(half) * on_qubits({qubits[0]: PAULIS[name[1]]})
    if name in CONTROLLED:
        *controls, target = qubits
        all_ones = on_qubits(dict.fromkeys(controls, np.diag([0j, 1])))
        return on_qubits({}) - all_ones + all_ones @ on_qubits({target: PAULIS[CONTROLLED[name]]})
    if name == "SWAP":
        return sum((on_qubits(dict.fromkeys(qubits, pauli)) for pauli in PAULIS.values()), ZERO) / 2
    return on_qubits({qubits[0]: HALF_TURN[name]})


def expected(operations: list[Json], terms: list[tuple[str, float]]) -> float:
    """The value of Pauli strings in the state of the operations, the rightmost letter acting on qubit 0."""
    state = np.eye(2**NUM_QUBITS, dtype=complex)[0]
    for operation in operations:
        state = matrix_of(operation) @ state
    observable = ZERO
    for letters, coefficient in terms:
        paulis = {qubit: PAULIS[letter] for qubit, letter in enumerate(reversed(letters))}
        observable = observable + coefficient * on_qubits(paulis)
    return float(np.vdot(state, observable @ state).real)


def random_operations(random: np.random.Generator) -> list[Json]:
    widths = {"SWAP": 2, "CX": 2, "CZ": 2, "CCX": 3, "CCZ": 3}
    names = ["RX", "RY", "RZ", "H", "S", "T", "X", "Y", "Z", *widths]
    operations: list[Json] = []
    for name in random.choice(names, size=20):
        qubits = random.choice(NUM_QUBITS, size=widths.get(name, 1), replace=False).tolist()
        params = {"params": {"theta": random.uniform(-7, 7)}} if name in ("RX", "RY", "RZ") else {}
        operations.append({"op": str(name), "q": qubits, **params})
    return operations


def asking(observable_terms: object, *operations: Json, qubits: int = NUM_QUBITS) -> Json:
    annotations = {"expectation": {"kind": "ExpectationValue", "observable_terms": observable_terms}}
    return {"version": "1.0.0", "qubits": qubits, "operations": operations, "annotations": annotations}


@pytest.mark.parametrize("seed", range(20))
def test_the_value_of_random_strings_in_random_states_is_exact(run: Run, seed: int) -> None:
    random = np.random.default_rng(seed)
    operations = random_operations(random)
    strings = ["".join(random.choice(list("IXYZ"), size=NUM_QUBITS)) for _ in range(5)]
    terms = list(zip(strings, random.uniform(-2, 2, size=5).tolist(), strict=True))
    energy = float(run(asking(terms, *operations)).metadata["energy"])
    assert energy == pytest.approx(expected(operations, terms), abs=1e-9)


PREPARE: list[Json] = [
    {"op": "RY", "q": [0], "params": {"theta": 0.4}},
    {"op": "RX", "q": [1], "params": {"theta": -1.1}},
    {"op": "CX", "q": [0, 3]},
    {"op": "T", "q": [3]},
    {"op": "RX", "q": [3], "params": {"theta": 2.5}},
]


@pytest.mark.parametrize(
    ("compiled", "terms"),
    [
        ({"Z": 0}, [("IIIZ", 1)]),
        ({"Z": [0]}, [("IIIZ", 1)]),
        ({"z": 3, "y": 1}, [("ZIII", 1), ("IIYI", 1)]),
        ({"X": [0, 3]}, [("XIIX", 1)]),
        ({"Y": [3, 0], "Z": 1}, [("YIIY", 1), ("IIZI", 1)]),
        ({"ZX": [3, 0], "I": 2}, [("ZIIX", 1), ("IIII", 1)]),
        ({"Z": 2}, [("IZII", 1)]),
        ({"X": 2}, [("IXII", 1)]),
        ({"ZY": [2, 3]}, [("YZII", 1)]),
    ],
)
def test_terms_are_read_as_the_compiler_writes_them(
    run: Run, compiled: dict[str, object], terms: list[tuple[str, float]]
) -> None:
    energy = float(run(asking(compiled, *PREPARE)).metadata["energy"])
    assert energy == pytest.approx(expected(PREPARE, terms), abs=1e-9)


def test_an_observable_is_found_by_its_name(run: Run) -> None:
    document = asking(None, *PREPARE)
    document["annotations"] = {
        "observables": {"field": {"Z": 0}, "chain": {"X": [0, 3]}},
        "expectation": {"kind": "ExpectationValue", "observable_name": "chain"},
    }
    assert run(document).metadata["energy"] == run(asking({"X": [0, 3]}, *PREPARE)).metadata["energy"]


@pytest.mark.parametrize(
    "measurements",
    [
        [{"op": "MEASURE", "q": [0, 1, 2, 3], "c": [0, 1, 2, 3]}],
        [{"op": "MEASURE", "q": [0, 3], "c": [1, 0], "basis": "X"}],
        [{"op": "MEASURE", "q": [3], "c": [0], "basis": "Y"}, {"op": "MEASURE", "q": [0], "c": [0]}],
    ],
)
def test_measurements_at_the_end_change_nothing(run: Run, measurements: list[Json]) -> None:
    terms = {"Y": [0, 3], "X": 0, "Z": 1}
    without = float(run(asking(terms, *PREPARE)).metadata["energy"])
    assert float(run(asking(terms, *PREPARE, *measurements)).metadata["energy"]) == pytest.approx(without, abs=1e-12)


@pytest.mark.parametrize("basis", ["X", "Y", "Z"])
def test_gates_on_other_qubits_may_follow_a_measurement(run: Run, basis: str) -> None:
    measure = {"op": "MEASURE", "q": [1], "c": [0], "basis": basis}
    one, other = asking({"X": 0}, *PREPARE[:2], measure, *PREPARE[2:]), asking({"X": 0}, *PREPARE, measure)
    assert run(one).metadata["energy"] == run(other).metadata["energy"]


def test_a_symbol_s_value_counts(run: Run) -> None:
    document = asking({"Z": 0}, {"op": "RY", "q": [0], "params": {"theta": "angle"}})
    assert float(run(document, angle="1.2").metadata["energy"]) == pytest.approx(np.cos(1.2), abs=1e-12)


def test_a_large_clifford_state_has_its_value_too(run: Run) -> None:
    chain = [{"op": "H", "q": [0]}, *({"op": "CX", "q": [qubit, qubit + 1]} for qubit in range(59))]
    terms = [["X" * 60, 0.5], ["Z" + "I" * 58 + "Z", 2], ["I" * 59 + "Z", 8]]
    assert run(asking(terms, *chain, qubits=60), shots=10).metadata["energy"] == "2.5"


def test_without_gates_every_qubit_is_zero(run: Run) -> None:
    assert float(run(asking({"Z": [0, 1], "X": 2, "I": 0})).metadata["energy"]) == 2.0


def test_nothing_is_said_where_nothing_was_asked(run: Run) -> None:
    metadata = run({"version": "0.1", "qubits": 1, "operations": [], "annotations": {"observables": {}}}).metadata
    assert not metadata.keys() & {"energy", "energy_unavailable"}


def test_both_encodings_give_the_same_value(run: Run, driver: SimulatorDriver) -> None:
    document = asking([["XYZI", 0.1], ["ZZZZ", -3]], *PREPARE)
    from_proto = execute(driver, CircuitFormat.AQO_PROTO, document_to_proto(json.loads(json.dumps(document))), 10)
    assert from_proto.metadata["energy"] == run(document).metadata["energy"]


TERMS = "annotations.expectation.observable_terms"
UNAVAILABLE = [
    ({"expectation": []}, "annotations.expectation: must be an object"),
    ({"expectation": {"kind": "ExpectationValue"}}, "annotations.expectation: has neither"),
    ({"expectation": {"kind": "Variance", "observable_terms": {"Z": 0}}}, "annotations.expectation.kind: "),
    ({"expectation": {"observable_name": "h"}}, "annotations.expectation.observable_name: must be a name"),
    ({"expectation": {"observable_name": "h"}, "observables": []}, "annotations.expectation.observable_name: "),
    ({"expectation": {"observable_name": "h"}, "observables": {"g": {}}}, "annotations.expectation.observable_name: "),
    ({"expectation": {"observable_name": 1}, "observables": {"1": {}}}, "annotations.expectation.observable_name: "),
    ({"expectation": {"observable_name": "h"}, "observables": {"h": {"W": 0}}}, "annotations.observables.h.W: must be"),
    *(
        ({"expectation": {"observable_terms": terms}}, f"{TERMS}{place}: {reason}")
        for terms, place, reason in (
            (None, "", "must be an object or an array"),
            ({}, "", "must be an object or an array"),
            ([], "", "must be an object or an array"),
            ({"": 0}, ".", "must hold one qubit for each of the 0 letters"),
            ({"Q": 0}, ".Q", "must be made of the letters"),
            ({"Z": 4}, ".Z", "must be one or more qubits from 0 to 3"),
            ({"Z": -1}, ".Z", "must be one or more qubits"),
            ({"Z": 0.5}, ".Z", "must be one or more qubits"),
            ({"Z": True}, ".Z", "must be one or more qubits"),
            ({"Z": []}, ".Z", "must be one or more qubits"),
            ({"Z": [0, "1"]}, ".Z", "must be one or more qubits"),
            ({"Z": [1, 1]}, ".Z", "repeats a qubit"),
            ({"ZX": [1]}, ".ZX", "must hold one qubit for each of the 2 letters"),
            (["ZZZZ"], "[0]", "must be a pair"),
            ([["ZZZZ", 1], ["XXXX"]], "[1]", "must be a pair"),
            ([["ZZZZ", "1"]], "[0]", "must be a pair"),
            ([["ZZZZ", True]], "[0]", "must be a pair"),
            ([["ZZZ", 1]], "[0]", "must have 4 letters"),
            ([["ZZZA", 1]], "[0]", "must be made of the letters"),
            ([["ZZZZ", 10**400]], "[0]", "must be a finite number"),
        )
    ),
    (
        {"expectation": {"observable_terms": [["ZZZZ", 1e308], ["XXXX", 1e308]]}},
        "annotations.expectation: must be a finite number",
    ),
]


@pytest.mark.parametrize(("annotations", "reason"), UNAVAILABLE)
def test_a_wrong_annotation_costs_the_value_and_not_the_job(run: Run, annotations: Json, reason: str) -> None:
    document = {"version": "0.1", "qubits": 4, "operations": PREPARE, "annotations": annotations}
    result = run(document, seed="1")
    assert result.metadata["energy_unavailable"].startswith(reason)
    assert "energy" not in result.metadata
    assert result.counts == run({**document, "annotations": {}}, seed="1").counts


def test_a_reason_stays_short_however_long_a_name_is(run: Run) -> None:
    reason = run(asking({"W" * 10_000: [0]}, *PREPARE)).metadata["energy_unavailable"]
    assert len(reason) <= 500
    assert reason.startswith(f"{TERMS}.WWW")
    assert reason.endswith("WWW…: must hold one qubit for each of the 10000 letters")


@pytest.mark.parametrize(
    ("operations", "reason"),
    [
        ([{"op": "RESET", "q": [0]}], "operations[0]: resets qubits"),
        ([{"op": "MEASURE", "q": [0], "c": [0]}, {"op": "H", "q": [0]}], "operations[1]: acts on a measured qubit"),
        ([{"op": "MEASURE", "q": [0], "c": [0]}] * 2, "operations[1]: acts on a measured qubit"),
    ],
)
def test_a_state_that_is_not_pure_has_no_value(run: Run, operations: list[Json], reason: str) -> None:
    metadata = run(asking({"Z": 0}, *operations)).metadata
    assert metadata["energy_unavailable"].startswith(reason)
    assert "energy" not in metadata


def test_more_terms_than_can_be_evaluated_in_time_have_no_value(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(expectation._MAX_BYTES_READ, Method.STATEVECTOR, 2 * 16 * 2**4)
    strings = ["ZZZZ", "XXXX", "YYYY"]
    spread = [{"op": "H", "q": [qubit]} for qubit in range(4)]
    assert "energy" in run(asking([[letters, 1] for letters in strings[:2]], *spread)).metadata
    refused = run(asking([[letters, 1] for letters in strings], *spread)).metadata
    assert refused["energy_unavailable"].startswith("annotations.expectation: has too many terms")


def test_a_state_too_large_to_evaluate_does_not_decide_whether_the_circuit_runs(run: Run) -> None:
    tilted = [{"op": "RX", "q": [qubit], "params": {"theta": 0.3}} for qubit in range(40)]
    document = {
        "version": "0.1",
        "qubits": 40,
        "operations": [*tilted, {"op": "MEASURE", "q": [0], "c": [0]}],
        "annotations": {"expectation": {"kind": "ExpectationValue", "observable_terms": {"Z": 0}}},
    }
    result = run(document, 100)
    assert sum(result.counts.values()) == 100
    assert "uses 40 qubits" in result.metadata["energy_unavailable"]
