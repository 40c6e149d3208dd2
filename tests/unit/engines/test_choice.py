"""Which engine runs which circuit."""

import pytest

from qdm_circuits.circuit import Branch, Circuit, Measure, Register
from qdm_circuits.conditions import BitsEqual
from qdm_circuits.gates import Gate
from qdm_driver import InvalidRequestError, PreconditionError
from qdm_sidecar.engines import qsim_core
from qdm_sidecar.engines.aer import AerEngine
from qdm_sidecar.engines.choice import Engine, Shape, can_run, choose, make_ready

AER = AerEngine(memory_bytes=2**28, threads=1)
MOST_DENSE = 25


@pytest.mark.parametrize(
    ("shape", "engine"),
    [
        (Shape(2, clifford=True), Engine.STIM),
        (Shape(1_000, clifford=True), Engine.STIM),
        (Shape(100, clifford=True, sampled=False), Engine.STIM),
        (Shape(10, clifford=True, steered=True, sampled=False), Engine.QSIM),
        (Shape(19, clifford=True, steered=True, sampled=False), Engine.AER),
        (Shape(100, clifford=True, steered=True, sampled=False), Engine.AER),
        (Shape(1), Engine.QSIM),
        (Shape(25), Engine.QSIM),
        (Shape(10, repetition=1_000), Engine.QSIM),
        (Shape(10, repetition=1_001), Engine.AER),
        (Shape(18, sampled=False), Engine.QSIM),
        (Shape(19, sampled=False), Engine.AER),
    ],
)
def test_the_fastest_engine_that_can_is_chosen(shape: Shape, engine: Engine) -> None:
    assert choose(shape, MOST_DENSE) is engine
    assert can_run(engine, shape, MOST_DENSE)


def test_where_none_can_it_is_aer_which_says_why() -> None:
    assert choose(Shape(26), MOST_DENSE) is Engine.AER
    assert not can_run(Engine.AER, Shape(26), MOST_DENSE)


def test_a_device_with_less_memory_runs_fewer_qubits_on_every_dense_engine() -> None:
    assert not can_run(Engine.QSIM, Shape(11), 10)
    assert not can_run(Engine.AER, Shape(11), 10)
    assert can_run(Engine.AER, Shape(11, clifford=True), 10)


def test_where_qsim_is_not_to_be_had_aer_takes_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(qsim_core, "AVAILABLE", False)
    assert choose(Shape(10), MOST_DENSE) is Engine.AER
    with pytest.raises(InvalidRequestError, match="qsim cannot run this circuit; ask for aer"):
        make_ready(circuit(*TILTED), AER, MOST_DENSE, Engine.QSIM)


def circuit(*operations: Gate | Measure | Branch, num_qubits: int = 2) -> Circuit:
    return Circuit(num_qubits, (Register("c", 2),), operations)


BELL = (Gate("h", (0,)), Gate("cx", (0, 1)), Measure(0, 0), Measure(1, 1))
TILTED = (Gate("rx", (0,), (1.0,)), Gate("cx", (0, 1)), Measure(0, 0), Measure(1, 1))
FED_FORWARD = (
    Gate("rx", (0,), (1.0,)),
    Measure(0, 0),
    Branch(BitsEqual((0,), 1), (Gate("x", (1,)),)),
    Measure(1, 1),
)


@pytest.mark.parametrize(
    ("operations", "asked", "runs_on"),
    [
        (BELL, None, ("stim", "stabilizer")),
        (BELL, Engine.QSIM, ("qsim", "statevector")),
        (BELL, Engine.AER, ("qiskit-aer", "statevector")),
        (TILTED, None, ("qsim", "statevector")),
        (FED_FORWARD, None, ("qsim", "outcome_tree")),
        (FED_FORWARD, Engine.AER, ("qiskit-aer", "statevector")),
    ],
)
def test_a_result_says_what_ran(
    operations: tuple[Gate | Measure | Branch, ...], asked: Engine | None, runs_on: tuple[str, str]
) -> None:
    ready = make_ready(circuit(*operations), AER, MOST_DENSE, asked)
    assert (ready.engine.split()[0], ready.method) == runs_on
    assert sum(ready.run(100, 1).counts.values()) == 100


@pytest.mark.parametrize(
    ("operations", "asked"), [(TILTED, Engine.STIM), (FED_FORWARD, Engine.STIM)], ids=["no-clifford", "fed-forward"]
)
def test_an_engine_that_cannot_run_the_circuit_is_refused(
    operations: tuple[Gate | Measure | Branch, ...], asked: Engine
) -> None:
    with pytest.raises(InvalidRequestError, match=r"options\.engine: stim cannot run this circuit"):
        make_ready(circuit(*operations), AER, MOST_DENSE, asked)


@pytest.mark.parametrize("asked", [None, *Engine])
def test_a_circuit_that_no_engine_can_run_is_too_large_whatever_is_asked(asked: Engine | None) -> None:
    wide = [Gate("rx", (qubit,), (1.0,)) for qubit in range(60)]
    with pytest.raises(PreconditionError) as caught:
        make_ready(circuit(*wide, *(Measure(qubit, 0) for qubit in range(60)), num_qubits=60), AER, MOST_DENSE, asked)
    assert caught.value.kind == "CIRCUIT_TOO_LARGE"
