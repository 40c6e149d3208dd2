"""Gates and unitary circuits against Qiskit's matrices and state vectors, exactly.

The reader's circuit runs on the simulator's engine. What is measured there is the projector onto the state that Qiskit
computes, written as Pauli strings: its value is the fidelity of the two states, 1 where they are the same. For a gate
the state is that of qubits of which each is half of a Bell pair, which holds all of the gate's matrix.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from itertools import product

import pytest
from qiskit import QuantumCircuit, qasm2, qasm3
from qiskit.circuit import Gate
from qiskit.circuit.library import (
    CU1Gate,
    CU3Gate,
    RCCXGate,
    RXXGate,
    RZZGate,
    U1Gate,
    U2Gate,
    U3Gate,
    UGate,
    get_standard_gate_name_mapping,
)
from qiskit.circuit.random import random_circuit
from qiskit.quantum_info import DensityMatrix, SparsePauliOp, Statevector

from qdm_circuits.circuit import Measure
from qdm_driver import CircuitFormat, CircuitPayload
from qdm_sidecar.engines.aer import AerEngine
from qdm_sidecar.engines.aer_plan import Method, Plan
from qdm_sidecar.plugins.payload_formats import PayloadReader

A, B, C, D = 0.7, -1.9, 2.6, 0.4
MOST_QUBITS = 3
ROUNDING = 1e-9

STANDARD = get_standard_gate_name_mapping()
SHARED_NAMES = (
    *("id", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "p", "rx", "ry", "rz"),
    *("cx", "cy", "cz", "ch", "cp", "crx", "cry", "crz", "swap", "ccx", "cswap", "cu"),
)


def call(name: str, *angles: float) -> str:
    return f"{name}({', '.join(map(str, angles))})" if angles else name


def shared(name: str) -> tuple[str, Gate]:
    """Returns the call of a gate that both languages name as Qiskit does, and Qiskit's gate."""
    angles = (A, B, C, D)[: len(STANDARD[name].params)]
    return call(name, *angles), STANDARD[name].base_class(*angles)


def with_phase(gate: Gate, phase: float) -> Gate:
    circuit = QuantumCircuit(gate.num_qubits, global_phase=phase)
    circuit.append(gate, circuit.qubits)
    return circuit.to_gate()


SHARED = dict(map(shared, SHARED_NAMES))
STDGATES: Mapping[str, Gate] = SHARED | {
    "CX": STANDARD["cx"],
    call("phase", A): U1Gate(A),
    call("cphase", A): CU1Gate(A),
    call("u1", A): U1Gate(A),
    # The phases of the OpenQASM 3 specification, which show under a control; Qiskit's gates of these names have none.
    call("u2", A, B): with_phase(U2Gate(A, B), -(A + B) / 2),
    call("u3", A, B, C): with_phase(U3Gate(A, B, C), -(B + C) / 2),
    call("U", A, B, C): with_phase(UGate(A, B, C), A / 2),
}
QELIB1: Mapping[str, Gate] = SHARED | {
    "sxdg": STANDARD["sxdg"],
    "csx": STANDARD["csx"],
    "CX": STANDARD["cx"],
    call("u1", A): U1Gate(A),
    call("u2", A, B): U2Gate(A, B),
    call("u3", A, B, C): U3Gate(A, B, C),
    call("u", A, B, C): UGate(A, B, C),
    call("U", A, B, C): UGate(A, B, C),
    call("cu1", A): CU1Gate(A),
    call("cu3", A, B, C): CU3Gate(A, B, C),
    call("rxx", A): RXXGate(A),
    call("rzz", A): RZZGate(A),
    "rccx": RCCXGate(),
}
MODIFIERS: Mapping[str, Callable[[Gate], Gate]] = {
    "": lambda gate: gate,
    "inv @ ": lambda gate: gate.inverse(),
    "pow(2) @ ": lambda gate: gate.power(2),
    "pow(-3) @ ": lambda gate: gate.power(-3),
    "ctrl @ ": lambda gate: gate.control(1, annotated=False),
    "negctrl @ ": lambda gate: gate.control(1, ctrl_state=0, annotated=False),
    "ctrl(2) @ ": lambda gate: gate.control(2, annotated=False),
    "ctrl @ negctrl @ ": lambda gate: gate.control(2, ctrl_state=1, annotated=False),
    "negctrl @ inv @ ": lambda gate: gate.inverse().control(1, ctrl_state=0, annotated=False),
    "ctrl @ pow(2) @ ": lambda gate: gate.power(2).control(1, annotated=False),
    "pow(0.5) @ ": lambda gate: gate.power(0.5),
    "pow(-0.25) @ ": lambda gate: gate.power(-0.25),
    "ctrl @ pow(1.5) @ ": lambda gate: gate.power(1.5).control(1, annotated=False),
}
MODIFIED = {
    modifiers + gate: modify(STDGATES[gate]) for (modifiers, modify), gate in product(MODIFIERS.items(), STDGATES)
}


