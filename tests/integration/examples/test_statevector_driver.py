"""The example driver, installed as its README says: discovered, described, and right."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

EXAMPLE = Path(__file__).parents[3] / "examples" / "statevector-driver"

RUN = """
import json, sys
from importlib.metadata import entry_points
from pathlib import Path
from qdm_driver import ArtifactStore, CircuitFormat, CircuitPayload, DeviceContext
from qdm_driver.discovery import discover, load_driver
from qdm_driver.validation import parse_config, parse_options

driver_class = load_driver("statevector", discover([]))
device = DeviceContext("sv", "sv", 2**30, ArtifactStore(Path(sys.argv[1])))
driver = driver_class()
driver.initialize(parse_config(driver_class.config_model, {"max_qubits": 3}, device))
options = parse_options(driver_class.options_model, {"seed": "5", "theta": "3.141592653589793"})
results = [
    driver.execute_circuit("sv", CircuitPayload(CircuitFormat.AQO_JSON, document.encode()), 100, options)
    for document in json.load(sys.stdin)
]
print(json.dumps([dict(sorted(result.counts.items())) for result in results]))
"""

FLIPPED_TWICE = [
    {"op": "RX", "q": [0], "params": {"theta": "theta"}},
    {"op": "MEASURE", "q": [0], "c": [0]},
    {"op": "RX", "q": [0], "params": {"theta": "theta"}},
    {"op": "MEASURE", "q": [0], "c": [1]},
]
CONTROLLED = [
    {"op": "RX", "q": [0], "params": {"theta": "theta"}},
    {"op": "SWAP", "q": [0, 2]},
    {"op": "CX", "q": [2, 0]},
    {"op": "CCX", "q": [0, 2, 1]},
    {"op": "RESET", "q": [0]},
]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the example distribution, as an installer leaves it."""
    folder = tmp_path_factory.mktemp("installed")
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*command, "--target", str(folder), str(EXAMPLE)], check=True)
    return folder


def run(command: list[str], installed: Path, given: str = "") -> str:
    environment = os.environ | {"PYTHONPATH": str(installed)}
    return subprocess.run(
        [sys.executable, *command], env=environment, check=True, capture_output=True, text=True, input=given
    ).stdout


def test_it_is_discovered_and_its_schemas_are_shown(installed: Path) -> None:
    drivers = json.loads(run(["-m", "qdm_cli", "drivers", "--json"], installed))["drivers"]
    (driver,) = [driver for driver in drivers if driver["name"] == "statevector"]
    assert driver["version"] == "1.0.0"
    assert "max_qubits" in driver["config_schema"]["properties"]
    assert "seed" in driver["options_schema"]["properties"]


def test_it_runs_circuits_with_symbols_collapse_and_controls(installed: Path, tmp_path: Path) -> None:
    documents = [
        json.dumps({"version": "0.1", "qubits": qubits, "operations": operations})
        for qubits, operations in ((2, FLIPPED_TWICE), (3, CONTROLLED))
    ]
    output = run(["-c", RUN, str(tmp_path)], installed, json.dumps(documents))
    assert json.loads(output) == [{"01": 100}, {"110": 100}]
