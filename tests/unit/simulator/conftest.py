import json
from collections.abc import Callable
from functools import partial
from typing import Any

import in_process
import pytest

from qdm_driver import CircuitFormat, ExecutionResult
from qdm_sidecar.plugins.simulator_driver import SimulatorDriver

MakeDriver = Callable[..., SimulatorDriver]


@pytest.fixture(scope="session")
def make_driver(tmp_path_factory: pytest.TempPathFactory) -> MakeDriver:
    """Makes an initialised driver; keywords are those of ``driverConfig``."""
    return partial(in_process.make_driver, SimulatorDriver, tmp_path_factory.mktemp("artifacts"))


@pytest.fixture(scope="session")
def driver(make_driver: MakeDriver) -> SimulatorDriver:
    """A driver whose state must not be changed by a test."""
    return make_driver()


@pytest.fixture(scope="session")
def run(driver: SimulatorDriver) -> Callable[..., ExecutionResult]:
    """Runs OpenQASM 3 text or an AQO document; keywords are the request's options."""

    def run(program: str | dict[str, Any], shots: int = 1000, **options: str) -> ExecutionResult:
        if isinstance(program, str):
            return in_process.execute(driver, CircuitFormat.QASM3_TEXT, program.encode(), shots, **options)
        return in_process.execute(driver, CircuitFormat.AQO_JSON, json.dumps(program).encode(), shots, **options)

    return run
