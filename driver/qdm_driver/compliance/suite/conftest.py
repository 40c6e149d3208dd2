"""The driver's processes, and what it says of itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from pydantic import TypeAdapter

from qdm_driver.compliance.abilities import missing_format
from qdm_driver.compliance.circuits.catalogue import graded
from qdm_driver.compliance.circuits.circuit import GradedCircuit
from qdm_driver.compliance.circuits.graded import uniform_bit
from qdm_driver.compliance.device import DriverProcess, StandingProcess, returned
from qdm_driver.compliance.host.host import Host
from qdm_driver.compliance.host.messages import Describe, Imported, NotImported
from qdm_driver.compliance.plugin import SUBJECT
from qdm_driver.compliance.subject import Subject
from qdm_driver.device import Capabilities, DeviceInfo
from qdm_driver.payload import CircuitFormat

_DESCRIPTION = TypeAdapter(list[DeviceInfo])


StartProcess = Callable[[], DriverProcess]


@pytest.fixture(scope="session")
def subject(pytestconfig: pytest.Config) -> Subject:
    """What is judged."""
    return pytestconfig.stash[SUBJECT]


@pytest.fixture(scope="session")
def host(subject: Subject, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Host]:
    """The process that imports the driver."""
    host = Host(subject, tmp_path_factory.mktemp("artifacts"))
    yield host
    host.close()


@pytest.fixture(scope="session")
def imported(host: Host, request: pytest.FixtureRequest) -> Imported:
    """What the import came to. Without a driver there is nothing more to check."""
    with _vital(request.session, "the driver cannot be loaded"):
        answer = host.imported()
        if isinstance(answer, NotImported):
            pytest.fail(answer.problem, pytrace=False)
        return answer


@pytest.fixture(scope="session")
def start(host: Host, subject: Subject, imported: Imported) -> StartProcess:  # noqa: ARG001 - comes first
    """Starts processes with initialised drivers."""
    return lambda: DriverProcess.start(host, subject)


@pytest.fixture(scope="session")
def shared(start: StartProcess, request: pytest.FixtureRequest) -> StandingProcess:
    """The one process of all checks that disturb no other. Where none starts, there is nothing more to check."""
    with _vital(request.session, "the driver does not initialise"):
        return StandingProcess(start)


@pytest.fixture
def process(shared: StandingProcess) -> DriverProcess:
    """The shared process."""
    return shared.get()


@pytest.fixture
def new_process(start: StartProcess) -> Iterator[DriverProcess]:
    """A process of this check's own, that ran nothing yet."""
    process = start()
    yield process
    process.worker.kill()


@pytest.fixture
def other_process(start: StartProcess) -> Iterator[DriverProcess]:
    """A second one."""
    process = start()
    yield process
    process.worker.kill()


@pytest.fixture(scope="session")
def description(shared: StandingProcess, request: pytest.FixtureRequest) -> list[DeviceInfo]:
    """What ``get_devices`` returns. Without a right one there is nothing more to check."""
    with _vital(request.session, "the driver does not describe a device"):
        devices = _DESCRIPTION.validate_json(returned(shared.get().answer(Describe()).outcome, "get_devices"))
        if not devices:
            pytest.fail("get_devices returned none; describe the one device of the configuration", pytrace=False)
        return devices


@pytest.fixture(scope="session")
def capabilities(description: list[DeviceInfo]) -> Capabilities:
    """What the device says it can do."""
    return description[0].capabilities


@pytest.fixture(scope="session")
def coin(subject: Subject, capabilities: Capabilities) -> GradedCircuit:
    """A circuit that the device takes and whose outcome is random."""
    for encoding in CircuitFormat:
        if not missing_format(capabilities, encoding):
            return graded(uniform_bit(), encoding)
    for circuit in subject.native_circuits:
        if len(circuit.probabilities) > 1:
            return circuit
    pytest.fail(
        f"the kit has no circuit in {capabilities.native_format}; give some with --driver-native-circuits, "
        "one of them with several outcomes",
        pytrace=False,
    )


@contextmanager
def _vital(session: pytest.Session, reason: str) -> Iterator[None]:
    try:
        yield
    except BaseException:
        session.shouldfail = reason
        raise
