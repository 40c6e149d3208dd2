"""From measured qubits to bitstrings."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from qdm_circuits.circuit import Measure


class Readout:
    """Reads basis states of the qubits, bit *i* of which is qubit *i*, as bitstrings of ``width`` bits.

    Measurements write in order; bits above the width are hidden and shown nowhere.
    """

    def __init__(self, measurements: Iterable[Measure], width: int) -> None:
        qubit_of = {measure.clbit: measure.qubit for measure in measurements if measure.clbit is not None}
        self._width = width
        self._places = [(clbit, qubit_of.get(clbit)) for clbit in reversed(range(width))]
        self._unwritten = [clbit for clbit, qubit in self._places if qubit is None]
        # Where each clbit is among the 64 bits of a state, the highest first, which is the sign and always 0.
        self._columns = np.array([0 if qubit is None else 63 - qubit for _, qubit in self._places], np.intp)
        self._moves: dict[int, int] = defaultdict(int)  # which qubits move by how many places to their clbits
        for clbit, qubit in self._places:
            if qubit is not None:
                self._moves[clbit - qubit] |= 1 << qubit

    def others(self, bits: Sequence[int]) -> int:
        """Returns, as an integer, those classical bits that the measurements do not write."""
        return sum(1 << clbit for clbit in self._unwritten if bits[clbit])

    def bitstring(self, state: int, others: int) -> str:
        """Returns the bitstring of one state, given the other classical bits."""
        value = others
        for move, qubits in self._moves.items():
            seen = state & qubits
            value |= seen << move if move >= 0 else seen >> -move
        return f"{value:0{self._width}b}" if self._width else ""

    def bitstrings(self, states: NDArray[np.int64]) -> list[str]:
        """Returns one bitstring a state, where all other bits are 0."""
        bits = np.unpackbits(states.astype(">i8").view(np.uint8).reshape(-1, 8), axis=1)
        return rows_as_text(bits[:, self._columns])

    def counts(self, states: NDArray[np.int64], times: NDArray[np.int64]) -> Mapping[str, int]:
        """Returns how often each bitstring occurs, given how often each state does."""
        bitstrings = self.bitstrings(states)
        if len(set(bitstrings)) == len(bitstrings):
            return dict(zip(bitstrings, times.tolist(), strict=True))
        counts: Counter[str] = Counter()
        for bitstring, count in zip(bitstrings, times.tolist(), strict=True):
            counts[bitstring] += count
        return counts


def rows_as_text(bits: NDArray[np.uint8]) -> list[str]:
    """Returns each row of zeros and ones as a bitstring."""
    shots, width = bits.shape
    if not width:
        return [""] * shots
    letters = (bits + ord("0")).astype(np.uint32, order="C")
    text: list[str] = letters.view(f"U{width}").ravel().tolist()
    return text
