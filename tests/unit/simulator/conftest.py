import json
from collections.abc import Callable
from typing import Any

import pytest

from qdm_driver import ArtifactStore, CircuitFormat, CircuitPayload, DeviceContext, ExecutionResult
from qdm_driver.validation import parse_config, parse_options
from qdm_sidecar.plugins.simulator_driver import SimulatorConfig, SimulatorDriver, SimulatorOptions

DEVICE_ID = "sim:local"

MakeDriver = Callable[..., SimulatorDriver]


@pytest.fixture(scope="session")
def make_driver(tmp_path_factory: pytest.TempPathFactory) -> MakeDriver:
    """Makes an initialised driver; keywords are those of ``driverConfig``."""
    artifacts = ArtifactStore(tmp_path_factory.mktemp("artifacts"))

    def make(memory_bytes: int = 2**30, **driver_config: object) -> SimulatorDriver:
        device = DeviceContext(
            device_id=DEVICE_ID, display_name="Simulator", memory_bytes=memory_bytes, artifacts=artifacts
        )
        config = parse_config(SimulatorConfig, driver_config, device)
        assert isinstance(config, SimulatorConfig)
        driver = SimulatorDriver()
        driver.initialize(config)
        return driver

    return make


@pytest.fixture(scope="session")
def driver(make_driver: MakeDriver) -> SimulatorDriver:
    """A driver whose state must not be changed by a test."""
    return make_driver()


@pytest.fixture(scope="session")
def run(driver: SimulatorDriver) -> Callable[..., ExecutionResult]:
    """Runs OpenQASM 3 text or an AQO document; keywords are the request's options."""

    def run(program: str | dict[str, Any], shots: int = 1000, **options: str) -> ExecutionResult:
        if isinstance(program, str):
            payload = CircuitPayload(CircuitFormat.QASM3_TEXT, program.encode())
        else:
            payload = CircuitPayload(CircuitFormat.AQO_JSON, json.dumps(program).encode())
        parsed = parse_options(SimulatorOptions, options)
        assert isinstance(parsed, SimulatorOptions)
        return driver.execute_circuit(DEVICE_ID, payload, shots, parsed)

    return run
