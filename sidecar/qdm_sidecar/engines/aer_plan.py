"""Which of Aer's exact methods runs a circuit, and which circuits none of them can ever run."""

from dataclasses import dataclass, replace
from enum import StrEnum

from qdm_circuits.circuit import Circuit
from qdm_circuits.limits import TOO_LARGE
from qdm_driver import PreconditionError
from qdm_sidecar.engines.clifford import as_clifford
from qdm_sidecar.engines.compaction import compact, qubits_touched

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


def plan_for_aer(circuit: Circuit, max_dense_qubits: int) -> Plan:
    """Chooses the method. Raises PreconditionError (``CIRCUIT_TOO_LARGE``) where no method can ever do."""
    smaller = compact(circuit, qubits_touched(circuit.operations))
    if smaller.num_qubits >= min(_STABILIZER_PAYS_FROM, max_dense_qubits + 1):
        clifford = as_clifford(smaller.operations)
        if clifford is not None and smaller.num_qubits <= MAX_CLIFFORD_QUBITS:
            return Plan(Method.STABILIZER, replace(smaller, operations=clifford))
    if smaller.num_qubits > max_dense_qubits:
        raise PreconditionError(
            f"the circuit uses {smaller.num_qubits} qubits; this device runs at most {max_dense_qubits}, "
            f"or {MAX_CLIFFORD_QUBITS} where all gates are Clifford gates",
            kind=TOO_LARGE,
        )
    return Plan(Method.STATEVECTOR, smaller)
