"""Circuits that measure on their way, on qulacs: shots go together as long as their outcomes agree.

All shots start on one path. A measurement splits them by a binomial draw, and only where both outcomes were drawn is
the state copied. So the work grows with the number of different paths, not of shots.
"""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator
from qulacs import QuantumCircuit, QuantumState
from qulacs.gate import P0, P1, X

from qdm_circuits.circuit import Assign, Branch, Circuit, Measure, Operation, Reset, While
from qdm_circuits.conditions import Condition, holds
from qdm_circuits.gates import Gate
from qdm_sidecar.engines.dense import ENGINE
from qdm_sidecar.engines.qulacs_gates import to_qulacs
from qdm_sidecar.engines.readout import Readout
from qdm_sidecar.engines.run import MAX_ITERATIONS, Run, parts, too_many_turns

_BYTES_PER_STEP = 2048
_CERTAIN = 1 - 1e-14
_SEEDS = 2**31


@dataclass(slots=True)
class _Path:
    """Shots with one history: the step that comes next, the state, the classical bits, the turns of loops."""

    step: int
    state: QuantumState
    bits: list[int]
    shots: int
    turns: int = 0

    def copy(self, shots: int) -> "_Path":
        return _Path(self.step, self.state.copy(), list(self.bits), shots, self.turns)


@dataclass(frozen=True, slots=True)
class _Jump:
    """Goes on at ``to`` where the condition does not hold, or always where there is none."""

    to: int
    condition: Condition | None = None
    counted: bool = False


_Step = QuantumCircuit | Measure | Reset | Assign | _Jump


class BranchingCircuit:
    """A circuit, as its body and the measurements after all others."""

    engine = ENGINE
    method = "outcome_tree"

    def __init__(self, circuit: Circuit, body: Iterable[Operation], final: Sequence[Measure]) -> None:
        self._num_qubits = num_qubits = circuit.num_qubits
        self._num_bits = circuit.num_clbits + circuit.num_hidden_clbits
        self._steps: list[_Step] = []
        self._append(body)
        self._final = final
        self._readout = Readout(final, circuit.num_clbits)
        self._projectors = [(P0(qubit), P1(qubit)) for qubit in range(num_qubits)]
        self._flips = [X(qubit) for qubit in range(num_qubits)]
        self.num_bytes = _BYTES_PER_STEP * len(self._steps)

    def run(self, shots: int, seed: int | None, *, memory: bool = False) -> Run:
        """Runs all shots. The order of ``memory`` is drawn, as shots have none."""
        start = time.perf_counter()
        rng = np.random.default_rng(seed)
        counts: Counter[str] = Counter()
        waiting = [_Path(0, QuantumState(self._num_qubits), [0] * self._num_bits, shots)]
        while waiting:
            path = waiting.pop()
            while path.step < len(self._steps):
                if other := self._advance(path, rng):
                    # The smaller part first: so no more wait than the shots can be halved.
                    path, larger = sorted((path, other), key=lambda part: part.shots)
                    waiting.append(larger)
            for bitstring, number in self._read(path, rng):
                counts[bitstring] += number
        bitstrings: list[str] = []
        if memory:
            ordered = np.repeat(np.array(list(counts)), list(counts.values()))
            bitstrings = [str(bitstring) for bitstring in rng.permutation(ordered)]
        return Run(counts, time.perf_counter() - start, bitstrings)

    def _append(self, operations: Iterable[Operation]) -> None:
        gates: list[Gate] = []

        def end_gates() -> None:
            self._steps += to_qulacs(self._num_qubits, gates)
            gates.clear()

        for operation in operations:
            if isinstance(operation, Gate):
                gates.append(operation)
                continue
            end_gates()
            match operation:
                case Branch():
                    self._append_branch(operation)
                case While():
                    self._append_loop(operation)
                case _:
                    self._steps.append(operation)
        end_gates()

    def _append_branch(self, branch: Branch) -> None:
        to_otherwise = self._hold_place()
        self._append(branch.then)
        to_end = self._hold_place()
        self._steps[to_otherwise] = _Jump(len(self._steps), branch.condition)
        self._append(branch.otherwise)
        self._steps[to_end] = _Jump(len(self._steps))

    def _append_loop(self, loop: While) -> None:
        to_end = self._hold_place()
        self._append(loop.body)
        self._steps.append(_Jump(to_end, counted=True))
        self._steps[to_end] = _Jump(len(self._steps), loop.condition)

    def _hold_place(self) -> int:
        self._steps.append(_Jump(0))
        return len(self._steps) - 1

    def _advance(self, path: _Path, rng: Generator) -> _Path | None:
        """Takes one step; where it splits the shots, returns those with the other outcome."""
        step = self._steps[path.step]
        path.step += 1
        match step:
            case QuantumCircuit():
                step.update_quantum_state(path.state)
            case Measure(qubit, clbit):
                return self._measure(path, qubit, clbit, rng)
            case Reset(qubit):
                return self._reset(path, qubit, rng)
            case Assign(clbit, condition):
                path.bits[clbit] = holds(condition, path.bits)
            case _Jump(to, condition, counted):
                if condition is None or not holds(condition, path.bits):
                    path.step = to
                path.turns += counted
                if path.turns > MAX_ITERATIONS:
                    raise too_many_turns()
        return None

    def _measure(self, path: _Path, qubit: int, clbit: int | None, rng: Generator) -> _Path | None:
        outcome, other = self._split(path, qubit, rng)
        if clbit is not None:
            path.bits[clbit] = outcome
            if other is not None:
                other.bits[clbit] = 1 - outcome
        return other

    def _reset(self, path: _Path, qubit: int, rng: Generator) -> _Path | None:
        outcome, other = self._split(path, qubit, rng)
        ones = path if outcome else other
        if ones is not None:
            self._flips[qubit].update_quantum_state(ones.state)
        return other

    def _split(self, path: _Path, qubit: int, rng: Generator) -> tuple[int, _Path | None]:
        """Measures; returns the outcome that the path goes on with, and the shots with the other one."""
        zero = min(max(path.state.get_zero_probability(qubit), 0.0), 1.0)
        ones = int(rng.binomial(path.shots, 1 - zero))
        other = None
        if 0 < ones < path.shots:
            other = path.copy(ones)
            path.shots -= ones
            self._project(other.state, qubit, 1, 1 - zero)
        outcome = int(ones == path.shots and other is None)
        self._project(path.state, qubit, outcome, 1 - zero if outcome else zero)
        return outcome, other

    def _project(self, state: QuantumState, qubit: int, outcome: int, probability: float) -> None:
        if probability < _CERTAIN:
            self._projectors[qubit][outcome].update_quantum_state(state)
            state.normalize(probability)

    def _read(self, path: _Path, rng: Generator) -> Iterable[tuple[str, int]]:
        others = self._readout.others(path.bits)
        if not self._final:
            yield self._readout.bitstring(0, others), path.shots
            return
        for some in parts(path.shots):
            states = path.state.sampling(some, int(rng.integers(_SEEDS)))
            for state, shots in Counter(states).items():
                yield self._readout.bitstring(state, others), shots
