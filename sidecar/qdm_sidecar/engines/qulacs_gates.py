"""Gates of the representation as gates of qulacs."""

from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
from qulacs import QuantumCircuit
from qulacs.circuit import QuantumCircuitOptimizer
from qulacs.gate import DenseMatrix

from qdm_circuits.gates import Gate, meaning
from qdm_circuits.unitary import unitary

_PLAIN: Mapping[str, Callable[..., None]] = {
    "x": QuantumCircuit.add_X_gate,
    "y": QuantumCircuit.add_Y_gate,
    "z": QuantumCircuit.add_Z_gate,
    "h": QuantumCircuit.add_H_gate,
    "s": QuantumCircuit.add_S_gate,
    "sdg": QuantumCircuit.add_Sdag_gate,
    "t": QuantumCircuit.add_T_gate,
    "tdg": QuantumCircuit.add_Tdag_gate,
    "sx": QuantumCircuit.add_sqrtX_gate,
    "sxdg": QuantumCircuit.add_sqrtXdag_gate,
    "cx": QuantumCircuit.add_CNOT_gate,
    "cz": QuantumCircuit.add_CZ_gate,
    "swap": QuantumCircuit.add_SWAP_gate,
}
# Its rotations turn the other way round.
_TURNING: Mapping[str, Callable[[QuantumCircuit, int, float], None]] = {
    "rx": QuantumCircuit.add_RX_gate,
    "ry": QuantumCircuit.add_RY_gate,
    "rz": QuantumCircuit.add_RZ_gate,
}


# Merging takes time by the square of the gates: 6 s for 100,000 at once.
_MERGED_AT_ONCE = 1_000


def to_qulacs(num_qubits: int, gates: Sequence[Gate]) -> Iterator[QuantumCircuit]:
    """Yields circuits that are the gates one after another, neighbours merged. Global phases are not kept."""
    for start in range(0, len(gates), _MERGED_AT_ONCE):
        circuit = QuantumCircuit(num_qubits)
        for gate in gates[start : start + _MERGED_AT_ONCE]:
            _add(circuit, gate)
        QuantumCircuitOptimizer().optimize_light(circuit)
        yield circuit


def _add(circuit: QuantumCircuit, gate: Gate) -> None:
    name, qubits, params = gate
    if plain := _PLAIN.get(name):
        plain(circuit, *qubits)
    elif turning := _TURNING.get(name):
        turning(circuit, qubits[0], -params[0])
    elif name == "cswap":
        control, one, other = qubits
        circuit.add_CNOT_gate(other, one)
        _add(circuit, Gate("ccx", (control, one, other)))
        circuit.add_CNOT_gate(other, one)
    elif name != "id":
        *controls, target = qubits
        dense = DenseMatrix(target, np.array(unitary(meaning(gate))))
        for control in controls:
            dense.add_control_qubit(control, 1)
        circuit.add_gate(dense)
