"""Expectation values, computed exactly from the state rather than estimated from counts.

The state is pure: that of a circuit without measurement or reset before its end. Mixtures over outcomes are left out.
"""

from collections.abc import Mapping

from qdm_circuits.aqo import Expectation, NotEvaluable
from qdm_circuits.circuit import Circuit
from qdm_driver import PreconditionError
from qdm_sidecar.engines.aer import AerEngine
from qdm_sidecar.engines.aer_plan import Method, plan_for_aer
from qdm_sidecar.engines.clifford import as_clifford
from qdm_sidecar.engines.compaction import compact, qubits_touched

# Each term reads the whole state once. These many bytes take about 20 s on one processor.
_MAX_BYTES_READ = {Method.STATEVECTOR: 1 << 36, Method.STABILIZER: 1 << 30}


def expectation_metadata(
    asked: Expectation | NotEvaluable | None, engine: AerEngine, max_dense_qubits: int
) -> Mapping[str, str]:
    """Returns ``energy``, the shortest decimal that reads back as the same double, or ``energy_unavailable``, why
    there is none; nothing where nothing was asked.

    Raises ExhaustedError as the engine does.
    """
    match asked:
        case None:
            return {}
        case NotEvaluable(reason):
            return {"energy_unavailable": reason}
    used = qubits_touched(asked.gates) or {0}
    circuit = compact(Circuit(max(used) + 1, (), asked.gates), used)
    # The other qubits are |0>, where Z is 1 and X and Y are 0.
    terms = [
        (term.coefficient, dict(term.factors))
        for term in asked.terms
        if all(letter == "Z" or qubit in used for qubit, letter in term.factors)
    ]
    try:
        chosen = plan_for_aer(circuit, as_clifford(circuit.operations), max_dense_qubits)
    except PreconditionError as error:  # the counts may need fewer qubits than the state
        return {"energy_unavailable": f"annotations.expectation: {error.message}"}
    if len(terms) * chosen.memory_bytes > _MAX_BYTES_READ[chosen.method]:
        return {"energy_unavailable": "annotations.expectation: has too many terms for a circuit of so many qubits"}
    leftmost_first = sorted(used, reverse=True)
    paulis = [("".join(factors.get(qubit, "I") for qubit in leftmost_first), number) for number, factors in terms]
    return {"energy": repr(engine.expectation(chosen, paulis))}
