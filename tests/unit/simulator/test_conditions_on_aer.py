"""Conditions as Aer evaluates them, on registers wider than its integers."""

import random

import pytest

from qdm_circuits.circuit import Branch, Circuit, Measure, Operation, Register
from qdm_circuits.conditions import BitsBelow, BitsEqual, Condition, holds
from qdm_circuits.gates import Gate
from qdm_sidecar.engines.aer import AerEngine
from qdm_sidecar.engines.aer_plan import plan_for_aer


def outcome(condition: Condition, value: int, width: int) -> bool:
    """Writes ``value`` into a register, then tells through a measured qubit whether the condition holds."""
    write: list[Operation] = [Measure(1 if value >> clbit & 1 else 0, clbit) for clbit in range(width)]
    branch = Branch(condition, (Gate("x", (2,)),))
    operations = (Gate("x", (1,)), *write, branch, Measure(2, width))
    circuit = Circuit(3, (Register("c", width + 1),), operations)
    (bits,) = AerEngine(memory_bytes=2**28, threads=1).run(plan_for_aer(circuit, 20), 1, 0).counts
    assert bits[1:] == f"{value:0{width}b}"
    return bits[0] == "1"


@pytest.mark.parametrize("width", [1, 31, 32, 33, 63, 64, 65, 100])
@pytest.mark.parametrize("seed", range(4))
def test_a_register_of_any_width_is_compared_bit_by_bit(width: int, seed: int) -> None:
    rng = random.Random(1000 * width + seed)  # noqa: S311 - no secret
    value = rng.getrandbits(width)
    clbits = tuple(range(width))
    near = [value, value + 1, value - 1, value ^ 1 << rng.randrange(width), rng.getrandbits(width)]
    for bound in near:
        if 0 < bound < 2**width:
            for condition in (BitsEqual(clbits, bound), BitsBelow(clbits, bound)):
                assert outcome(condition, value, width) == holds(condition, [value >> bit & 1 for bit in clbits])
