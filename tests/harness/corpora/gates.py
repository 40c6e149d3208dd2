"""Qiskit's gates, one a circuit: the standard ones, and those that are made of matrices, angles or operators."""

from collections.abc import Iterator
from functools import partial

from qiskit import QuantumCircuit
from qiskit.circuit import Gate, Instruction
from qiskit.circuit.library import (
    InnerProductGate,
    LinearPauliRotationsGate,
    MCMTGate,
    MCPhaseGate,
    MSGate,
    PauliEvolutionGate,
    PauliGate,
    PhaseOracleGate,
    QFTGate,
    UnitaryGate,
    YGate,
    get_standard_gate_name_mapping,
)
from qiskit.quantum_info import SparsePauliOp, random_unitary

from corpora.entry import Entry

ANGLES = (0.7, -1.1, 2.9, 0.4)
HEISENBERG = SparsePauliOp(["XXI", "IYY", "ZIZ", "IIX"], [0.5, -0.3, 0.8, 0.2])


def gate_entries() -> Iterator[Entry]:
    """Yields every gate between layers of rotations, so that its phases show in the outcomes."""
    for name, gate in get_standard_gate_name_mapping().items():
        if isinstance(gate, Gate) and gate.num_qubits:
            bound = gate.base_class(*ANGLES[: len(gate.params)])
            yield Entry(f"gate-{name}", partial(_make, bound))
    for name, gate in _made_of_data():
        yield Entry(f"gate-{name}", partial(_make, gate))


def _made_of_data() -> Iterator[tuple[str, Instruction]]:
    yield "inner-product", InnerProductGate(2)
    yield "linear-rotations", LinearPauliRotationsGate(3, slope=0.4, offset=0.3)
    yield "multi-target", MCMTGate(YGate(), 2, 2)
    yield "multi-phase", MCPhaseGate(0.9, 3, ctrl_state="101")
    yield "ms", MSGate(3, 0.8)
    yield "evolution", PauliEvolutionGate(HEISENBERG, time=0.9).definition.to_gate()
    yield "pauli", PauliGate("XYZ")
    yield "phase-oracle", PhaseOracleGate("(x0 | x1) & ~x2")
    yield "qft", QFTGate(4)
    for width in (1, 2, 3):
        yield f"unitary-{width}", UnitaryGate(random_unitary(1 << width, seed=width))


def _make(gate: Instruction) -> QuantumCircuit:
    circuit = QuantumCircuit(gate.num_qubits)
    for qubit in range(gate.num_qubits):
        circuit.u(1 + qubit, 2 + qubit, 0, qubit)
    circuit.append(gate, circuit.qubits)
    for qubit in range(gate.num_qubits):
        circuit.u(2 - qubit, 0, 1 - qubit, qubit)
    circuit.measure_all()
    return circuit
