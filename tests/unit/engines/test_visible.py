"""What is left of a circuit that is worth running."""

import pytest

from qdm_circuits.circuit import Assign, Branch, Circuit, Measure, Operation, Register, Reset
from qdm_circuits.conditions import BitsEqual
from qdm_circuits.gates import Gate
from qdm_sidecar.engines.visible import visible

H, OTHER_H = Gate("h", (0,)), Gate("h", (1,))
CX = Gate("cx", (0, 1))
T, CZ = Gate("t", (0,)), Gate("cz", (0, 1))
M, OTHER_M = Measure(0, 0), Measure(1, 1)
ONE = BitsEqual((0,), 1)


def parts(*operations: Operation) -> tuple[tuple[Operation, ...], tuple[Measure, ...]]:
    seen = visible(Circuit(2, (Register("c", 2),), operations))
    return seen.body, seen.final


@pytest.mark.parametrize(
    ("operations", "body", "final"),
    [
        pytest.param((H, M, OTHER_H), (H,), (M,), id="a-gate-after-the-last-measurement"),
        pytest.param((H, OTHER_H, M), (H,), (M,), id="a-gate-on-a-qubit-nobody-measures"),
        pytest.param((H, CX, OTHER_H, M), (H, CX), (M,), id="a-gate-on-a-partner-after-they-met"),
        pytest.param((H, T, M), (H,), (M,), id="a-phase-before-a-measurement"),
        pytest.param((H, T, H, M), (H, T, H), (M,), id="a-phase-that-a-gate-makes-visible"),
        pytest.param((H, OTHER_H, CZ, M, OTHER_M), (H, OTHER_H), (M, OTHER_M), id="a-common-phase-before-both"),
        pytest.param(
            (H, OTHER_H, CZ, OTHER_H, M, OTHER_M), (H, OTHER_H, CZ, OTHER_H), (M, OTHER_M), id="a-phase-that-one-shows"
        ),
        pytest.param((H, T, M, H, M), (H, M, H), (M,), id="a-phase-before-a-measurement-on-the-way"),
        pytest.param((H, Measure(0, None), T, M), (H,), (M,), id="a-forgotten-measurement-before-another"),
        pytest.param((H, Measure(0, None), H, M), (H, Measure(0, None), H), (M,), id="a-forgotten-one-that-collapses"),
        pytest.param((Reset(0), H, M), (H,), (M,), id="a-reset-of-what-is-0"),
        pytest.param((H, CX, Reset(0), OTHER_M), (H, CX), (OTHER_M,), id="a-reset-that-nobody-sees"),
        pytest.param((H, T, Reset(0), H, M), (Reset(0), H), (M,), id="what-a-reset-wipes-out"),
        pytest.param((H, M, OTHER_H, OTHER_M), (H, OTHER_H), (M, OTHER_M), id="a-measurement-that-can-wait"),
        pytest.param((H, M, H, OTHER_H, OTHER_M), (H, OTHER_H), (M, OTHER_M), id="a-gate-after-one-that-can-wait"),
        pytest.param(
            (H, M, Branch(ONE, (OTHER_H,)), OTHER_M),
            (H, M, Branch(ONE, (OTHER_H,))),
            (OTHER_M,),
            id="a-measurement-that-decides",
        ),
        pytest.param((H, M, Assign(1, ONE)), (H, M, Assign(1, ONE)), (), id="a-measurement-that-is-read"),
        pytest.param((H, Assign(0, ONE), M), (H, Assign(0, ONE)), (M,), id="a-bit-that-is-overwritten"),
        pytest.param((H, M, OTHER_M), (H,), (M,), id="a-qubit-that-nothing-touches"),
    ],
)
def test_only_what_outcomes_depend_on_is_kept(
    operations: tuple[Operation, ...], body: tuple[Operation, ...], final: tuple[Measure, ...]
) -> None:
    assert parts(*operations) == (body, final)


def test_qubits_that_are_left_are_numbered_anew() -> None:
    circuit = Circuit(100, (Register("c", 2),), (Gate("h", (3,)), Gate("cx", (3, 97)), Measure(97, 1), Gate("x", (5,))))
    seen = visible(circuit)
    assert (seen.circuit.num_qubits, seen.body) == (2, (Gate("h", (0,)), Gate("cx", (0, 1))))
    assert seen.final == (Measure(1, 1),)
    assert seen.is_sampled
