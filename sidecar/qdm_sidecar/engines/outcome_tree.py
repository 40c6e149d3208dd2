"""Circuits that measure on their way, on qsim: shots go together as long as their outcomes agree.

All shots start on one path. A measurement splits them by a binomial draw, and only where both outcomes were drawn is
the state copied. So the work grows with the number of different paths, not of shots.
"""

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.random import Generator

from qdm_circuits.circuit import Assign, Branch, Circuit, Measure, Operation, Reset, While, flatten
from qdm_circuits.conditions import Condition, holds
from qdm_circuits.gates import Gate
from qdm_sidecar.engines.distribution import Distribution
from qdm_sidecar.engines.qsim_core import ENGINE, GateSequence, State, max_turns
from qdm_sidecar.engines.readout import Readout
from qdm_sidecar.engines.run import MAX_ITERATIONS, Run, TooRepeatedError, parts, random_numbers, too_many_turns

_BYTES_PER_STEP = 256


@dataclass(slots=True)
class _Path:
    """Shots with one history: the step that comes next, the state, the classical bits, the turns of loops."""

    step: int
    state: State
    bits: list[int]
    shots: int
    turns: int = 0


@dataclass(frozen=True, slots=True)
class _Jump:
    """Goes on at ``to`` where the condition does not hold, or always where there is none."""

    to: int
    condition: Condition | None = None
    counted: bool = False


_Step = GateSequence | Measure | Reset | Assign | _Jump


class BranchingCircuit:
    """A circuit, as its body and the measurements after all others."""

    engine = ENGINE
    method = "outcome_tree"

    def __init__(self, circuit: Circuit, body: Sequence[Operation], final: Sequence[Measure], *, threads: int) -> None:
        self._num_qubits = circuit.num_qubits
        self._num_bits = circuit.num_clbits + circuit.num_hidden_clbits
        self._threads = threads
        self._steps: list[_Step] = []
        self._append(body)
        loops = (operation for operation in flatten(body) if isinstance(operation, While))
        self._max_turns = max_turns(
            [inner for loop in loops for inner in flatten(loop.body) if isinstance(inner, Gate)]
        )
        self._final = final
        self._readout = Readout(final, circuit.num_clbits)
        sequences = (step.num_bytes for step in self._steps if isinstance(step, GateSequence))
        self.num_bytes = _BYTES_PER_STEP * len(self._steps) + sum(sequences)

    def run(self, shots: int, seed: int | None, *, memory: bool = False) -> Run:
        """Runs all shots. The order of ``memory`` is drawn, as shots have none.

        Raises TooRepeatedError beside what every circuit does.
        """
        start = time.perf_counter()
        rng = random_numbers(seed)
        counts: Counter[str] = Counter()
        waiting = [_Path(0, _zeros(self._num_qubits), [0] * self._num_bits, shots)]
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
            if gates:
                self._steps.append(GateSequence(self._num_qubits, gates, self._threads))
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
            case GateSequence():
                path.state = step.applied(path.state)
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
                if path.turns > self._max_turns:
                    raise TooRepeatedError
        return None

    def _measure(self, path: _Path, qubit: int, clbit: int | None, rng: Generator) -> _Path | None:
        outcome, other = _split(path, qubit, rng)
        if clbit is not None:
            path.bits[clbit] = outcome
            if other is not None:
                other.bits[clbit] = 1 - outcome
        return other

    def _reset(self, path: _Path, qubit: int, rng: Generator) -> _Path | None:
        outcome, other = _split(path, qubit, rng)
        ones = path if outcome else other
        if ones is not None:
            halves = _halves(ones.state, qubit)
            halves[:, 0], halves[:, 1] = halves[:, 1], 0
        return other

    def _read(self, path: _Path, rng: Generator) -> Iterable[tuple[str, int]]:
        others = self._readout.others(path.bits)
        if not self._final:
            yield self._readout.bitstring(0, others), path.shots
            return
        distribution = Distribution(path.state)
        for some in parts(path.shots):
            for state, shots in Counter(distribution.draw(some, rng).tolist()).items():
                yield self._readout.bitstring(state, others), shots


def _zeros(num_qubits: int) -> State:
    state = np.zeros(1 << num_qubits, np.complex64)
    state[0] = 1
    return state


def _halves(state: State, qubit: int) -> State:
    """Returns a view of the state, the second index of which is the qubit's value."""
    return state.reshape(-1, 2, 1 << qubit)


def _split(path: _Path, qubit: int, rng: Generator) -> tuple[int, _Path | None]:
    """Measures; returns the outcome that the path goes on with, and the shots with the other one.

    Both probabilities are summed up, as the difference of one from 1 would make of what cannot be what seldom is.
    """
    halves = _halves(path.state, qubit)
    zero, one = _weight(halves[:, 0]), _weight(halves[:, 1])
    ones = int(rng.binomial(path.shots, one / (zero + one)))
    other = None
    if 0 < ones < path.shots:
        state = np.zeros_like(path.state)
        _halves(state, qubit)[:, 1] = halves[:, 1] * _scale(one)
        other = _Path(path.step, state, list(path.bits), ones, path.turns)
        path.shots -= ones
    outcome = int(ones == path.shots and other is None)
    halves[:, outcome] *= _scale(one if outcome else zero)
    halves[:, 1 - outcome] = 0
    return outcome, other


def _weight(part: State) -> float:
    real = np.ascontiguousarray(part).view(np.float32)
    return float(np.vdot(real, real))


def _scale(weight: float) -> np.float32:
    return np.float32(weight**-0.5)
