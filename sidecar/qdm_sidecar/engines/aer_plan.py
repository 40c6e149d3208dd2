"""Which of Aer's exact methods runs a circuit, and which circuits none of them can ever run."""

from dataclasses import dataclass, replace
from enum import StrEnum

from qdm_circuits.circuit import Circuit, Operation
from qdm_circuits.limits import TOO_LARGE
from qdm_driver import PreconditionError

BYTES_PER_AMPLITUDE = 16
MAX_CLIFFORD_QUBITS = 1_000
"""Sampling a stabilizer tableau takes a time quadratic in its qubits for each shot: minutes at this size."""

_STABILIZER_PAYS_FROM = 15


class Method(StrEnum):
    """Aer's names of the methods used."""

    STATEVECTOR = "statevector"
    STABILIZER = "stabilizer"


@dataclass(frozen=True, slots=True)
class Plan:
    """A circuit as it is going to be simulated: on as few qubits as it uses, in gates that the method knows."""

    method: Method
    circuit: Circuit

    @property
    def memory_bytes(self) -> int:
        """What one copy of the state takes."""
        if self.method is Method.STABILIZER:
            return self.circuit.num_qubits**2
        return BYTES_PER_AMPLITUDE << self.circuit.num_qubits


def plan_for_aer(circuit: Circuit, clifford: tuple[Operation, ...] | None, max_dense_qubits: int) -> Plan:
    """Chooses the method for a compact circuit, of which ``clifford`` is what ``as_clifford`` returned.

    Raises PreconditionError (``CIRCUIT_TOO_LARGE``) where no method can ever do.
    """
    pays_from = min(_STABILIZER_PAYS_FROM, max_dense_qubits + 1)
    if clifford is not None and pays_from <= circuit.num_qubits <= MAX_CLIFFORD_QUBITS:
        return Plan(Method.STABILIZER, replace(circuit, operations=clifford))
    if circuit.num_qubits > max_dense_qubits:
        raise PreconditionError(
            f"the circuit uses {circuit.num_qubits} qubits; this device runs at most {max_dense_qubits}, "
            f"or {MAX_CLIFFORD_QUBITS} where all gates are Clifford gates",
            kind=TOO_LARGE,
        )
    return Plan(Method.STATEVECTOR, circuit)
