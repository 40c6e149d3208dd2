"""Every statement of control flow that Qiskit's circuits have, in circuits whose outcomes are known."""

from collections.abc import Callable, Iterator, Mapping
from math import cos, sin

from qiskit import ClassicalRegister, QuantumCircuit, QuantumRegister
from qiskit.circuit.classical import expr, types

from corpora.answers import certain, evenly
from corpora.entry import Entry

ANGLE = 1.1


def control_flow_entries() -> Iterator[Entry]:
    """Yields circuits with branches, loops, switches and variables."""
    for make, answer in _ANSWERS.items():
        yield Entry(make.__name__.strip("_").replace("_", "-"), make, answer, dynamic=True)


def _teleportation() -> QuantumCircuit:
    out = ClassicalRegister(1, "out")
    circuit = QuantumCircuit(QuantumRegister(3, "q"), ClassicalRegister(2, "c"), out)
    circuit.ry(ANGLE, 0)
    circuit.h(1)
    circuit.cx(1, 2)
    circuit.cx(0, 1)
    circuit.h(0)
    circuit.measure([0, 1], [0, 1])
    with circuit.if_test((1, 1)):
        circuit.x(2)
    with circuit.if_test((0, 1)):
        circuit.z(2)
    circuit.measure(2, out[0])
    return circuit


def _register_condition() -> QuantumCircuit:
    register = ClassicalRegister(2, "c")
    circuit = QuantumCircuit(QuantumRegister(3, "q"), register, ClassicalRegister(1, "out"))
    circuit.h([0, 1])
    circuit.measure([0, 1], [0, 1])
    with circuit.if_test((register, 2)) as otherwise:
        circuit.x(2)
    with otherwise:
        circuit.z(2)
    circuit.measure(2, 2)
    return circuit


def _repeat_until_zero() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2)
    circuit.x(0)
    circuit.measure(0, 0)
    with circuit.while_loop((0, 1)):
        circuit.h(0)
        circuit.measure(0, 0)
        circuit.x(1)
        circuit.x(1)
    circuit.x(1)
    circuit.measure(1, 1)
    return circuit


def _loop_that_breaks() -> QuantumCircuit:
    circuit = QuantumCircuit(4, 4)
    with circuit.for_loop(range(4)):
        circuit.h(0)
        circuit.measure(0, 0)
        with circuit.if_test((0, 1)):
            circuit.break_loop()
        circuit.x(1)
        circuit.measure(1, 1)
    return circuit


def _loop_that_continues() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2)
    with circuit.for_loop(range(3)):
        circuit.h(0)
        circuit.measure(0, 0)
        with circuit.if_test((0, 1)):
            circuit.continue_loop()
        circuit.x(1)
    circuit.measure(1, 1)
    circuit.reset(0)
    circuit.measure(0, 0)
    return circuit


def _switch_on_a_register() -> QuantumCircuit:
    register = ClassicalRegister(2, "c")
    circuit = QuantumCircuit(QuantumRegister(4, "q"), register, ClassicalRegister(2, "out"))
    circuit.h([0, 1])
    circuit.measure([0, 1], [0, 1])
    with circuit.switch(register) as case:
        with case(1):
            circuit.x(2)
        with case(2, 3):
            circuit.x(3)
        with case(case.DEFAULT):
            circuit.x([2, 3])
    circuit.measure([2, 3], [2, 3])
    return circuit


def _expressions() -> QuantumCircuit:
    one, other = ClassicalRegister(2, "a"), ClassicalRegister(2, "b")
    circuit = QuantumCircuit(QuantumRegister(5, "q"), one, other, ClassicalRegister(1, "out"))
    circuit.x([0, 2, 3])
    circuit.measure(range(4), range(4))
    larger = expr.less(expr.bit_and(one, other), expr.bit_xor(one, other))
    with circuit.if_test(expr.logic_and(larger, expr.logic_not(one[1]))):
        circuit.x(4)
    circuit.measure(4, 4)
    return circuit


def _variable() -> QuantumCircuit:
    circuit = QuantumCircuit(2, 2)
    number = circuit.add_var("number", expr.lift(3, types.Uint(4)))
    circuit.h(0)
    circuit.measure(0, 0)
    with circuit.if_test((0, 1)):
        circuit.store(number, expr.bit_xor(number, expr.lift(6, types.Uint(4))))
    with circuit.if_test(expr.equal(number, expr.lift(5, types.Uint(4)))):
        circuit.x(1)
    circuit.measure(1, 1)
    return circuit


_ANSWERS: Mapping[Callable[[], QuantumCircuit], Mapping[str, float]] = {
    _teleportation: {
        f"{out}{bits}": chance / 4
        for out, chance in (("0", cos(ANGLE / 2) ** 2), ("1", sin(ANGLE / 2) ** 2))
        for bits in ("00", "01", "10", "11")
    },
    _register_condition: evenly(("000", "001", "110", "011")),
    _repeat_until_zero: certain("10"),
    _loop_that_breaks: {"0001": 1 / 2 + 1 / 8, "0011": 1 / 4 + 1 / 16, "0000": 1 / 16},
    _loop_that_continues: evenly(("00", "10")),
    _switch_on_a_register: evenly(("1100", "0101", "1010", "1011")),
    _expressions: certain("11101"),
    _variable: evenly(("00", "11")),
}
