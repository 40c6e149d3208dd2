"""Circuits of very many gates."""

from qdm_circuits.circuit import Circuit, Measure, Register
from qdm_circuits.gates import Gate
from qdm_sidecar.engines.aer import AerEngine
from qdm_sidecar.engines.choice import Engine, make_ready

AER = AerEngine(memory_bytes=2**28, threads=1)
TURNS = [Gate("x", (0,))] * 100_001


def test_no_gate_is_lost() -> None:
    circuit = Circuit(1, (Register("c", 1),), (*TURNS, Measure(0, 0)))
    assert make_ready(circuit, AER, 20, Engine.QSIM).run(100, 0).counts == {"1": 100}


def test_none_is_lost_before_a_measurement_on_the_way() -> None:
    circuit = Circuit(1, (Register("c", 2),), (*TURNS, Measure(0, 0), *TURNS, Measure(0, 1)))
    assert make_ready(circuit, AER, 20, Engine.QSIM).run(100, 0).counts == {"01": 100}
