"""Algorithms and ansätze of Qiskit's circuit library."""

from collections.abc import Callable, Iterator
from functools import partial
from math import pi, sqrt

import numpy as np
from qiskit import QuantumCircuit
from qiskit.circuit.library import (
    PhaseGate,
    PhaseOracleGate,
    StatePreparation,
    UniformSuperpositionGate,
    efficient_su2,
    evolved_operator_ansatz,
    excitation_preserving,
    grover_operator,
    hamiltonian_variational_ansatz,
    hidden_linear_function,
    iqp,
    n_local,
    pauli_feature_map,
    pauli_two_design,
    phase_estimation,
    qaoa_ansatz,
    quantum_volume,
    random_iqp,
    real_amplitudes,
    unitary_overlap,
    z_feature_map,
    zz_feature_map,
)
from qiskit.quantum_info import SparsePauliOp

from corpora.answers import certain, evenly, grover
from corpora.entry import Entry

AMPLITUDES = (0.1, -0.3, 0.5j, 0.2, 0.4, -0.1j, 0.6, sqrt(0.08))
MAX_CUT = SparsePauliOp(["IIZZ", "IZZI", "ZZII", "ZIIZ"], [1.0, 1.0, 1.0, 1.0])
SYMMETRIC = ((0, 1, 1), (1, 1, 0), (1, 0, 1))
INTERACTIONS = ((6, 5, 3), (5, 4, 5), (3, 5, 1))


def algorithm_entries() -> Iterator[Entry]:
    """Yields algorithms, those with a known answer first, and ansätze with angles drawn from a fixed seed."""
    for marked in ("10", "011", "1011", "01101"):
        yield Entry(f"grover-{marked}", partial(_grover, marked), grover(marked))
    for width, phase in ((3, 5), (4, 6), (5, 11)):
        estimate = certain(f"{phase:0{width}b}"[::-1])
        yield Entry(f"phase-{phase}/{1 << width}", partial(_phase_estimation, width, phase), estimate)
    yield Entry("parity", _parity, certain("111"))
    for states in (3, 5, 7):
        superposition = evenly(f"{value:03b}" for value in range(states))
        yield Entry(f"superposition-{states}", partial(_superposition, states), superposition)
    chances = {f"{value:03b}": abs(amplitude) ** 2 for value, amplitude in enumerate(AMPLITUDES)}
    yield Entry("state-preparation", _state_preparation, chances)
    ansatz = partial(_bound, lambda: efficient_su2(3, reps=1))
    yield Entry("overlap-with-itself", lambda: unitary_overlap(ansatz(), ansatz()), certain("000"))
    for name, make in _CIRCUITS.items():
        yield Entry(name, partial(_bound, make))


_CIRCUITS: dict[str, Callable[[], QuantumCircuit]] = {
    "efficient-su2": lambda: efficient_su2(4),
    "efficient-su2-circular": lambda: efficient_su2(5, su2_gates=["rx", "y"], entanglement="circular", reps=2),
    "evolved-operators": lambda: evolved_operator_ansatz([MAX_CUT, SparsePauliOp(["XXYY", "IZXI"])]),
    "excitation-preserving": lambda: excitation_preserving(4, reps=2),
    "excitation-preserving-fsim": lambda: excitation_preserving(3, mode="fsim", reps=1),
    "hamiltonian-variational": lambda: hamiltonian_variational_ansatz(MAX_CUT, reps=2),
    "hidden-linear-function": lambda: hidden_linear_function(SYMMETRIC),
    "iqp": lambda: iqp(INTERACTIONS),
    "iqp-random": lambda: random_iqp(6, seed=1),
    "n-local": lambda: n_local(4, ["ry", "rz"], "cz", reps=2),
    "n-local-crx": lambda: n_local(4, "h", "crx", "linear", reps=2),
    "pauli-feature-map": lambda: pauli_feature_map(3, paulis=["Z", "YY", "ZXZ"]),
    "pauli-two-design": lambda: pauli_two_design(4, seed=2),
    "qaoa": lambda: qaoa_ansatz(MAX_CUT, reps=2),
    "quantum-volume-4": lambda: quantum_volume(4, seed=3),
    "quantum-volume-7": lambda: quantum_volume(7, seed=4),
    "real-amplitudes": lambda: real_amplitudes(5),
    "z-feature-map": lambda: z_feature_map(4),
    "zz-feature-map": lambda: zz_feature_map(4),
}


def _bound(make: Callable[[], QuantumCircuit]) -> QuantumCircuit:
    circuit = make()
    return circuit.assign_parameters(np.random.default_rng(5).uniform(-pi, pi, circuit.num_parameters))


def _grover(marked: str) -> QuantumCircuit:
    width = len(marked)
    oracle = QuantumCircuit(width)
    zeros = [qubit for qubit, bit in enumerate(reversed(marked)) if bit == "0"]
    oracle.x(zeros)
    oracle.mcp(pi, oracle.qubits[1:], 0)
    oracle.x(zeros)
    circuit = QuantumCircuit(width)
    circuit.h(circuit.qubits)
    for _ in range(int(pi / 4 * sqrt(1 << width))):
        circuit.compose(grover_operator(oracle), inplace=True)
    return circuit


def _phase_estimation(width: int, phase: int) -> QuantumCircuit:
    circuit = QuantumCircuit(width + 1, width)
    circuit.x(width)
    circuit.compose(phase_estimation(width, PhaseGate(2 * pi * phase / (1 << width))), inplace=True)
    circuit.measure(range(width), range(width))
    return circuit


def _parity() -> QuantumCircuit:
    circuit = QuantumCircuit(3)
    circuit.h(circuit.qubits)
    circuit.append(PhaseOracleGate("x0 ^ x1 ^ x2"), circuit.qubits)
    circuit.h(circuit.qubits)
    return circuit


def _superposition(states: int) -> QuantumCircuit:
    circuit = QuantumCircuit(3)
    circuit.append(UniformSuperpositionGate(states, 3), circuit.qubits)
    return circuit


def _state_preparation() -> QuantumCircuit:
    circuit = QuantumCircuit(3)
    circuit.append(StatePreparation(AMPLITUDES), circuit.qubits)
    return circuit
