"""What a program is read into."""

from dataclasses import dataclass

from qdm_circuits.circuit import Circuit


@dataclass(frozen=True, slots=True)
class Qasm3Program:
    """A program's circuit, and words for what the program says and circuits do not hold, sorted, each once."""

    circuit: Circuit
    ignored: tuple[str, ...] = ()