def fidelity(encoding: CircuitFormat, text: str, expected: QuantumCircuit) -> float:
    """Returns the overlap of the program's state before its measurements with that of Qiskit's circuit."""
    circuit = PayloadReader(max_bytes=0).read(CircuitPayload(encoding, text.encode()), b"", {}).circuit
    unmeasured = tuple(operation for operation in circuit.operations if not isinstance(operation, Measure))
    projector = SparsePauliOp.from_operator(DensityMatrix(Statevector(expected)).data)
    terms = list(zip(projector.paulis.to_labels(), projector.coeffs.real, strict=True))
    engine = AerEngine(memory_bytes=2**28, threads=1)
    value = engine.expectation(Plan(Method.STATEVECTOR, replace(circuit, operations=unmeasured)), terms)
    # Qiskit leaves out small terms, so that its own state has a little less than 1.
    return value / float(sum(projector.coeffs.real**2) * 2**circuit.num_qubits)


def on_bell_pairs(gate: Gate) -> QuantumCircuit:
    width = gate.num_qubits
    circuit = QuantumCircuit(2 * width)
    for qubit in range(width):
        circuit.h(width + qubit)
        circuit.cx(width + qubit, qubit)
    circuit.append(gate, range(width))
    return circuit


@pytest.mark.parametrize("name", [name for name, gate in MODIFIED.items() if gate.num_qubits <= MOST_QUBITS])
def test_a_gate_of_openqasm_3_has_its_matrix_under_every_modifier(name: str) -> None:
    gate = MODIFIED[name]
    head = f'include "stdgates.inc"; qubit[{gate.num_qubits}] q; qubit[{gate.num_qubits}] r; h r; cx r, q;'
    operands = ", ".join(f"q[{qubit}]" for qubit in range(gate.num_qubits))
    text = f"OPENQASM 3.0; {head} {name} {operands};"
    assert fidelity(CircuitFormat.QASM3_TEXT, text, on_bell_pairs(gate)) == pytest.approx(1, abs=ROUNDING)


@pytest.mark.parametrize("name", QELIB1)
def test_a_gate_of_openqasm_2_has_its_matrix(name: str) -> None:
    gate = QELIB1[name]
    head = f'include "qelib1.inc"; qreg q[{gate.num_qubits}]; qreg r[{gate.num_qubits}]; h r; cx r, q;'
    operands = ", ".join(f"q[{qubit}]" for qubit in range(gate.num_qubits))
    text = f"OPENQASM 2.0; {head} {name} {operands};"
    assert fidelity(CircuitFormat.BACKEND_NATIVE, text, on_bell_pairs(gate)) == pytest.approx(1, abs=ROUNDING)


@pytest.mark.parametrize("seed", range(60))
def test_a_random_circuit_has_its_state_in_both_formats(seed: int) -> None:
    width = 2 + seed % 5
    circuit = QuantumCircuit(width)
    for qubit in range(width):
        circuit.ry(1 + qubit, qubit)
    circuit.compose(random_circuit(width, 4, max_operands=4, seed=seed), inplace=True)
    assert fidelity(CircuitFormat.QASM3_TEXT, qasm3.dumps(circuit), circuit) == pytest.approx(1, abs=ROUNDING)
    assert fidelity(CircuitFormat.BACKEND_NATIVE, qasm2.dumps(circuit), circuit) == pytest.approx(1, abs=ROUNDING)
