"""Circuits of gates with all measurements at the end, on qsim: one state for all shots."""

import time
from collections import Counter
from collections.abc import Sequence

import numpy as np

from qdm_circuits.circuit import Measure
from qdm_circuits.gates import Gate
from qdm_sidecar.engines.distribution import AMPLITUDES_AT_ONCE, Distribution
from qdm_sidecar.engines.qsim_core import ENGINE, GateSequence
from qdm_sidecar.engines.readout import Readout
from qdm_sidecar.engines.run import Run, parts, random_numbers

_BYTES = 1024


class DenseCircuit:
    """A state vector, computed once. Of small ones the distribution is kept for further runs, in place of the gates."""

    engine = ENGINE
    method = "statevector"

    def __init__(
        self, num_qubits: int, width: int, gates: Sequence[Gate], final: Sequence[Measure], *, threads: int
    ) -> None:
        sequence = GateSequence(num_qubits, gates, threads)
        self._source: GateSequence | Distribution = sequence
        self._readout = Readout(final, width)
        self._keeps_distribution = 1 << num_qubits <= AMPLITUDES_AT_ONCE
        self.num_bytes = _BYTES + (8 << num_qubits) if self._keeps_distribution else sequence.num_bytes

    def run(self, shots: int, seed: int | None, *, memory: bool = False) -> Run:
        """Samples the distribution of the basis states."""
        start = time.perf_counter()
        source = self._source
        distribution = source if isinstance(source, Distribution) else Distribution(source.applied())
        if self._keeps_distribution:
            self._source = distribution
        rng = random_numbers(seed)
        counts: Counter[str] = Counter()
        drawn = []
        for some in parts(shots):
            states = distribution.draw(some, rng)
            bounds = np.ones(some + 1, bool)
            np.not_equal(states[1:], states[:-1], out=bounds[1:-1])
            (places,) = bounds.nonzero()
            counts.update(self._readout.counts(states[places[:-1]], places[1:] - places[:-1]))
            if memory:
                drawn.append(states)
        bitstrings = [text for states in drawn for text in self._readout.bitstrings(rng.permutation(states))]
        return Run(counts, time.perf_counter() - start, bitstrings)
