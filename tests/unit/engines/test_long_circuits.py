"""Circuits of more gates than are merged at once."""

import pytest

from qdm_circuits.circuit import Circuit, Measure, Register
from qdm_circuits.gates import Gate
from qdm_sidecar.engines.aer import AerEngine
from qdm_sidecar.engines.choice import Engine, make_ready

AER = AerEngine(memory_bytes=2**28, threads=1)
X = Gate("x", (0,))


@pytest.mark.parametrize("gates", [999, 1_001, 2_501])
def test_no_gate_is_lost_between_what_is_merged(gates: int) -> None:
    circuit = Circuit(1, (Register("c", 1),), (*[X] * gates, Measure(0, 0)))
    assert make_ready(circuit, AER, 20, Engine.QSIM).run(100, 0).counts == {"1": 100}


def test_none_is_lost_before_a_measurement_on_the_way() -> None:
    turns = [X] * 1_001
    circuit = Circuit(1, (Register("c", 2),), (*turns, Measure(0, 0), *turns, Measure(0, 1)))
    assert make_ready(circuit, AER, 20, Engine.QSIM).run(100, 0).counts == {"01": 100}
