"""What importing the driver does: every worker is forked from a process that did it once."""

import pytest

from qdm_driver.compliance.device import DriverProcess
from qdm_driver.compliance.host.messages import Imported


def test_loads(imported: Imported) -> None:
    """The driver is found, can be imported in a fresh process, and has a version."""
    if not imported.version.strip():
        pytest.fail('the version is empty; set a class attribute such as version = "1.0.0"', pytrace=False)


def test_import_prints_nothing(imported: Imported) -> None:
    """Importing the driver prints nothing to standard output."""
    if imported.printed:
        pytest.fail(f"the import printed {imported.printed[:60]!r}; use logging", pytrace=False)


def test_import_starts_no_thread(imported: Imported) -> None:
    """Importing the driver starts no thread: a fork would lose it, and with it the locks it holds."""
    if imported.threads:
        names = ", ".join(imported.threads)
        pytest.fail(f"the import started the threads {names}; start them in initialize", pytrace=False)


def test_import_opens_no_socket(imported: Imported) -> None:
    """Importing the driver opens no connection: all workers would share it."""
    if imported.sockets:
        pytest.fail(f"the import opened {imported.sockets} sockets; connect in initialize", pytrace=False)


def test_import_changes_nothing(imported: Imported) -> None:
    """Importing the driver leaves signal handlers, the working directory and the outputs alone."""
    if imported.changed:
        pytest.fail(f"the import changed {', '.join(imported.changed)}; leave that to the host", pytrace=False)


def test_initialize(process: DriverProcess) -> None:
    """The driver initialises with this configuration in a forked process."""
    assert process.worker.alive
