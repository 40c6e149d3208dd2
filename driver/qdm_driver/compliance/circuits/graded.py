"""The graded set: from one gate to small algorithms. Every probability has a closed form.

Apart from the circuits on bit order, results read the same from both ends, so that a driver that confuses the order is
told so once and not everywhere.
"""

import math
from collections.abc import Iterator

from qdm_driver.compliance.circuits.circuit import Topic
from qdm_driver.compliance.circuits.program import Program, Step, gate, measure, measure_all

PI = math.pi


def programs() -> tuple[Program, ...]:
    """Returns the whole set, the simplest first."""
    return (
        *_bit_order(),
        *_gates(),
        *_bases(),
        *_entanglement(),
        *_bits(),
        *_no_measurement(),
        *_collapse(),
        *_reset(),
        *_algorithms(),
    )


def symbolic() -> Program:
    """Returns a program whose angle is the symbol ``theta``; its probabilities are those of theta = pi."""
    return Program("symbol", Topic.SYMBOLS, 1, (gate("RX", 0, theta="theta"), measure((0, 0))), {"1": 1.0})


def dense(qubits: int) -> Program:
    """Returns a program that no simulator of Clifford circuits runs, on that many qubits; its result is not known."""
    steps = [step for qubit in range(qubits) for step in (gate("H", qubit), gate("T", qubit), gate("H", qubit))]
    steps += [gate("CX", qubit, qubit + 1) for qubit in range(qubits - 1)]
    return Program("dense", Topic.GATES, qubits, (*steps, measure_all(qubits)), {})


def last_of(qubits: int) -> Program:
    """Returns a program that names that many qubits and uses the last one."""
    steps = (gate("X", qubits - 1), measure((qubits - 1, 0)))
    return Program("last of all qubits", Topic.GATES, qubits, steps, {"1": 1.0})


def uniform_bit() -> Program:
    """Returns the toss of a coin."""
    return Program("coin", Topic.GATES, 1, (gate("H", 0), measure((0, 0))), {"0": 0.5, "1": 0.5})


def _bit_order() -> Iterator[Program]:
    topic = Topic.BIT_ORDER
    yield Program("x on qubit 1", topic, 2, (gate("X", 1), measure_all(2)), {"10": 1.0})
    yield Program("x on qubit 0 of 3", topic, 3, (gate("X", 0), measure_all(3)), {"001": 1.0})
    yield Program("measured crosswise", topic, 2, (gate("X", 0), measure((0, 1), (1, 0))), {"10": 1.0})


def _gates() -> Iterator[Program]:
    def one(name: str, *steps: Step, of_one: float) -> Program:
        qubits = 1 + max(qubit for step in steps for qubit in step.qubits)
        outcomes = {"0": 1 - of_one, "1": of_one}
        return Program(name, Topic.GATES, qubits, (*steps, measure((qubits - 1, 0))), outcomes)

    hadamard = gate("H", 0)
    yield one("x", gate("X", 0), of_one=1)
    yield one("y", gate("Y", 0), of_one=1)
    yield one("z", hadamard, gate("Z", 0), hadamard, of_one=1)
    yield one("h", hadamard, of_one=0.5)
    yield one("s", hadamard, gate("S", 0), gate("S", 0), hadamard, of_one=1)
    yield one("t", hadamard, gate("T", 0), hadamard, of_one=math.sin(PI / 8) ** 2)
    yield one("clifford and t", *(hadamard, gate("T", 0)) * 2, hadamard, of_one=0.25)
    yield one("rx", gate("RX", 0, theta=0.7), of_one=math.sin(0.35) ** 2)
    yield one("ry", gate("RY", 0, theta=-1.9), of_one=math.sin(0.95) ** 2)
    yield one("rz", hadamard, gate("RZ", 0, theta=2.3), hadamard, of_one=math.sin(1.15) ** 2)
    yield one("rz turns as s does", hadamard, gate("RZ", 0, theta=PI / 2), gate("S", 0), hadamard, of_one=1)
    yield one("t turns as s does", hadamard, gate("T", 0), gate("T", 0), gate("S", 0), hadamard, of_one=1)
    yield one("an angle beyond a turn", gate("RX", 0, theta=5 * PI), of_one=1)
    yield one("an integer angle", gate("RY", 0, theta=1), of_one=math.sin(0.5) ** 2)
    yield one("ry turns towards +x", gate("RY", 0, theta=PI / 2), hadamard, of_one=0)
    yield one("rx turns towards -y", gate("RX", 0, theta=PI / 2), gate("S", 0), hadamard, of_one=0)
    yield one("cx", gate("X", 0), gate("CX", 0, 1), of_one=1)
    yield one("cx without its control", gate("X", 1), gate("CX", 0, 1), of_one=1)
    yield one("cz", gate("X", 0), gate("H", 1), gate("CZ", 0, 1), gate("H", 1), of_one=1)
    yield one("swap", gate("RY", 0, theta=0.8), gate("SWAP", 0, 1), of_one=math.sin(0.4) ** 2)
    yield one("ccx", gate("X", 0), gate("X", 1), gate("CCX", 0, 1, 2), of_one=1)
    yield one("ccx with one control", gate("X", 0), gate("CCX", 0, 1, 2), of_one=0)
    yield one("ccz", *(gate("X", q) for q in (0, 1)), gate("H", 2), gate("CCZ", 0, 1, 2), gate("H", 2), of_one=1)


