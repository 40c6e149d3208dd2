"""Drivers in the test's own process, made and called as the sidecar's worker does."""

from pathlib import Path
from typing import Any, TypeVar

from qdm_driver import ArtifactStore, BaseDriver, CircuitFormat, CircuitPayload, DeviceContext, ExecutionResult
from qdm_driver.validation import parse_config, parse_options

DEVICE_ID = "sim:local"

Driver = TypeVar("Driver", bound=BaseDriver[Any, Any])


def make_driver(
    driver_class: type[Driver], artifacts: Path, memory_bytes: int = 2**30, **driver_config: object
) -> Driver:
    """Returns an initialised driver that keeps artifacts in a folder; keywords are those of ``driverConfig``."""
    device = DeviceContext(
        device_id=DEVICE_ID, display_name="Simulator", memory_bytes=memory_bytes, artifacts=ArtifactStore(artifacts)
    )
    driver = driver_class()
    driver.initialize(parse_config(driver_class.config_model, driver_config, device))
    return driver


def execute(
    driver: BaseDriver[Any, Any], encoding: CircuitFormat, data: bytes, shots: int, **options: str
) -> ExecutionResult:
    """Runs a payload; keywords are the request's options."""
    parsed = parse_options(driver.options_model, options)
    return driver.execute_circuit(DEVICE_ID, CircuitPayload(encoding, data), shots, parsed)
