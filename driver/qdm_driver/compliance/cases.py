"""The cases of the suite's checks, when one is skipped, and when one fails."""

import pytest

from qdm_driver.compliance.abilities import missing_ability, missing_format
from qdm_driver.compliance.circuits.catalogue import graded_circuits, symbolic_circuits
from qdm_driver.compliance.circuits.circuit import GradedCircuit, Topic
from qdm_driver.compliance.distributions import disagreement
from qdm_driver.compliance.malformed import malformed_payloads
from qdm_driver.compliance.subject import Subject
from qdm_driver.device import Capabilities
from qdm_driver.execution import ExecutionResult
from qdm_driver.payload import CircuitFormat


def circuits_on(*topics: Topic) -> pytest.MarkDecorator:
    """Runs a check on every circuit of these topics, in every format."""
    return pytest.mark.parametrize(
        "circuit",
        [
            pytest.param(circuit, id=f"{circuit.payload.format.name}: {circuit.name}")
            for circuit in graded_circuits()
            if circuit.topic in topics
        ],
    )


def symbols() -> pytest.MarkDecorator:
    """Runs a check on circuits whose symbols the options give."""
    return pytest.mark.parametrize(
        "circuit",
        [
            pytest.param(circuit, id=f"{circuit.payload.format.name}: {key}")
            for circuit in symbolic_circuits()
            for key in circuit.options
        ],
    )


def formats() -> pytest.MarkDecorator:
    """Runs a check once a format."""
    return pytest.mark.parametrize("encoding", [pytest.param(item, id=item.name) for item in CircuitFormat])


def formats_for_any_program() -> pytest.MarkDecorator:
    """Runs a check once a format in which the kit can write every program; as AQO_PROTO it only has stored ones."""
    encodings = [item for item in CircuitFormat if item is not CircuitFormat.AQO_PROTO]
    return pytest.mark.parametrize("encoding", [pytest.param(item, id=item.name) for item in encodings])


def malformed() -> pytest.MarkDecorator:
    """Runs a check on every payload that is wrong on any device."""
    return pytest.mark.parametrize(
        "malformed",
        [pytest.param(case, id=f"{case.payload.format.name}: {case.wrong}") for case in malformed_payloads()],
    )


def skip_unless_able(capabilities: Capabilities, circuit: GradedCircuit) -> None:
    """Skips the check where the capabilities say that the device lacks what the circuit needs."""
    skip_unless_taken(capabilities, circuit.payload.format)
    skip_where(missing_ability(capabilities, circuit))


def skip_unless_taken(capabilities: Capabilities, encoding: CircuitFormat) -> None:
    """Skips the check where the capabilities say that the device does not take the kit's payloads in a format."""
    skip_where(missing_format(capabilities, encoding))


def skip_where(missing: str) -> None:
    """Skips the check where a capability is missing; ``missing`` names it."""
    if missing:
        pytest.skip(missing)


def fail_where_wrong(result: ExecutionResult, circuit: GradedCircuit, subject: Subject, *, when: str = "") -> None:
    """Fails the check where the counts contradict the circuit's distribution."""
    if sentence := disagreement(result.counts, circuit.probabilities, subject.fidelity):
        pytest.fail(when + sentence, pytrace=False)
