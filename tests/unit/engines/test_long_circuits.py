"""Circuits of gates repeated as often as qsim takes them, and more often."""

import pytest

from qdm_circuits.circuit import Circuit, Measure, Operation, Register
from qdm_circuits.gates import Gate
from qdm_sidecar.engines.aer import AerEngine
from qdm_sidecar.engines.choice import make_ready
from qdm_sidecar.engines.qsim_core import MAX_REPETITION

AER = AerEngine(memory_bytes=2**28, threads=1)
TURN = Gate("rx", (0,), (3.0,))
BACK = Gate("rx", (0,), (-3.0,))
M, FIRST_M = Measure(0, 1), Measure(0, 0)


@pytest.mark.parametrize(("gates", "engine"), [(MAX_REPETITION, "qsim"), (2 * MAX_REPETITION, "qiskit-aer")])
@pytest.mark.parametrize("on_the_way", [(), (FIRST_M,)], ids=["measured-last", "measured-on-the-way"])
def test_no_gate_is_lost(gates: int, engine: str, on_the_way: tuple[Operation, ...]) -> None:
    pairs = [TURN, BACK] * (gates // 2 - 1)
    ready = make_ready(Circuit(1, (Register("c", 2),), (*pairs, *on_the_way, TURN, BACK, M)), AER, 20, None)
    assert ready.engine.startswith(engine)
    assert ready.run(100, 0).counts == {"00": 100}
