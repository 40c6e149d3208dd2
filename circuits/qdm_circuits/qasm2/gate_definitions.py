"""Gates that a program defines, and the operations that a call of a gate becomes."""

from collections.abc import Iterator
from dataclasses import dataclass

from qdm_circuits.gates import Gate
from qdm_circuits.qasm2.expressions import Formula, evaluate
from qdm_circuits.qasm2.standard_gates import StandardGate
from qdm_circuits.qasm2.tokens import Tokens

_STEPS_OF_A_CALL = 5
_MOST = 10**12


@dataclass(frozen=True, slots=True)
class OpaqueGate:
    """A gate that only some hardware knows, by its numbers of parameters and of qubits."""

    num_params: int
    num_qubits: int


@dataclass(frozen=True, slots=True)
class Call:
    """A gate in another's body; ``qubits`` are indices of that one's qubits."""

    gate: "StandardGate | DefinedGate"
    angles: tuple[Formula, ...]
    qubits: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class DefinedGate:
    """A gate with a body, which becomes so many ``operations`` and takes so many ``steps`` for that.

    Both are counted up to 10^12, and known before anything is expanded: gates of gates of gates have no end.
    """

    num_params: int
    num_qubits: int
    body: tuple[Call, ...]
    operations: int
    steps: int


def define(num_params: int, num_qubits: int, body: tuple[Call, ...]) -> DefinedGate:
    """Returns the gate with this body."""
    operations = sum(call.gate.operations for call in body)
    steps = sum(steps_of(call.gate) + sum(len(angle.steps) for angle in call.angles) for call in body)
    return DefinedGate(num_params, num_qubits, body, min(operations, _MOST), min(steps, _MOST))


def steps_of(gate: StandardGate | DefinedGate) -> int:
    """Returns what a call costs, in steps of a formula."""
    return _STEPS_OF_A_CALL + gate.num_qubits + (gate.steps if isinstance(gate, DefinedGate) else gate.operations)


def expand(
    gate: StandardGate | DefinedGate, params: tuple[float, ...], qubits: tuple[int, ...], tokens: Tokens
) -> Iterator[Gate]:
    """Yields the gates of a call. Raises InvalidRequestError where an angle in a body has no value."""
    waiting = [(gate, params, qubits)]
    while waiting:
        gate, params, qubits = waiting.pop()
        if isinstance(gate, StandardGate):
            yield from gate.expand(qubits, params)
            continue
        waiting += [
            (
                call.gate,
                tuple(evaluate(angle, params, tokens) for angle in call.angles),
                tuple(qubits[index] for index in call.qubits),
            )
            for call in reversed(gate.body)
        ]
