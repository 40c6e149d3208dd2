"""What every test of meaning stands on: drivers whose answers are held against others'."""

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path

import pytest
from hypothesis import settings
from in_process import execute, make_driver

from qdm_driver import ExecutionResult
from qdm_driver.discovery import discover, load_driver
from qdm_sidecar.plugins.simulator_driver import SimulatorDriver

os.environ["QDK_PYTHON_TELEMETRY"] = "none"  # qdk would send what is done with it

settings.register_profile("fuzz", max_examples=1_000)

EXAMPLES = Path(__file__).parents[2] / "examples"

Execute = Callable[..., ExecutionResult]


@pytest.fixture(scope="session")
def simulate(tmp_path_factory: pytest.TempPathFactory) -> Execute:
    """Runs a payload on the simulator: its format, its bytes, the shots, and the request's options as keywords."""
    return partial(execute, make_driver(SimulatorDriver, tmp_path_factory.mktemp("artifacts")))


@pytest.fixture(scope="session")
def simulate_stabilizers(tmp_path_factory: pytest.TempPathFactory) -> Execute:
    """Runs a payload as ``simulate`` does, on a simulator that takes more than one qubit in Clifford circuits only."""
    return partial(execute, make_driver(SimulatorDriver, tmp_path_factory.mktemp("artifacts"), max_qubits=1))


@pytest.fixture(scope="session")
def execute_example(tmp_path_factory: pytest.TempPathFactory) -> Execute:
    """Runs a payload on the example driver, as ``simulate`` does on the simulator."""
    driver_class = load_driver("statevector", discover([EXAMPLES / "statevector-driver"]))
    return partial(execute, make_driver(driver_class, tmp_path_factory.mktemp("artifacts")))
