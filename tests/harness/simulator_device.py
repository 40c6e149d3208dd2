"""The built-in simulator in the test's own process, as the sidecar's worker would make and call it."""

from pathlib import Path

from qdm_driver import ArtifactStore, CircuitFormat, CircuitPayload, DeviceContext, ExecutionResult
from qdm_driver.validation import parse_config, parse_options
from qdm_sidecar.plugins.simulator_driver import SimulatorConfig, SimulatorDriver, SimulatorOptions

DEVICE_ID = "sim:local"


def make_simulator(artifacts: Path, memory_bytes: int = 2**30, **driver_config: object) -> SimulatorDriver:
    """Returns an initialised driver that keeps artifacts in a folder; keywords are those of ``driverConfig``."""
    device = DeviceContext(
        device_id=DEVICE_ID, display_name="Simulator", memory_bytes=memory_bytes, artifacts=ArtifactStore(artifacts)
    )
    config = parse_config(SimulatorConfig, driver_config, device)
    assert isinstance(config, SimulatorConfig)
    driver = SimulatorDriver()
    driver.initialize(config)
    return driver


def execute(
    driver: SimulatorDriver, encoding: CircuitFormat, data: bytes, shots: int, **options: str
) -> ExecutionResult:
    """Runs a payload; keywords are the request's options."""
    parsed = parse_options(SimulatorOptions, options)
    assert isinstance(parsed, SimulatorOptions)
    return driver.execute_circuit(DEVICE_ID, CircuitPayload(encoding, data), shots, parsed)
