"""Clifford circuits against stim, with measurement and reset in the middle and Pauli gates that outcomes control.

Whatever such a circuit measures is uniform over an affine subspace of bitstrings. stim's samples span it; ours must lie
in it, exactly, span it as well, and have fair parities wherever a parity is not fixed. All tests together fail right
counts in less than one run of a million: a span misses a direction in one of 2^100, the rest is by RATE. Circuits and
seeds are fixed.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from random import Random

import pytest
import stim
from oracle.agreement import check_agreement

from qdm_driver import CircuitFormat, ExecutionResult

STIM_SHOTS = 1000
SHOTS = 400
CIRCUITS = [(qubits, seed) for qubits in (2, 3, 5, 8, 11, 21, 34, 55, 80) for seed in range(4)]
ROUNDS = 4
PARITIES = 50
MOST_BITS = 330
RATE = 1e-6 / (2 * len(CIRCUITS) * (MOST_BITS + PARITIES))

STIM_NAMES = {
    "x": "X",
    "y": "Y",
    "z": "Z",
    "h": "H",
    "s": "S",
    "sdg": "S_DAG",
    "id": "I",
    "rx(pi/2)": "SQRT_X",
    "ry(pi/2)": "SQRT_Y",
    "rz(pi/2)": "S",
    "u1(pi/2)": "S",
    "rx(-pi/2)": "SQRT_X_DAG",
    "ry(3*pi/2)": "SQRT_Y_DAG",
    "rz(7*pi/2)": "S_DAG",
    "u1(-pi/2)": "S_DAG",
    "cx": "CX",
    "cy": "CY",
    "cz": "CZ",
    "swap": "SWAP",
}
INVERSES = {
    "s": "sdg",
    "sdg": "s",
    "rz(pi/2)": "rz(7*pi/2)",
    "rz(7*pi/2)": "rz(pi/2)",
    "rx(pi/2)": "rx(-pi/2)",
    "rx(-pi/2)": "rx(pi/2)",
    "ry(pi/2)": "ry(3*pi/2)",
    "ry(3*pi/2)": "ry(pi/2)",
    "u1(pi/2)": "u1(-pi/2)",
    "u1(-pi/2)": "u1(pi/2)",
}
ONE_QUBIT = [name for name, gate in STIM_NAMES.items() if not stim.gate_data(gate).is_two_qubit_gate]
TWO_QUBIT = [name for name, gate in STIM_NAMES.items() if stim.gate_data(gate).is_two_qubit_gate]
PAULIS = ("x", "y", "z")

Execute = Callable[..., ExecutionResult]


@dataclass(frozen=True)
class Apply:
    name: str
    qubits: Sequence[int]


@dataclass(frozen=True)
class Correct:
    """A Pauli gate where the bit is 1."""

    name: str
    qubit: int
    bit: int


@dataclass(frozen=True)
class Measure:
    """Measures into a bit that nothing else writes; bits are numbered in the order of their measurements."""

    qubit: int
    bit: int


@dataclass(frozen=True)
class Reset:
    qubit: int


Step = Apply | Correct | Measure | Reset


def random_circuit(qubits: int, seed: int) -> list[Step]:
    """Goes there and back with corrections between, so that many outcomes follow from earlier ones."""
    draws = Random(seed)  # noqa: S311 - a circuit is no secret
    bits = count()
    measured: list[int] = []
    steps: list[Step] = []

    def measure(some: Iterable[int]) -> None:
        for qubit in some:
            measured.append(next(bits))
            steps.append(Measure(qubit, measured[-1]))

    for _ in range(ROUNDS):
        there = [_random_gate(draws, qubits) for _ in range(2 * qubits)]
        steps += there
        if draws.random() < 1 / 2:
            measure(draws.sample(range(qubits), qubits // 3))
        steps += (Reset(draws.randrange(qubits)) for _ in range(draws.randrange(2)))
        if measured:
            steps += (
                Correct(draws.choice(PAULIS), draws.randrange(qubits), draws.choice(measured)) for _ in range(qubits)
            )
        if draws.random() < 3 / 4:
            steps += (Apply(INVERSES.get(gate.name, gate.name), gate.qubits) for gate in reversed(there))
        measure(draws.sample(range(qubits), (qubits + 1) // 2))
    measure(range(qubits))
    return steps


def _random_gate(draws: Random, qubits: int) -> Apply:
    if draws.random() < 1 / 2:
        return Apply(draws.choice(ONE_QUBIT), [draws.randrange(qubits)])
    return Apply(draws.choice(TWO_QUBIT), draws.sample(range(qubits), 2))


def to_stim(steps: Iterable[Step]) -> stim.Circuit:
    circuit = stim.Circuit()
    for step in steps:
        match step:
            case Apply(name, qubits):
                circuit.append(STIM_NAMES[name], qubits)
            case Correct(name, qubit, bit):
                circuit.append(f"C{name.upper()}", [stim.target_rec(bit - circuit.num_measurements), qubit])
            case Measure(qubit):
                circuit.append("M", [qubit])
            case Reset(qubit):
                circuit.append("R", [qubit])
    return circuit


def to_qasm3(qubits: int, steps: Sequence[Step]) -> str:
    lines = ["OPENQASM 3.0;", 'include "stdgates.inc";', f"qubit[{qubits}] q;"]
    lines += [f"bit c{step.bit};" for step in steps if isinstance(step, Measure)]
    for step in steps:
        match step:
            case Apply() | Reset():
                lines.append(_line(step))
            case Correct(name, qubit, bit):
                lines.append(f"if (c{bit}) {{ {name} q[{qubit}]; }}")
            case Measure(qubit, bit):
                lines.append(f"c{bit} = measure q[{qubit}];")
    return "\n".join(lines)


def to_qasm2(qubits: int, steps: Sequence[Step]) -> str:
    lines = ["OPENQASM 2.0;", 'include "qelib1.inc";', f"qreg q[{qubits}];"]
    lines += [f"creg c{step.bit}[1];" for step in steps if isinstance(step, Measure)]
    for step in steps:
        match step:
            case Apply() | Reset():
                lines.append(_line(step))
            case Correct(name, qubit, bit):
                lines.append(f"if(c{bit}==1) {name} q[{qubit}];")
            case Measure(qubit, bit):
                lines.append(f"measure q[{qubit}] -> c{bit}[0];")
    return "\n".join(lines)


def _line(step: Apply | Reset) -> str:
    if isinstance(step, Reset):
        return f"reset q[{step.qubit}];"
    return f"{step.name} {','.join(f'q[{qubit}]' for qubit in step.qubits)};"


def reduced(vector: int, basis: Mapping[int, int]) -> int:
    """Returns what is left of the vector beside the span; a basis has one vector a leading bit."""
    while vector.bit_length() in basis:
        vector ^= basis[vector.bit_length()]
    return vector


def basis_of(vectors: Iterable[int]) -> Mapping[int, int]:
    basis: dict[int, int] = {}
    for vector in vectors:
        rest = reduced(vector, basis)
        if rest:
            basis[rest.bit_length()] = rest
    return basis


def parity(number: int) -> int:
    return number.bit_count() % 2


@pytest.mark.parametrize(("qubits", "seed"), CIRCUITS)
@pytest.mark.parametrize("encoding", [CircuitFormat.QASM3_TEXT, CircuitFormat.BACKEND_NATIVE])
def test_outcomes_are_uniform_over_the_same_affine_space(
    simulate: Execute, qubits: int, seed: int, encoding: CircuitFormat
) -> None:
    steps = random_circuit(qubits, seed)
    circuit = to_stim(steps)
    assert circuit.num_measurements <= MOST_BITS
    text = (to_qasm3 if encoding is CircuitFormat.QASM3_TEXT else to_qasm2)(qubits, steps)

    samples = circuit.compile_sampler(seed=seed).sample_bit_packed(STIM_SHOTS)
    first, *others = (int.from_bytes(sample.tobytes(), "little") for sample in samples)
    basis = basis_of(first ^ other for other in others)
    ours = {
        int(bits, 2): number
        for bits, number in simulate(encoding, text.encode(), SHOTS, seed="1", engine="aer").counts.items()
    }

    assert not any(reduced(first ^ outcome, basis) for outcome in ours)
    assert basis_of(first ^ outcome for outcome in ours).keys() == basis.keys()
    draws = Random(seed)  # noqa: S311 - nor are parities
    masks = [1 << bit for bit in range(circuit.num_measurements)]
    masks += (draws.getrandbits(circuit.num_measurements) for _ in range(PARITIES))
    for mask in masks:
        if any(parity(vector & mask) for vector in basis.values()):
            odd = sum(number for outcome, number in ours.items() if parity(outcome & mask))
            check_agreement({"even": SHOTS - odd, "odd": odd}, {"even": 1 / 2, "odd": 1 / 2}, RATE)
