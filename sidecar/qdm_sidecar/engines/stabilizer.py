"""Clifford circuits on stim, which follows one shot exactly and all others by how they differ from it."""

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import cache

import numpy as np
import stim

from qdm_circuits.circuit import Circuit, Measure, Operation, Reset
from qdm_circuits.gates import Gate
from qdm_sidecar.engines.readout import rows_as_text
from qdm_sidecar.engines.run import Run, parts

ENGINE = f"stim {stim.__version__}"

_NAMES: Mapping[str, str] = {
    "x": "X",
    "y": "Y",
    "z": "Z",
    "h": "H",
    "s": "S",
    "sdg": "S_DAG",
    "sx": "SQRT_X",
    "sxdg": "SQRT_X_DAG",
    "cx": "CX",
    "cy": "CY",
    "cz": "CZ",
    "swap": "SWAP",
    "id": "I",
}
_BYTES_AT_ONCE = 1 << 26
_BYTES_A_CLBIT = 6  # as a number, as a letter of four bytes, and in its bitstring
_BYTES = 1 << 14  # stim takes memory in pieces
_BYTES_PER_OPERATION = 110


class StabilizerCircuit:
    """A circuit of named Clifford gates, measurements and resets that classical bits decide nothing of."""

    engine = ENGINE
    method = "stabilizer"

    def __init__(self, circuit: Circuit) -> None:
        self._width = circuit.num_clbits
        self._program = stim.Circuit("\n".join(_lines(circuit.operations)))
        self._unseeded = cache(self._program.compile_sampler)  # which goes on with its random numbers from run to run
        self.num_bytes = _BYTES + _BYTES_PER_OPERATION * len(circuit.operations)
        clbits = [operation.clbit for operation in circuit.operations if isinstance(operation, Measure)]
        last = {clbit: place for place, clbit in enumerate(clbits) if clbit is not None and clbit < self._width}
        self._clbits = list(last)
        self._places = list(last.values())

    def run(self, shots: int, seed: int | None, *, memory: bool = False) -> Run:
        """Samples the circuit."""
        start = time.perf_counter()
        sampler = self._unseeded() if seed is None else self._program.compile_sampler(seed=seed)
        counts: Counter[str] = Counter()
        bitstrings: list[str] = []
        bytes_a_shot = self._program.num_measurements + _BYTES_A_CLBIT * self._width
        for some in parts(shots, max(1, _BYTES_AT_ONCE // max(1, bytes_a_shot))):
            bits = np.zeros((some, self._width), np.uint8)
            bits[:, [self._width - 1 - clbit for clbit in self._clbits]] = sampler.sample(some)[:, self._places]
            rows = rows_as_text(bits)
            counts.update(rows)
            if memory:
                bitstrings += rows
        return Run(counts, time.perf_counter() - start, bitstrings)


def _lines(operations: Iterable[Operation]) -> Iterable[str]:
    for operation in operations:
        if isinstance(operation, Gate):
            name, qubits, _ = operation
            yield f"{_NAMES[name]} {qubits[0]}" if len(qubits) == 1 else f"{_NAMES[name]} {qubits[0]} {qubits[1]}"
        elif isinstance(operation, Measure):
            yield f"M {operation.qubit}"
        elif isinstance(operation, Reset):
            yield f"R {operation.qubit}"
        else:
            raise TypeError(f"{operation} is no step of a stabilizer circuit")