def _bases() -> Iterator[Program]:
    def one(name: str, *steps: Step, basis: str, outcomes: dict[str, float]) -> Program:
        return Program(name, Topic.BASES, 1, (*steps, measure((0, 0), basis=basis)), outcomes)

    plus = gate("H", 0)
    yield one("plus in x", plus, basis="X", outcomes={"0": 1.0})
    yield one("minus in x", plus, gate("Z", 0), basis="X", outcomes={"1": 1.0})
    yield one("plus i in y", plus, gate("S", 0), basis="Y", outcomes={"0": 1.0})
    yield one("minus i in y", gate("RX", 0, theta=PI / 2), basis="Y", outcomes={"1": 1.0})
    yield one("zero in x", gate("Z", 0), basis="X", outcomes={"0": 0.5, "1": 0.5})
    yield one("plus in y", plus, basis="Y", outcomes={"0": 0.5, "1": 0.5})


def _entanglement() -> Iterator[Program]:
    topic = Topic.ENTANGLEMENT
    bell = (gate("H", 0), gate("CX", 0, 1))
    yield Program("bell", topic, 2, (*bell, measure_all(2)), {"00": 0.5, "11": 0.5})
    in_x = tuple(measure((qubit, qubit), basis="X") for qubit in range(2))
    yield Program("bell in x", topic, 2, (*bell, *in_x), {"00": 0.5, "11": 0.5})
    for qubits in (3, 5):
        steps = (gate("H", 0), *(gate("CX", qubit, qubit + 1) for qubit in range(qubits - 1)), measure_all(qubits))
        yield Program(f"ghz {qubits}", topic, qubits, steps, {"0" * qubits: 0.5, "1" * qubits: 0.5})


def _bits() -> Iterator[Program]:
    steps = (gate("X", 0), measure((0, 0)), gate("X", 2), measure((2, 2)))
    yield Program("bit 1 is not written", Topic.BITS, 3, steps, {"101": 1.0})


def _no_measurement() -> Iterator[Program]:
    topic = Topic.NO_MEASUREMENT
    yield Program("all qubits", topic, 3, (gate("X", 1),), {"010": 1.0})
    yield Program("bell without measurement", topic, 2, (gate("H", 0), gate("CX", 0, 1)), {"00": 0.5, "11": 0.5})


