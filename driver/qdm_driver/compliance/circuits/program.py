"""Programs in the vocabulary that all formats share: AQO's gates, measurements in a basis, resets."""

from collections.abc import Mapping
from dataclasses import dataclass

from qdm_driver.compliance.circuits.circuit import Topic


@dataclass(frozen=True, slots=True)
class Step:
    """One operation; ``op`` is AQO's name. ``theta`` in radians, or a symbol's name, belongs to RX, RY and RZ."""

    op: str
    qubits: tuple[int, ...]
    theta: float | str | None = None
    clbits: tuple[int, ...] = ()
    basis: str = "Z"


@dataclass(frozen=True, slots=True)
class Program:
    """A named program with its exact distribution; the fields are those of GradedCircuit."""

    name: str
    topic: Topic
    qubits: int
    steps: tuple[Step, ...]
    probabilities: Mapping[str, float]
    dynamic: bool = False

    @property
    def width(self) -> int:
        """Number of classical bits: one more than the highest that is written."""
        return 1 + max((clbit for step in self.steps for clbit in step.clbits), default=-1)


def gate(name: str, *qubits: int, theta: float | str | None = None) -> Step:
    """Returns a gate."""
    return Step(name, qubits, theta)


def measure(*pairs: tuple[int, int], basis: str = "Z") -> Step:
    """Returns a measurement of pairs of a qubit and its classical bit."""
    return Step("MEASURE", tuple(qubit for qubit, _ in pairs), None, tuple(clbit for _, clbit in pairs), basis)


def measure_all(qubits: int) -> Step:
    """Returns the measurement of qubit i into bit i."""
    return measure(*((qubit, qubit) for qubit in range(qubits)))
