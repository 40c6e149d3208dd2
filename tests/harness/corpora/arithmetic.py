"""Qiskit's circuit library, the part that computes with integers: each circuit is known by its sum, product or bits."""

from collections.abc import Iterator
from functools import partial
from math import pi

from qiskit import QuantumCircuit
from qiskit.circuit import Gate
from qiskit.circuit.library import (
    AndGate,
    BitFlipOracleGate,
    BitwiseXorGate,
    FullAdderGate,
    HalfAdderGate,
    IntegerComparatorGate,
    MCXGate,
    ModularAdderGate,
    MultiplierGate,
    OrGate,
    PermutationGate,
    QFTGate,
)

from corpora.answers import certain
from corpora.entry import Entry

PAIRS = ((2, 3), (3, 3), (1, 2))
"""Numbers of two bits to add and to multiply."""

BOUND = 5
MASK = 0b1011
PATTERN = (2, 0, 3, 1)
EXPRESSION = "(x0 & x1) | ~x2"


def arithmetic_entries() -> Iterator[Entry]:
    """Yields circuits on integers: the qubits hold the first number, and what the second one says comes out."""
    for a, b in PAIRS:
        inputs = a | b << 2
        yield _entry(f"half-adder-{a}+{b}", HalfAdderGate(2), inputs, a | (a + b) << 2)
        yield _entry(f"full-adder-1+{a}+{b}", FullAdderGate(2), 1 | inputs << 1, 1 | a << 1 | (1 + a + b) << 3)
        yield _entry(f"modular-adder-{a}+{b}", ModularAdderGate(2), inputs, a | (a + b) % 4 << 2)
        yield _entry(f"multiplier-{a}*{b}", MultiplierGate(2), inputs, inputs | (a * b) << 4)
        yield Entry(f"fourier-adder-{a}+{b}", partial(_fourier_adder, a, b), certain(f"{a + b:03b}"))
    for x in (3, 5, 6):
        bits = [x >> place & 1 for place in range(3)]
        yield _entry(f"comparator-{x}", IntegerComparatorGate(3, BOUND), x, x | (x >= BOUND) << 3)
        yield _entry(f"and-{x}", AndGate(3, [1, 1, 0]), x, x | (bits[0] & bits[1]) << 3)
        yield _entry(f"or-{x}", OrGate(3, [0, 1, -1]), x, x | (bits[1] | 1 - bits[2]) << 3)
        yield _entry(f"oracle-{x}", BitFlipOracleGate(EXPRESSION), x, x | (bits[0] & bits[1] | 1 - bits[2]) << 3)
        yield _entry(f"controls-{x}", MCXGate(3, ctrl_state=BOUND), x, x | (x == BOUND) << 3)
        yield _entry(f"xor-{x}", BitwiseXorGate(4, MASK), x, x ^ MASK)
        permuted = sum((x >> source & 1) << place for place, source in enumerate(PATTERN))
        yield _entry(f"permutation-{x}", PermutationGate(list(PATTERN)), x, permuted)


def _entry(name: str, gate: Gate, before: int, after: int) -> Entry:
    def make() -> QuantumCircuit:
        circuit = QuantumCircuit(gate.num_qubits)
        circuit.x([qubit for qubit in range(gate.num_qubits) if before >> qubit & 1])
        circuit.append(gate, circuit.qubits)
        return circuit

    return Entry(name, make, certain(f"{after:0{gate.num_qubits}b}"))


def _fourier_adder(a: int, b: int) -> QuantumCircuit:
    """Adds b to a by turning phases, on three qubits."""
    circuit = QuantumCircuit(3)
    circuit.x([qubit for qubit in range(3) if a >> qubit & 1])
    circuit.append(QFTGate(3), circuit.qubits)
    for qubit in range(3):
        circuit.p(2 * pi * b / 2 ** (3 - qubit), qubit)
    circuit.append(QFTGate(3).inverse(), circuit.qubits)
    return circuit
