"""Circuits of very many gates, and of the same gate as often as qsim takes it, and more often."""

import pytest

from qdm_circuits.circuit import Circuit, Measure, Operation, Register
from qdm_circuits.gates import Gate
from qdm_sidecar.engines.aer import AerEngine
from qdm_sidecar.engines.choice import Engine, make_ready
from qdm_sidecar.engines.qsim_core import MAX_REPETITION

AER = AerEngine(memory_bytes=2**28, threads=1)
X = Gate("x", (0,))
TURN = Gate("rx", (0,), (3.0,))
BACK = Gate("rx", (0,), (-3.0,))
M, FIRST_M = Measure(0, 1), Measure(0, 0)


@pytest.mark.parametrize("gates", [999, 1_001, 2_501])
def test_no_gate_is_lost(gates: int) -> None:
    circuit = Circuit(1, (Register("c", 1),), (*[X] * gates, Measure(0, 0)))
    assert make_ready(circuit, AER, 20, Engine.QSIM).run(100, 0).counts == {"1": 100}


def test_none_is_lost_before_a_measurement_on_the_way() -> None:
    turns = [X] * 1_001
    circuit = Circuit(1, (Register("c", 2),), (*turns, Measure(0, 0), *turns, Measure(0, 1)))
    assert make_ready(circuit, AER, 20, Engine.QSIM).run(100, 0).counts == {"01": 100}


@pytest.mark.parametrize(("gates", "engine"), [(MAX_REPETITION, "qsim"), (2 * MAX_REPETITION, "qiskit-aer")])
@pytest.mark.parametrize("on_the_way", [(), (FIRST_M,)], ids=["measured-last", "measured-on-the-way"])
def test_what_is_repeated_too_often_goes_to_aer(gates: int, engine: str, on_the_way: tuple[Operation, ...]) -> None:
    pairs = [TURN, BACK] * (gates // 2 - 1)
    ready = make_ready(Circuit(1, (Register("c", 2),), (*pairs, *on_the_way, TURN, BACK, M)), AER, 20, None)
    assert ready.engine.startswith(engine)
    assert ready.run(100, 0).counts == {"00": 100}
