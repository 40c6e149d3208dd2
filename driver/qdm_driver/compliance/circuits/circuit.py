"""A circuit that is ready to be sent, and what an exact device answers."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from qdm_driver.payload import CircuitPayload


class Topic(StrEnum):
    """What a circuit is there to show."""

    BIT_ORDER = "bit order"
    GATES = "gates"
    BASES = "bases"
    ENTANGLEMENT = "entanglement"
    ALGORITHMS = "algorithms"
    BITS = "unwritten bits"
    NO_MEASUREMENT = "no measurement"
    COLLAPSE = "collapse"
    RESET = "reset"
    FEED_FORWARD = "feed-forward"
    REGISTERS = "registers"
    SYMBOLS = "symbols"
    NATIVE = "native"


@dataclass(frozen=True, slots=True)
class GradedCircuit:
    """A payload of ``qubits`` qubits with the probability of each bitstring that can occur; they add up to 1.

    ``dynamic`` circuits measure or reset in mid-circuit, or branch on what was measured. ``options`` go with the
    request.
    """

    name: str
    topic: Topic
    payload: CircuitPayload
    qubits: int
    probabilities: Mapping[str, float]
    dynamic: bool = False
    options: Mapping[str, str] = field(default_factory=dict)
