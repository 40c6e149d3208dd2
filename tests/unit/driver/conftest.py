"""A device, and plugin folders made on the spot."""

import sys
from collections.abc import Callable, Iterator
from importlib.metadata import EntryPoint, EntryPoints
from pathlib import Path
from textwrap import dedent

import pytest

from qdm_driver import ArtifactStore, DeviceContext

GOOD_DRIVER = """
    from qdm_driver import BaseDriver, DriverConfig, ExecutionOptions

    class Good(BaseDriver[DriverConfig, ExecutionOptions]):
        version = "1"
        config_model = DriverConfig
        options_model = ExecutionOptions

        def initialize(self, config): ...
        def get_devices(self): ...
        def execute_circuit(self, device_id, circuit, shots, options): ...
        def get_device_status(self, device_id): ...
        def calibrate_device(self, device_id): ...
"""


@pytest.fixture
def device(tmp_path: Path) -> DeviceContext:
    return DeviceContext(
        device_id="sim:local", display_name="Sim", memory_bytes=2**30, artifacts=ArtifactStore(tmp_path / "artifacts")
    )


@pytest.fixture
def good_driver() -> str:
    """Source of a driver with nothing wrong."""
    return GOOD_DRIVER


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[Callable[..., Path]]:
    """Writes the source of a plugin into a folder and returns that folder."""
    before = set(sys.modules)

    def write(name: str, source: str, folder: str = "plugins") -> Path:
        path = tmp_path / folder / f"{name}.py"
        path.parent.mkdir(exist_ok=True)
        path.write_text(dedent(source))
        return path.parent

    yield write
    for module in set(sys.modules) - before:
        if module.startswith("qdm_plugin_"):
            del sys.modules[module]


@pytest.fixture
def installed(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Pretends that distributions with these entry points, and no others, are installed."""

    def pretend(**entry_points: str) -> None:
        found = [EntryPoint(name, value, "qdm.drivers") for name, value in entry_points.items()]
        monkeypatch.setattr(
            "qdm_driver.discovery.entry_points", lambda *, group: EntryPoints(found).select(group=group)
        )

    return pretend
