"""The two lines that an author runs."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DRIVERS = str(Path(__file__).parent / "drivers")
MANIFEST = """
apiVersion: qdm.eigen-os.io/v1alpha1
kind: QuantumDevice
metadata: {{name: device}}
spec: {{deviceId: "lab:1", driver: {driver}, driverConfig: {{{config}}}}}
"""

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Runs a Python module from a folder that holds nothing."""

    def run_module(*arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "tests" / "harness")}
        command = [sys.executable, "-m", *arguments]
        return subprocess.run(command, env=environment, cwd=tmp_path, check=False, capture_output=True, text=True)

    return run_module


def check(name: str, *more: str) -> tuple[str, ...]:
    return ("qdm_cli", "drivers", "check", name, "--plugins", DRIVERS, *more)


def test_qdm_tells_that_a_driver_passes(run: Run) -> None:
    done = run(*check("right"))
    assert done.returncode == 0
    assert done.stdout.splitlines()[-1] == "right passes 46 checks; 4 do not concern it"
    assert done.stderr == ""


def test_qdm_tells_what_is_to_be_mended(run: Run) -> None:
    done = run(*check("ignored_reset"))
    assert done.returncode == 3
    assert "AQO_JSON: of one: 1 was counted in 4096 of 4096 shots and is impossible; possible is 0" in done.stdout
    assert done.stdout.splitlines()[-1] == "ignored_reset fails 1 of 50 checks"


def test_qdm_gives_all_of_it_as_json(run: Run) -> None:
    told = json.loads(run(*check("empty_reference", "--json")).stdout)
    assert (told["driver"], told["passes"]) == ("empty_reference", False)
    (failed,) = [check for check in told["checks"] if check["verdict"] == "failed"]
    assert failed.pop("promises").startswith("calibrate_device returns a reference that is a URI")
    sentence = "the reference '' is no URI; config.device.artifacts.put returns one"
    assert failed == {
        "check": "calibration",
        "verdict": "failed",
        "passed": 0,
        "skipped": [],
        "failed": [{"case": "", "sentence": sentence}],
    }


def test_qdm_takes_configuration_and_device_id_from_a_manifest(run: Run, tmp_path: Path) -> None:
    manifest = tmp_path / "device.yaml"
    manifest.write_text(MANIFEST.format(driver="right", config="speed: 5"))
    done = run(*check("right", "-f", str(manifest)))
    assert done.returncode == 3
    assert (
        "initialize: was refused with InvalidRequestError: driverConfig.speed: unknown field; remove it" in done.stdout
    )


@pytest.mark.parametrize(
    "arguments",
    [
        ("-f", "missing.yaml"),
        ("-f", "other.yaml"),
        ("--fidelity", "0"),
        ("--native-circuits", "other.yaml"),
        ("--secrets", "missing"),
    ],
)
def test_a_wrong_command_line_ends_before_anything_is_checked(
    run: Run, tmp_path: Path, arguments: tuple[str, ...]
) -> None:
    (tmp_path / "other.yaml").write_text(MANIFEST.format(driver="other", config=""))
    done = run(*check("right", *arguments))
    assert (done.returncode, done.stdout) == (2, "")


def test_a_device_with_credentials_is_not_checked_without_them(run: Run, tmp_path: Path) -> None:
    manifest = tmp_path / "device.yaml"
    manifest.write_text(MANIFEST.format(driver="right, secretRef: {name: lab-credentials}", config=""))
    done = run(*check("right", "-f", str(manifest)))
    assert (done.returncode, done.stdout) == (2, "")
    assert "needs the credentials 'lab-credentials'; give their folder with --secrets" in done.stderr


def test_pytest_runs_the_suite_and_ends_with_what_was_checked(run: Run, tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    done = run(
        *("pytest", "-p", "qdm_driver.compliance.plugin", "--pyargs", "qdm_driver.compliance"),
        *("--driver", "reversed_bits", "--driver-plugins", DRIVERS, "--driver-config", "config.json"),
        *("-k", "bit_order or unwritten_bits"),
    )
    assert done.returncode == 1
    lines = done.stdout.splitlines()
    summary = lines[next(index for index, line in enumerate(lines) if "compliance of driver reversed_bits" in line) :]
    assert [line.split() for line in summary[1:3]] == [
        ["failed", "bit_order", "3", "AQO_PROTO,", "QASM3_TEXT,", "BACKEND_NATIVE"],
        ["passed", "unwritten_bits", "1", "AQO_PROTO,", "QASM3_TEXT,", "BACKEND_NATIVE"],
    ]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((), "--driver NAME says which driver is judged"),
        (("--driver", "right", "--driver-config", "missing.json"), "No such file"),
    ],
)
def test_pytest_says_what_an_option_lacks(run: Run, arguments: tuple[str, ...], sentence: str) -> None:
    done = run("pytest", "-p", "qdm_driver.compliance.plugin", "--pyargs", "qdm_driver.compliance", *arguments)
    assert done.returncode == 4
    assert sentence in done.stderr
