"""Drivers in which nothing is wrong pass, and what their capabilities do not name is all that is skipped."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from qdm_driver.compliance.circuits.native import read_native_circuits
from qdm_driver.compliance.report import CaseResult, Verdict
from qdm_driver.compliance.run import check_driver
from qdm_driver.compliance.subject import Subject
from qdm_sidecar import plugins

Judge = Callable[..., list[CaseResult]]

EXAMPLE = Path(__file__).parents[3] / "examples" / "statevector-driver"
COIN = {"op": "H", "q": [0]}
BELL = (COIN, {"op": "CX", "q": [0, 1]})


def having(results: list[CaseResult], verdict: Verdict) -> dict[str, str]:
    return {f"{case.check} {case.case}".strip(): case.sentence for case in results if case.verdict is verdict}


def test_the_smallest_driver_passes_and_lacks_only_formats(judge: Judge) -> None:
    results = judge("right")
    assert having(results, Verdict.FAILED) == {}
    assert set(having(results, Verdict.SKIPPED).values()) == {
        "AQO_PROTO",
        "QASM3_TEXT",
        "BACKEND_NATIVE",
        "credentials",
    }


@pytest.mark.parametrize("config", [{}, {"engine": "aer"}, {"engine": "qsim"}], ids=str)
def test_the_simulator_passes_in_every_format(config: dict[str, str]) -> None:
    results = check_driver(Subject("simulator", tuple(map(Path, plugins.__path__)), config))
    assert having(results, Verdict.FAILED) == {}
    assert having(results, Verdict.SKIPPED).keys() == {"native_circuits", "unclaimed_format", "credentials"}


def test_the_example_driver_passes() -> None:
    results = check_driver(Subject("statevector", (EXAMPLE,), {"max_qubits": 10}))
    assert having(results, Verdict.FAILED) == {}
    assert set(having(results, Verdict.SKIPPED).values()) == {
        "AQO_PROTO",
        "QASM3_TEXT",
        "BACKEND_NATIVE",
        "credentials",
    }


def test_a_driver_that_does_not_know_whether_a_cancelled_job_was_sent_may_say_so(judge: Judge) -> None:
    assert having(judge("unknown_outcome"), Verdict.FAILED) == {}


def test_a_noisy_device_passes_with_the_fidelity_that_it_has(judge: Judge) -> None:
    assert having(judge("noisy", fidelity=0.9), Verdict.FAILED) == {}


def test_a_device_with_a_language_of_its_own_passes_by_the_circuits_that_its_author_gives(
    judge: Judge, tmp_path: Path
) -> None:
    def circuit(name: str, qubits: int, operations: object, **probabilities: float) -> dict[str, object]:
        program = "TINY " + json.dumps({"version": "1.0.0", "qubits": qubits, "operations": operations})
        return {
            "name": name,
            "program": program,
            "qubits": qubits,
            "probabilities": {bits.removeprefix("b"): chance for bits, chance in probabilities.items()},
        }

    file = tmp_path / "native.json"
    file.write_text(
        json.dumps([circuit("bell", 2, BELL, b00=0.5, b11=0.5), circuit("coin", 1, [COIN], b0=0.5, b1=0.5)])
    )
    results = judge("native", native_circuits=read_native_circuits(file))
    assert having(results, Verdict.FAILED) == {}
    assert next(case.verdict for case in results if case.check == "native_circuits") is Verdict.PASSED


@pytest.mark.parametrize("name", ["native_circuits", "one_shot", "cancellation"])
def test_a_device_with_a_language_of_its_own_is_not_passed_without_circuits(judge: Judge, name: str) -> None:
    assert "circuit" in having(judge("native"), Verdict.FAILED)[name]
