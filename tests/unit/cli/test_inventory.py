from enum import StrEnum
from pathlib import Path

import pytest
from pydantic import BaseModel, Field

from qdm_cli.inventory import SchemaRow, driver_json, installed_drivers, schema_rows
from qdm_driver import DriverConfig

DRIVER = """
from qdm_driver import BaseDriver, DriverConfig, ExecutionOptions

class {name}(BaseDriver[DriverConfig, ExecutionOptions]):
    version = "1.2"
    config_model = DriverConfig
    options_model = ExecutionOptions
    def initialize(self, config): ...
    def get_devices(self): ...
    def execute_circuit(self, device_id, circuit, shots, options): ...
    def get_device_status(self, device_id): ...
    def calibrate_device(self, device_id): ...
"""


class Method(StrEnum):
    EXACT = "exact"
    FAST = "fast"


class Noise(BaseModel):
    t1: float = Field(50.0, gt=0, description="Microseconds.")


class Config(DriverConfig):
    host: str = Field(description="Where it is.")
    qubits: int = Field(5, ge=1, le=30)
    method: Method = Method.EXACT
    seed: int | None = None
    token: str = ""
    noise: Noise = Noise()


def test_a_schema_is_listed_field_by_field_without_what_the_host_gives() -> None:
    assert schema_rows(Config.model_json_schema()) == [
        SchemaRow("host", "string", "required", "Where it is."),
        SchemaRow("qubits", "integer, ≥ 1, ≤ 30", "5", ""),
        SchemaRow("method", "exact or fast", '"exact"', ""),
        SchemaRow("seed", "integer", "-", ""),
        SchemaRow("token", "string", '""', ""),
        SchemaRow("noise.t1", "number, > 0", "50.0", "Microseconds."),
    ]


@pytest.fixture
def plugins(tmp_path: Path) -> Path:
    (tmp_path / "sound_cli_driver.py").write_text(DRIVER.format(name="Sound"))
    (tmp_path / "torn_cli_driver.py").write_text("raise RuntimeError('torn')")
    return tmp_path


def test_a_broken_driver_is_listed_with_its_error_beside_the_others(plugins: Path) -> None:
    drivers = {driver.name: driver for driver in installed_drivers([plugins])}
    assert "torn" in drivers["torn_cli"].error
    assert drivers["torn_cli"].config_schema is None
    assert (drivers["sound_cli"].error, drivers["sound_cli"].version) == ("", "1.2")


def test_a_driver_as_json_has_one_stable_shape(plugins: Path) -> None:
    shapes = {driver.name: driver_json(driver) for driver in installed_drivers([plugins])}
    for shape in shapes.values():
        assert list(shape) == ["name", "source", "version", "error", "config_schema", "options_schema"]
    assert shapes["sound_cli"]["error"] is None
    assert shapes["torn_cli"]["version"] is None
