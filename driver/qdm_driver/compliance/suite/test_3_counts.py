"""The graded circuits: counts have the exact distribution, whatever the format."""

from collections.abc import Callable

import pytest

from qdm_driver.compliance.cases import (
    circuits_on,
    fail_where_wrong,
    formats,
    formats_for_any_program,
    skip_unless_able,
    skip_unless_taken,
    skip_where,
    symbols,
)
from qdm_driver.compliance.circuits.catalogue import graded
from qdm_driver.compliance.circuits.circuit import GradedCircuit, Topic
from qdm_driver.compliance.circuits.graded import last_of, uniform_bit
from qdm_driver.compliance.circuits.qasm import NATIVE_FORMAT
from qdm_driver.compliance.device import MANY_SHOTS, SHOTS, DriverProcess
from qdm_driver.compliance.host.messages import Imported
from qdm_driver.compliance.subject import Subject
from qdm_driver.counts import result_problems
from qdm_driver.device import Capabilities
from qdm_driver.payload import CircuitFormat

Judge = Callable[[GradedCircuit], None]


@pytest.fixture
def judge(process: DriverProcess, capabilities: Capabilities) -> Judge:
    """Runs a circuit, and fails the check where the counts contradict its distribution."""

    def run(circuit: GradedCircuit) -> None:
        skip_unless_able(capabilities, circuit)
        fail_where_wrong(process.run(circuit, min(SHOTS, capabilities.max_shots)), circuit, process.subject)

    return run


@formats()
def test_claimed_format(process: DriverProcess, capabilities: Capabilities, encoding: CircuitFormat) -> None:
    """Every format of the capabilities is taken."""
    skip_unless_taken(capabilities, encoding)
    process.run(graded(uniform_bit(), encoding), shots=1)


@circuits_on(Topic.ENTANGLEMENT, Topic.BITS, Topic.NO_MEASUREMENT, Topic.COLLAPSE, Topic.REGISTERS)
def test_normalised(process: DriverProcess, capabilities: Capabilities, circuit: GradedCircuit) -> None:
    """Keys are bitstrings of one width, counts are positive and add up to the shots, for any number of shots."""
    skip_unless_able(capabilities, circuit)
    shots = min(101, capabilities.max_shots)
    _fail_where(result_problems(process.run(circuit, shots), shots))


def test_one_shot(process: DriverProcess, coin: GradedCircuit) -> None:
    """A single shot gives one count."""
    _fail_where(result_problems(process.run(coin, 1), 1))


def test_many_shots(process: DriverProcess, capabilities: Capabilities, coin: GradedCircuit) -> None:
    """As many shots as the device takes, up to 100,000, give as many counts."""
    shots = min(MANY_SHOTS, capabilities.max_shots)
    _fail_where(result_problems(process.run(coin, shots), shots))


@formats_for_any_program()
def test_last_qubit(judge: Judge, capabilities: Capabilities, encoding: CircuitFormat) -> None:
    """A circuit may name as many qubits as max_qubits says."""
    judge(graded(last_of(capabilities.max_qubits), encoding))


@circuits_on(Topic.BIT_ORDER)
def test_bit_order(judge: Judge, circuit: GradedCircuit) -> None:
    """Classical bit 0 is the rightmost character."""
    judge(circuit)


@circuits_on(Topic.GATES)
def test_gates(judge: Judge, circuit: GradedCircuit) -> None:
    """Every gate does what it is, with its angle in radians."""
    judge(circuit)


@circuits_on(Topic.BASES)
def test_bases(judge: Judge, circuit: GradedCircuit) -> None:
    """A measurement in the basis X or Y is one."""
    judge(circuit)


@circuits_on(Topic.ENTANGLEMENT)
def test_entanglement(judge: Judge, circuit: GradedCircuit) -> None:
    """Bell pairs and GHZ states are correlated."""
    judge(circuit)


@circuits_on(Topic.ALGORITHMS)
def test_algorithms(judge: Judge, circuit: GradedCircuit) -> None:
    """Small algorithms give their known answers."""
    judge(circuit)


@circuits_on(Topic.BITS)
def test_unwritten_bits(judge: Judge, circuit: GradedCircuit) -> None:
    """Classical bits that nothing writes are 0, and have their place."""
    judge(circuit)


@circuits_on(Topic.NO_MEASUREMENT)
def test_no_measurement(judge: Judge, circuit: GradedCircuit) -> None:
    """A program without any measurement measures all qubits."""
    judge(circuit)


@circuits_on(Topic.REGISTERS)
def test_registers(judge: Judge, circuit: GradedCircuit) -> None:
    """Registers stand in declaration order, the first rightmost; a loose bit is one of them."""
    judge(circuit)


@circuits_on(Topic.COLLAPSE)
def test_collapse(judge: Judge, circuit: GradedCircuit) -> None:
    """A measurement in mid-circuit collapses the qubit, and a later write to a bit wins."""
    judge(circuit)


@circuits_on(Topic.RESET)
def test_reset(judge: Judge, circuit: GradedCircuit) -> None:
    """RESET brings a qubit to 0, and leaves those that were entangled with it alone."""
    judge(circuit)


@circuits_on(Topic.FEED_FORWARD)
def test_feed_forward(judge: Judge, circuit: GradedCircuit) -> None:
    """What is measured decides what is run."""
    judge(circuit)


@symbols()
def test_symbols(judge: Judge, imported: Imported, circuit: GradedCircuit) -> None:
    """Options give symbols their values, where the options' schema accepts symbols."""
    skip_where("" if imported.accepts_symbols else "accepts_symbols")
    judge(circuit)


def test_native_circuits(process: DriverProcess, capabilities: Capabilities, subject: Subject) -> None:
    """The circuits that the author gives in the driver's native language have their distributions."""
    if not subject.native_circuits:
        skip_where("" if CircuitFormat.BACKEND_NATIVE in capabilities.formats else CircuitFormat.BACKEND_NATIVE.name)
        skip_where("" if capabilities.native_format != NATIVE_FORMAT else "a native_format unknown to the kit")
        pytest.fail(f"give circuits in {capabilities.native_format} with their distributions", pytrace=False)
    for circuit in subject.native_circuits:
        fail_where_wrong(process.run(circuit, min(SHOTS, capabilities.max_shots)), circuit, subject)


def _fail_where(problems: list[str]) -> None:
    if problems:
        pytest.fail("; ".join(problems), pytrace=False)
