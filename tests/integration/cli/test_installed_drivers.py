"""What is told of the installed drivers, whatever one of them does when it is loaded."""

import json
from pathlib import Path

import pytest

from qdm_cli.inventory import InstalledDriver, driver_json, installed_drivers

SOUND = """
from pathlib import Path
from queue import Queue

from qdm_driver import BaseDriver, DriverConfig, ExecutionOptions

class Config(DriverConfig):
    model_config = {"arbitrary_types_allowed": True}
    folder: Path
    queue: Queue | None = Queue()

class Sound(BaseDriver[Config, ExecutionOptions]):
    version = "1.2"
    config_model = Config
    options_model = ExecutionOptions
    def initialize(self, config): ...
    def get_devices(self): ...
    def execute_circuit(self, device_id, circuit, shots, options): ...
    def get_device_status(self, device_id): ...
    def calibrate_device(self, device_id): ...
"""


def plugin(folder: Path, name: str, source: str) -> None:
    (folder / f"{name}_driver.py").write_text(source)


def listed(folder: Path, *, seconds: float = 60.0) -> dict[str, InstalledDriver]:
    return {driver.name: driver for driver in installed_drivers([folder], seconds=seconds)}


@pytest.mark.parametrize(
    ("does", "problem"),
    [
        ("raise RuntimeError('torn')", "RuntimeError: torn"),
        ("raise SystemExit(3)", "SystemExit: 3"),
        ("import os; os._exit(0)", "its process ended meanwhile (exit code 0)"),
        ("import os; os.abort()", "its process ended meanwhile (SIGABRT)"),
    ],
)
def test_a_broken_driver_is_listed_with_its_error_beside_the_others(tmp_path: Path, does: str, problem: str) -> None:
    plugin(tmp_path, "torn", does)
    plugin(tmp_path, "sound", SOUND)
    drivers = listed(tmp_path)
    assert drivers["torn"].error == f"driver 'torn' (plugin {tmp_path}/torn_driver.py) cannot be loaded: {problem}"
    assert drivers["torn"].config_schema is None
    assert (drivers["sound"].error, drivers["sound"].version) == ("", "1.2")


def test_a_driver_whose_import_hangs_is_listed_as_one_that_takes_too_long(tmp_path: Path) -> None:
    plugin(tmp_path, "stuck", "import threading; threading.Event().wait()")
    assert "cannot be loaded: it takes longer than 2 s" in listed(tmp_path, seconds=2)["stuck"].error


def test_a_field_that_has_no_json_schema_may_be_anything(tmp_path: Path) -> None:
    plugin(tmp_path, "sound", SOUND)
    schema = listed(tmp_path)["sound"].config_schema
    assert schema is not None
    assert schema["properties"]["folder"]["format"] == "path"
    assert "type" not in schema["properties"]["queue"]


def test_what_a_driver_prints_and_leaves_running_is_not_among_the_data(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    plugin(tmp_path, "loud", SOUND + "print('welcome'); import threading; threading.Thread(target=input).start()")
    assert listed(tmp_path)["loud"].version == "1.2"
    assert capfd.readouterr().out == ""


def test_a_driver_as_json_has_one_stable_shape(tmp_path: Path) -> None:
    plugin(tmp_path, "torn", "1 / 0")
    plugin(tmp_path, "sound", SOUND)
    shapes = {driver.name: driver_json(driver) for driver in installed_drivers([tmp_path])}
    for shape in shapes.values():
        assert list(shape) == ["name", "source", "version", "error", "config_schema", "options_schema"]
        assert json.loads(json.dumps(shape)) == shape
    assert shapes["sound"]["error"] is None
    assert shapes["torn"]["version"] is None