def _collapse() -> Iterator[Program]:  # AQO has as many classical bits as qubits, so some of these are not used
    topic = Topic.COLLAPSE
    flip, half = gate("RX", 0, theta=PI), gate("RY", 0, theta=PI / 2)
    steps: tuple[Step, ...] = (flip, measure((0, 0)), flip, measure((0, 1)), flip, measure((0, 2)))
    yield Program("flipped between measurements", topic, 3, steps, {"101": 1.0}, dynamic=True)
    steps = (half, measure((0, 0)), half, measure((0, 1)))
    uniform = dict.fromkeys(("00", "01", "10", "11"), 0.25)
    yield Program("turned between measurements", topic, 2, steps, uniform, dynamic=True)
    steps = (gate("H", 0), measure((0, 0)), measure((0, 1)))
    yield Program("measured twice", topic, 2, steps, {"00": 0.5, "11": 0.5}, dynamic=True)
    steps = (measure((0, 0), basis="X"), measure((0, 1), basis="X"))
    yield Program("measured twice in x", topic, 2, steps, {"00": 0.5, "11": 0.5}, dynamic=True)
    steps = (gate("X", 0), measure((0, 0)), gate("X", 0), measure((0, 0)))
    yield Program("a bit is written twice", topic, 1, steps, {"0": 1.0}, dynamic=True)


def _reset() -> Iterator[Program]:
    topic = Topic.RESET
    yield Program("of one", topic, 1, (gate("X", 0), Step("RESET", (0,)), measure((0, 0))), {"0": 1.0}, dynamic=True)
    steps: tuple[Step, ...] = (gate("X", 0), gate("X", 1), Step("RESET", (0, 1)), measure_all(2))
    yield Program("of two at once", topic, 2, steps, {"00": 1.0}, dynamic=True)
    steps = (gate("H", 0), gate("CX", 0, 1), Step("RESET", (0,)), measure((0, 0), (1, 1)), measure((0, 2)))
    yield Program("of half a bell pair", topic, 3, steps, {"000": 0.5, "010": 0.5}, dynamic=True)


def _algorithms() -> Iterator[Program]:
    topic = Topic.ALGORITHMS
    hadamards = tuple(gate("H", qubit) for qubit in range(3))
    oracle = (gate("CX", 0, 3), gate("CX", 2, 3))
    steps = (gate("X", 3), gate("H", 3), *hadamards, *oracle, *hadamards, measure_all(3))
    yield Program("bernstein-vazirani of 101", topic, 4, steps, {"101": 1.0})
    diffusion = (*(gate(name, q) for name in "HX" for q in (0, 1)), gate("CZ", 0, 1))
    diffusion += tuple(gate(name, q) for name in "XH" for q in (0, 1))
    steps = (*hadamards[:2], gate("CZ", 0, 1), *diffusion, measure_all(2))
    yield Program("grover's search for 11", topic, 2, steps, {"11": 1.0})
    prepared = (gate("X", 0), gate("X", 2))
    uniform = {f"{value:03b}": 1 / 8 for value in range(8)}
    yield Program("fourier transform of 101", topic, 3, (*prepared, *_fourier(3), measure_all(3)), uniform)
    steps = (*prepared, *_fourier(3), *reversed(tuple(map(_inverse, _fourier(3)))), measure_all(3))
    yield Program("fourier transform and back", topic, 3, steps, {"101": 1.0})
    controlled_h = (gate("RY", 1, theta=-PI / 4), gate("CZ", 0, 1), gate("RY", 1, theta=PI / 4))
    first = gate("RY", 0, theta=2 * math.acos(math.sqrt(1 / 3)))
    steps = (first, *controlled_h, gate("CX", 1, 2), gate("CX", 0, 1), gate("X", 0), measure_all(3))
    yield Program("w state", topic, 3, steps, {"001": 1 / 3, "010": 1 / 3, "100": 1 / 3})


def _fourier(qubits: int) -> tuple[Step, ...]:
    steps: list[Step] = []
    for target in reversed(range(qubits)):
        steps.append(gate("H", target))
        for control in reversed(range(target)):
            steps += _controlled_phase(PI / 2 ** (target - control), control, target)
    return (*steps, *(gate("SWAP", qubit, qubits - 1 - qubit) for qubit in range(qubits // 2)))


def _controlled_phase(angle: float, control: int, target: int) -> tuple[Step, ...]:
    return (
        gate("RZ", control, theta=angle / 2),
        gate("CX", control, target),
        gate("RZ", target, theta=-angle / 2),
        gate("CX", control, target),
        gate("RZ", target, theta=angle / 2),
    )


def _inverse(step: Step) -> Step:
    return gate(step.op, *step.qubits, theta=None if step.theta is None else -float(step.theta))
