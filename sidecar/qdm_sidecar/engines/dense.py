"""Circuits of gates with all measurements at the end, on qulacs: one state for all shots."""

import time
from collections import Counter
from collections.abc import Sequence
from importlib.metadata import version

import numpy as np
import qulacs
from numpy.typing import NDArray

from qdm_circuits.circuit import Measure
from qdm_circuits.gates import Gate
from qdm_sidecar.engines.qulacs_gates import to_qulacs
from qdm_sidecar.engines.readout import Readout
from qdm_sidecar.engines.run import Run, parts

ENGINE = f"qulacs {version('qulacs')}"

_LARGEST_KEPT = 1 << 16
_BYTES_PER_GATE = 256


class DenseCircuit:
    """A state vector, computed once. The distribution of small ones is kept for further runs."""

    engine = ENGINE
    method = "statevector"

    def __init__(self, num_qubits: int, width: int, gates: Sequence[Gate], final: Sequence[Measure]) -> None:
        self._num_qubits = num_qubits
        self._gates = gates
        self._readout = Readout(final, width)
        self._kept: NDArray[np.float64] | None = None
        self.num_bytes = _BYTES_PER_GATE * len(gates) + 8 * min(1 << num_qubits, _LARGEST_KEPT)

    def run(self, shots: int, seed: int | None, *, memory: bool = False) -> Run:
        """Samples the distribution of the basis states."""
        start = time.perf_counter()
        cumulated = self._cumulated()
        rng = np.random.default_rng(seed)
        counts: Counter[str] = Counter()
        bitstrings: list[str] = []
        for some in parts(shots):
            states = np.searchsorted(cumulated, rng.random(some) * cumulated[-1], side="right")
            np.minimum(states, len(cumulated) - 1, out=states)  # where a product was rounded up to all of it
            counts.update(self._readout.counts(*np.unique(states, return_counts=True)))
            if memory:
                bitstrings += self._readout.bitstrings(states)
        return Run(counts, time.perf_counter() - start, bitstrings)

    def _cumulated(self) -> NDArray[np.float64]:
        if self._kept is not None:
            return self._kept
        state = qulacs.QuantumState(self._num_qubits)
        for circuit in to_qulacs(self._num_qubits, self._gates):
            circuit.update_quantum_state(state)
        amplitudes = state.get_vector()
        cumulated = np.cumsum(amplitudes.real**2 + amplitudes.imag**2)
        if len(cumulated) <= _LARGEST_KEPT:
            self._kept = cumulated
            self._gates = ()
        return cumulated
