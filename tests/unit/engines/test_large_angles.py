"""Engines get angles within the range that all of them turn by alike, wherever in a program these stand."""

import cmath
import math

import pytest

from qdm_circuits.circuit import Branch, Measure, Operation, Register, While, flatten, make_circuit
from qdm_circuits.conditions import BitsEqual
from qdm_circuits.gates import MAX_ANGLE, Gate

M, ONE = Measure(0, 0), BitsEqual((0,), 1)


@pytest.mark.parametrize("angle", [1e6, math.nextafter(1e6, 2e6), -1e7, 1e16, 1e300, -1e308])
def test_an_angle_comes_within_range_and_every_gate_does_what_it_did(angle: float) -> None:
    gates = (Gate("rx", (0,), (angle,)), Gate("u", (0,), (0.5, -angle, 1.5)))
    operations: tuple[Operation, ...] = (*gates, M, Branch(ONE, gates, gates), While(ONE, (*gates, M)))
    circuit = make_circuit(1, [Register("c", 1)], operations)
    made = [item for item in flatten(circuit.operations) if isinstance(item, Gate)]
    assert len(made) == 8
    for before, after in zip([*gates] * 4, made, strict=True):
        assert max(map(abs, after.params)) <= MAX_ANGLE
        phases, same = ([cmath.exp(0.5j * param) for param in gate.params] for gate in (before, after))
        assert same == pytest.approx(phases, abs=1e-15)


def test_angles_within_range_stay_as_they_are() -> None:
    gates = tuple(Gate("rx", (0,), (angle,)) for angle in (0.1, -MAX_ANGLE, MAX_ANGLE))
    assert make_circuit(1, [Register("c", 1)], (*gates, M)).operations == (*gates, M)
