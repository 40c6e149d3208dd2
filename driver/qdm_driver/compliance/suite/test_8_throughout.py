"""What must hold of every call: of those of all checks before, and of some made here."""

import pytest

from qdm_driver.compliance.cases import skip_where
from qdm_driver.compliance.circuits.circuit import GradedCircuit
from qdm_driver.compliance.credentials import Credentials
from qdm_driver.compliance.device import DriverProcess
from qdm_driver.compliance.host.host import Host
from qdm_driver.compliance.host.messages import Calibrate, Describe
from qdm_driver.compliance.subject import Subject


@pytest.fixture(autouse=True)
def some_calls(new_process: DriverProcess, subject: Subject, coin: GradedCircuit) -> None:
    """Makes calls that may all succeed."""
    for call in (Describe(), new_process.execution(coin.payload, 1)):
        new_process.answer(call)
    new_process.answer(Calibrate(subject.device_id))


def test_cancel_signal(host: Host) -> None:
    """No method takes SIGUSR1, by which the host raises JobCancelled."""
    takers = [type(call).__name__ for call, answer in host.answers if not answer.cancellable]
    if takers:
        sentence = f"SIGUSR1 no longer reaches the host's handler after {takers[0]}"
        pytest.fail(f"{sentence}, so that no job can be cancelled; leave that signal alone", pytrace=False)


def test_calls_print_nothing(host: Host) -> None:
    """No method prints to standard output."""
    printing = [(type(call).__name__, answer.printed) for call, answer in host.answers if answer.printed]
    if printing:
        call, text = printing[0]
        pytest.fail(f"{call} printed {text[:60]!r}; use logging", pytrace=False)


def test_credentials(host: Host, subject: Subject) -> None:
    """Nothing that the driver returns, raises, logs or prints shows a credential that it was given."""
    credentials = Credentials.of(subject.secrets)
    skip_where("" if credentials else "credentials")
    shown = dict.fromkeys(sentence for told in host.answers for sentence in credentials.shown_by(*told))
    if shown:
        pytest.fail(f"{'; '.join(shown)}; keep credentials out of all that leaves the driver", pytrace=False)


def test_leaves_no_process(host: Host, new_process: DriverProcess) -> None:
    """What the driver starts ends when its process is killed."""
    new_process.worker.kill()
    if left := host.left_processes():
        sentence = f"{len(left)} processes outlived the driver's, such as {left[0]}"
        pytest.fail(f"{sentence}; start none in a session or process group of its own", pytrace=False)
