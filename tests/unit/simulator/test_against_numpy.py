"""Random circuits with measurements, resets and branches, against exact probabilities computed in NumPy.

Each of the 24 circuits has a chi-square test at a rate of 4e-8, so that all together raise a false alarm in less than
one run of a million; and as all seeds are fixed, a pass stays a pass.
"""

import math
import random
from collections import defaultdict
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from numpy_states import ARITY, PARAMS, State, applied
from scipy.stats import chi2

from qdm_circuits.circuit import Branch, Circuit, Measure, Operation, Register, Reset
from qdm_circuits.conditions import AllOf, AnyOf, BitsBelow, BitsEqual, Condition, Differ, Not, holds
from qdm_circuits.gates import Gate
from qdm_sidecar.engines.aer import AerEngine, CircuitOnAer
from qdm_sidecar.engines.aer_plan import Method, Plan

QUBITS, CLBITS, SHOTS, RATE = 3, 3, 2000, 4e-8
CLIFFORD = ("x", "y", "z", "h", "s", "sdg", "sx", "sxdg", "cx", "cy", "cz", "swap")


def random_circuit(rng: random.Random, names: Sequence[str]) -> Circuit:
    operations = [*random_operations(rng, names, 14), *(Measure(qubit, qubit) for qubit in range(QUBITS - 1))]
    return Circuit(QUBITS, (Register("c", CLBITS),), tuple(operations))


def random_operations(rng: random.Random, names: Sequence[str], length: int) -> tuple[Operation, ...]:
    def one() -> Operation:
        match rng.random():
            case kind if kind < 0.68:
                name = rng.choice(names)
                params = tuple(rng.uniform(-math.pi, math.pi) for _ in range(PARAMS.get(name, 0)))
                return Gate(name, tuple(rng.sample(range(QUBITS), ARITY[name])), params)
            case kind if kind < 0.82:
                return Measure(rng.randrange(QUBITS), rng.choice([None, *range(CLBITS)]))
            case kind if kind < 0.88:
                return Reset(rng.randrange(QUBITS))
        inner = length // 3
        then, otherwise = random_operations(rng, names, inner), random_operations(rng, names, inner // 2)
        return Branch(random_condition(rng, 2), then, otherwise)

    return tuple(one() for _ in range(length))


def random_condition(rng: random.Random, depth: int) -> Condition:
    bits = tuple(rng.sample(range(CLBITS), rng.randint(1, CLBITS)))
    if not depth or rng.random() < 0.4:
        simple: list[Condition] = [BitsEqual(bits, rng.randrange(2 ** len(bits))), BitsBelow(bits, 1)]
        return rng.choice(simple)
    one, other = random_condition(rng, depth - 1), random_condition(rng, depth - 1)
    composed: list[Condition] = [Not(one), AllOf((one, other)), AnyOf((one, other)), Differ(one, other)]
    return rng.choice(composed)


def exact(circuit: Circuit) -> Mapping[str, float]:
    """Returns the probability of every bitstring, following each outcome of each measurement."""
    start = np.zeros(2**circuit.num_qubits, dtype=complex)
    start[0] = 1
    probabilities: dict[str, float] = defaultdict(float)
    follow(list(circuit.operations), start, [0] * circuit.num_clbits, probabilities)
    return probabilities


def follow(rest: list[Operation], state: State, bits: list[int], probabilities: dict[str, float]) -> None:
    for position, operation in enumerate(rest):
        match operation:
            case Gate():
                state = applied(operation, state)
            case Branch(condition, then, otherwise):
                taken = then if holds(condition, bits) else otherwise
                follow([*taken, *rest[position + 1 :]], state, bits, probabilities)
                return
            case Measure(qubit) | Reset(qubit):
                for outcome in (0, 1):
                    collapsed = np.where((np.arange(len(state)) >> qubit & 1) == outcome, state, 0)
                    if np.vdot(collapsed, collapsed).real < 1e-12:
                        continue
                    after = list(bits)
                    if isinstance(operation, Measure) and operation.clbit is not None:
                        after[operation.clbit] = outcome
                    elif isinstance(operation, Reset) and outcome:
                        collapsed = applied(Gate("x", (qubit,)), collapsed)
                    follow(rest[position + 1 :], collapsed, after, probabilities)
                return
    probabilities["".join(map(str, reversed(bits)))] += float(np.vdot(state, state).real)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize(
    ("names", "method"), [(tuple(ARITY), Method.STATEVECTOR), (CLIFFORD, Method.STABILIZER)], ids=[*Method]
)
def test_counts_agree_with_exact_probabilities(seed: int, names: Sequence[str], method: Method) -> None:
    circuit = random_circuit(random.Random(seed), names)  # noqa: S311 - no secret
    expected = exact(circuit)
    counts = CircuitOnAer(AerEngine(memory_bytes=2**28, threads=1), Plan(method, circuit)).run(SHOTS, seed).counts
    assert sum(expected.values()) == pytest.approx(1)
    assert counts.keys() <= {bits for bits, probability in expected.items() if probability > 1e-9}
    frequent = {bits: SHOTS * probability for bits, probability in expected.items() if SHOTS * probability >= 5}
    observed = [
        *(counts.get(bits, 0) for bits in frequent),
        sum(n for bits, n in counts.items() if bits not in frequent),
    ]
    wanted = [*frequent.values(), SHOTS - sum(frequent.values())]
    statistic = sum((o - w) ** 2 / w for o, w in zip(observed, wanted, strict=True) if w > 1e-6)
    assert chi2.sf(statistic, max(1, len(frequent) - 1)) > RATE, (seed, observed, wanted)
