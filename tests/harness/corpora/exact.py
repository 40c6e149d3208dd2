"""What a circuit's outcomes are, by Qiskit's own state vector."""

from collections.abc import Mapping

import numpy as np
from qiskit import QuantumCircuit
from qiskit.quantum_info import Statevector

NEGLIGIBLE = 1e-14
"""Less than this is rounding, not probability."""


def exact_distribution(circuit: QuantumCircuit) -> Mapping[str, float]:
    """Returns the probability of each bitstring, classical bit 0 rightmost.

    A circuit without measurements measures all its qubits. Raises ValueError where a qubit is used after it was
    measured, or a classical bit is written twice.
    """
    unmeasured = circuit.copy_empty_like()
    places: dict[int, int] = {}
    for instruction in circuit.data:
        qubits = [circuit.find_bit(qubit).index for qubit in instruction.qubits]
        clbits = [circuit.find_bit(clbit).index for clbit in instruction.clbits]
        if instruction.operation.name == "barrier":
            continue
        if places.keys() & set(clbits) or set(places.values()) & set(qubits):
            raise ValueError(f"{circuit.name} goes on after a measurement")
        if instruction.operation.name == "measure":
            places[clbits[0]] = qubits[0]
        else:
            unmeasured.append(instruction.operation, qubits)
    width = circuit.num_clbits if places else circuit.num_qubits
    measured = places or {qubit: qubit for qubit in range(circuit.num_qubits)}
    probabilities = Statevector(unmeasured).probabilities()
    states = np.arange(len(probabilities))
    outcomes = sum(((states >> qubit) & 1) << clbit for clbit, qubit in measured.items())
    chances = np.bincount(outcomes, probabilities)
    return {f"{outcome:0{width}b}": float(chances[outcome]) for outcome in np.flatnonzero(chances > NEGLIGIBLE)}
