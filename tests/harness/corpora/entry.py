"""One circuit of a corpus, and the programs that it becomes."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from qiskit import QuantumCircuit, qasm2, qasm3

from corpora.exact import exact_distribution
from qdm_driver import CircuitFormat

WRITERS: Mapping[CircuitFormat, Callable[[QuantumCircuit], str]] = {
    CircuitFormat.QASM3_TEXT: qasm3.dumps,
    CircuitFormat.BACKEND_NATIVE: qasm2.dumps,
}


@dataclass(frozen=True, slots=True)
class Entry:
    """A circuit that is made when it is needed.

    ``answer`` is the distribution of its outcomes where that is known without simulating the circuit; a circuit that
    measures in the middle must have one. ``dynamic`` ones have control flow, which OpenQASM 2 can't say.
    """

    name: str
    make: Callable[[], QuantumCircuit]
    answer: Mapping[str, float] | None = None
    dynamic: bool = False

    def formats(self) -> Iterator[CircuitFormat]:
        """Yields the formats that can say the circuit."""
        yield CircuitFormat.QASM3_TEXT
        if not self.dynamic:
            yield CircuitFormat.BACKEND_NATIVE

    def expected(self, circuit: QuantumCircuit) -> Mapping[str, float]:
        """Returns the probability of each outcome of the circuit that was made."""
        return exact_distribution(circuit) if self.answer is None else self.answer
