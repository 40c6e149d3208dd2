"""The circuits that are measured, each in the words of every tool that runs it. A seed makes a circuit of its own."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import pi

from qiskit import QuantumCircuit

Operation = tuple[str, tuple[int, ...], float | None]


@dataclass(frozen=True, slots=True)
class Workload:
    """Gates by their lower-case name, with an angle where they take one; ``measure`` writes to the bit of its angle."""

    num_qubits: int
    operations: Sequence[Operation]

    def aqo(self) -> bytes:
        """Returns it as AQO_JSON."""
        operations = []
        for name, qubits, angle in self.operations:
            operation: dict[str, object] = {"op": name.upper(), "q": list(qubits)}
            if name == "measure":
                operation["c"] = [int(angle or 0)]
            elif angle is not None:
                operation["params"] = {"theta": angle}
            operations.append(operation)
        return json.dumps({"version": "1.0.0", "qubits": self.num_qubits, "operations": operations}).encode()

    def openqasm3(self) -> bytes:
        """Returns it as OpenQASM 3, all qubits measured at the end."""
        lines = [
            "OPENQASM 3.0;",
            'include "stdgates.inc";',
            f"qubit[{self.num_qubits}] q;",
            f"bit[{self.num_qubits}] c;",
        ]
        for name, qubits, angle in self.operations:
            operands = ", ".join(f"q[{qubit}]" for qubit in qubits)
            lines.append(f"{name}{'' if angle is None else f'({angle!r})'} {operands};")
        return "\n".join([*lines, "c = measure q;", ""]).encode()

    def qiskit(self) -> QuantumCircuit:
        """Returns it as a circuit of Qiskit, all qubits measured at the end where nothing is measured before."""
        circuit = QuantumCircuit(self.num_qubits, self.num_qubits)
        for name, qubits, angle in self.operations:
            if name == "measure":
                circuit.measure(qubits[0], int(angle or 0))
            else:
                getattr(circuit, name)(*(() if angle is None else (angle,)), *qubits)
        if not any(name == "measure" for name, _, _ in self.operations):
            circuit.measure(range(self.num_qubits), range(self.num_qubits))
        return circuit


def bell(seed: int) -> Workload:
    """A Bell pair, with a rotation before it that changes nothing but the text."""
    return Workload(2, [("rz", (0,), seed * 1e-6), ("h", (0,), None), ("cx", (0, 1), None)])


def dense(num_qubits: int, num_gates: int, seed: int) -> Workload:
    """Rotations on random qubits, and a CX in ten gates on random pairs three times."""
    dice = random.Random(seed)
    operations: list[Operation] = []
    for _ in range(num_gates):
        if num_qubits > 1 and dice.random() < 0.3:
            operations.append(("cx", _pair(dice, num_qubits), None))
        else:
            operations.append((dice.choice(("rx", "ry", "rz")), (dice.randrange(num_qubits),), dice.uniform(0, 2 * pi)))
    return Workload(num_qubits, operations)


def layered(num_qubits: int, num_layers: int, seed: int) -> Workload:
    """Layers of RY and RZ on every qubit and of CX on every pair of neighbours."""
    dice = random.Random(seed)
    operations: list[Operation] = []
    for _ in range(num_layers):
        for qubit in range(num_qubits):
            operations += [(name, (qubit,), dice.uniform(0, 2 * pi)) for name in ("ry", "rz")]
        operations += _chain(num_qubits)
    return Workload(num_qubits, operations)


def clifford(num_qubits: int, num_gates: int, seed: int) -> Workload:
    """Random Clifford gates, half of them on pairs."""
    dice = random.Random(seed)
    operations: list[Operation] = []
    for _ in range(num_gates):
        if dice.random() < 0.5:
            operations.append((dice.choice(("h", "s", "x", "y", "z")), (dice.randrange(num_qubits),), None))
        else:
            operations.append((dice.choice(("cx", "cz")), _pair(dice, num_qubits), None))
    return Workload(num_qubits, operations)


def mid_circuit(num_qubits: int, rounds: int, seed: int) -> Workload:
    """Layers of RY and CX, after each of which one qubit is measured."""
    dice = random.Random(seed)
    operations: list[Operation] = []
    for number in range(rounds):
        operations += [("ry", (qubit,), dice.uniform(0, 2 * pi)) for qubit in range(num_qubits)]
        operations += _chain(num_qubits)
        operations.append(("measure", (number % num_qubits,), float(number % num_qubits)))
    return Workload(num_qubits, operations)


def mid_clifford(num_qubits: int, rounds: int, seed: int) -> Workload:
    """H on all qubits, all measured, H on all again, and so on; which qubit turns first depends on the seed."""
    first = seed % num_qubits
    qubits = [*range(first, num_qubits), *range(first)]
    operations: list[Operation] = [("x", (seed // num_qubits % num_qubits,), None)]
    for _ in range(rounds):
        operations += [("h", (qubit,), None) for qubit in qubits]
        operations += [("measure", (qubit,), float(qubit)) for qubit in qubits]
        operations += [("h", (qubit,), None) for qubit in qubits]
    return Workload(num_qubits, operations)


def native(num_qubits: int, num_gates: int, seed: int) -> Workload:
    """RZ, SX and CX on random qubits: what compilers leave."""
    dice = random.Random(seed)
    operations: list[Operation] = []
    for _ in range(num_gates):
        match dice.choice(("rz", "sx", "cx")):
            case "rz":
                operations.append(("rz", (dice.randrange(num_qubits),), dice.uniform(0, 2 * pi)))
            case "sx":
                operations.append(("sx", (dice.randrange(num_qubits),), None))
            case _:
                operations.append(("cx", _pair(dice, num_qubits), None))
    return Workload(num_qubits, operations)


def _chain(num_qubits: int) -> Iterator[Operation]:
    return (("cx", (qubit, qubit + 1), None) for qubit in range(num_qubits - 1))


def _pair(dice: random.Random, num_qubits: int) -> tuple[int, int]:
    one, other = dice.sample(range(num_qubits), 2)
    return one, other
