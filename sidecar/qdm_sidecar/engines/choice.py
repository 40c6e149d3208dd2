"""Which engine runs a circuit. All are exact, qsim to single precision; they differ in what they run and how fast."""

from dataclasses import dataclass, replace
from enum import StrEnum

from qdm_circuits.circuit import Assign, Branch, Circuit, While, flatten
from qdm_circuits.gates import Gate
from qdm_driver import InvalidRequestError, Violation
from qdm_sidecar.engines import qsim_core
from qdm_sidecar.engines.aer import AerEngine, CircuitOnAer
from qdm_sidecar.engines.aer_plan import MAX_CLIFFORD_QUBITS, plan_for_aer
from qdm_sidecar.engines.clifford import as_clifford
from qdm_sidecar.engines.dense import DenseCircuit
from qdm_sidecar.engines.outcome_tree import BranchingCircuit
from qdm_sidecar.engines.run import Runnable
from qdm_sidecar.engines.stabilizer import StabilizerCircuit
from qdm_sidecar.engines.visible import visible

MAX_TREE_QUBITS = 18
"""Above it the states that wait their turn, one for each time that the shots can be halved, take too much memory."""


class Engine(StrEnum):
    """What the option ``engine`` may ask for."""

    AER = "aer"
    QSIM = "qsim"
    STIM = "stim"


@dataclass(frozen=True, slots=True)
class Shape:
    """What the choice depends on: ``repetition`` as qsim_core tells of gates; a circuit is ``steered`` where classical
    bits decide or are computed.
    """

    num_qubits: int
    repetition: float = 0
    clifford: bool = False
    steered: bool = False
    sampled: bool = True


def can_run(engine: Engine, shape: Shape, max_dense_qubits: int) -> bool:
    """Tells whether the engine can run a circuit."""
    tableau = shape.clifford and shape.num_qubits <= MAX_CLIFFORD_QUBITS
    match engine:
        case Engine.STIM:
            return tableau and not shape.steered
        case Engine.QSIM:
            fits = shape.num_qubits <= max_dense_qubits and (shape.sampled or shape.num_qubits <= MAX_TREE_QUBITS)
            return fits and shape.repetition <= qsim_core.MAX_REPETITION and qsim_core.AVAILABLE
        case Engine.AER:
            return tableau or shape.num_qubits <= max_dense_qubits


def choose(shape: Shape, max_dense_qubits: int) -> Engine:
    """Returns the fastest engine that can run a circuit; Aer, which says why, where none can."""
    faster = (engine for engine in (Engine.STIM, Engine.QSIM) if can_run(engine, shape, max_dense_qubits))
    return next(faster, Engine.AER)


def make_ready(circuit: Circuit, aer: AerEngine, max_dense_qubits: int, asked: Engine | None) -> Runnable:
    """Returns the circuit on the engine that was asked for, or on the fastest, with no more threads than Aer may have.

    Raises PreconditionError (``CIRCUIT_TOO_LARGE``) where no engine can run it, InvalidRequestError where the one that
    was asked for cannot.
    """
    seen = visible(circuit)
    clifford = as_clifford(seen.circuit.operations)
    sampled = seen.is_sampled
    every = seen.body if sampled else flatten(seen.body)
    gates = [operation for operation in every if isinstance(operation, Gate)]
    shape = Shape(
        num_qubits=seen.circuit.num_qubits,
        repetition=qsim_core.repetition(gates),
        clifford=clifford is not None,
        steered=not {Assign, Branch, While}.isdisjoint(map(type, seen.body)),
        sampled=sampled,
    )
    fastest = choose(shape, max_dense_qubits)
    engine = asked or fastest
    if not can_run(engine, shape, max_dense_qubits):
        if can_run(fastest, shape, max_dense_qubits):
            raise cannot_run(engine, fastest)
        engine = Engine.AER
    match engine:
        case Engine.STIM if clifford is not None:
            return StabilizerCircuit(replace(seen.circuit, operations=clifford))
        case Engine.QSIM if shape.sampled:
            num_clbits = seen.circuit.num_clbits
            return DenseCircuit(shape.num_qubits, num_clbits, gates, seen.final, threads=aer.threads)
        case Engine.QSIM:
            return BranchingCircuit(seen.circuit, seen.body, seen.final, threads=aer.threads)
    return CircuitOnAer(aer, plan_for_aer(seen.circuit, clifford, max_dense_qubits))


def cannot_run(asked: Engine, other: Engine) -> InvalidRequestError:
    """Returns the error to raise where the engine that was asked for cannot run a circuit, and another one can."""
    return InvalidRequestError(
        Violation("options.engine", f"{asked.value} cannot run this circuit; ask for {other.value}")
    )
