import json
import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

StartQdm = Callable[..., subprocess.Popen[str]]
Qdm = Callable[..., subprocess.CompletedProcess[str]]
StartFleet = Callable[[str], tuple[subprocess.Popen[str], str]]

FLEET = """
apiVersion: qdm.eigen-os.io/v1alpha1
kind: QuantumDevice
metadata: {{name: probe-1}}
spec: {{deviceId: "probe:1", driver: probe, driverConfig: {{ledger: {ledger}, repeatable: true}}}}
---
apiVersion: qdm.eigen-os.io/v1alpha1
kind: QuantumDevice
metadata: {{name: twin}}
spec: {{deviceId: "probe:1", driver: probe}}
---
apiVersion: qdm.eigen-os.io/v1alpha1
kind: QuantumDevice
metadata: {{name: unknown-driver}}
spec: {{driver: nonsense}}
---
apiVersion: qdm.eigen-os.io/v1alpha1
kind: QuantumDevice
metadata: {{name: bad-config}}
spec: {{driver: probe, driverConfig: {{ledger: {ledger}, token: NO}}}}
"""


@pytest.fixture
def circuit(tmp_path: Path) -> str:
    file = tmp_path / "circuit.json"
    file.write_text("{}")
    return str(file)


def test_a_fleet_comes_up_serves_every_command_and_goes(
    qdm: Qdm, start_fleet: StartFleet, circuit: str, tmp_path: Path
) -> None:
    process, address = start_fleet(FLEET.format(ledger=tmp_path / "ledger"))
    at = ("--address", address)

    table = [line.split(None, 3) for line in (tmp_path / "fleet.out").read_text().splitlines()]
    assert [row[:3] for row in table[1:4]] == [
        ["probe:1", "probe", "online"],
        ["unknown-driver", "nonsense", "error"],
        ["bad-config", "probe", "error"],
    ]
    assert "driverConfig.token" in table[3][3]
    assert "document 2: spec.deviceId: 'probe:1' is taken" in (tmp_path / "fleet.err").read_text()

    listed = json.loads(qdm("devices", "--json", *at).stdout)["devices"]
    assert [(device["device_id"], device["status"]) for device in listed] == [
        ("bad-config", "ERROR"),
        ("probe:1", "ONLINE"),
        ("unknown-driver", "ERROR"),
    ]
    assert json.loads(qdm("status", "bad-config", "--json", *at).stdout)["metadata"]["reason"] == "ConfigInvalid"
    assert "Ready" in qdm("status", "probe:1", *at).stdout

    ran = qdm("run", circuit, "--device", "probe:1", "--shots", "7", *at)
    assert (ran.returncode, ran.stderr) == (0, "")
    assert [line.split() for line in ran.stdout.splitlines()[1:2]] == [["0", "█" * 50, "7", "100.0", "%"]]

    lines = qdm("run", circuit, circuit, "--device", "probe:1", "--shots", "7", "--json", *at).stdout.splitlines()
    assert [json.loads(line)["counts"] for line in lines] == [{"0": 7}, {"0": 7}]

    assert qdm("calibrate", "probe:1", *at).stdout.startswith("qdm-artifact:sha256:")

    process.send_signal(signal.SIGINT)
    assert process.wait() == 0
    assert qdm("devices", *at).returncode == 5


def test_failures_have_their_exit_code_and_the_next_call_works(
    qdm: Qdm, start_qdm: StartQdm, start_fleet: StartFleet, circuit: str, tmp_path: Path
) -> None:
    _, address = start_fleet(FLEET.format(ledger=tmp_path / "ledger"))
    probe = ("run", circuit, "--device", "probe:1", "--address", address, "--shots", "5")
    for arguments, code, words in (
        ((*probe, "--shots", "0"), 3, "shots"),
        ((*probe, "--option", "colour=red"), 3, "unknown option"),
        ((*probe, "--format", "qasm3"), 3, "QASM3_TEXT"),
        (("run", circuit, "--device", "bad-config", "--address", address), 4, "driverConfig.token"),
        (("run", circuit, "--device", "nowhere", "--address", address), 4, "no such device"),
        (("status", "nowhere", "--address", address), 4, "no such device"),
        ((*probe, "--option", "block=true", "--timeout", "0.3"), 6, "time"),
        ((*probe, "--option", "bug=true"), 1, "internal error"),
    ):
        told = qdm(*arguments, "--json")
        assert (told.returncode, told.stderr) == (code, ""), arguments
        error = json.loads(told.stdout)["error"]
        assert list(error) == ["code", "message", "reason", "details"]
        assert words in error["message"]
        assert qdm(*probe).returncode == 0

    failed = qdm("status", "nowhere", "--address", address)
    assert failed.stdout == ""
    sentence, hint = failed.stderr.splitlines()
    assert "no such device" in sentence
    assert hint.strip() == "`qdm devices` lists the fleet"

    interrupted = start_qdm(*probe, "--option", "block=true")
    while not (tmp_path / "ledger").read_text().endswith("begin {}\n"):
        time.sleep(0.01)
    interrupted.send_signal(signal.SIGINT)
    assert "".join(interrupted.communicate()).strip() == ""
    assert interrupted.returncode == 130


def test_usage_errors_and_help_have_their_exit_codes(qdm: Qdm) -> None:
    assert qdm("run").returncode == 2
    assert qdm("nonsense").returncode == 2
    assert qdm("--help").returncode == 0
    assert qdm().returncode == 2


def test_drivers_are_listed_with_their_schemas_and_the_broken_ones_with_their_errors(qdm: Qdm) -> None:
    drivers = {driver["name"]: driver for driver in json.loads(qdm("drivers", "--json").stdout)["drivers"]}
    assert drivers["probe"]["config_schema"]["properties"]["ledger"]["format"] == "path"
    assert drivers["probe"]["options_schema"]["properties"]["block"]["type"] == "boolean"
    assert "cannot be loaded" in drivers["unimportable"]["error"]
    assert "broken: driver 'unimportable'" in qdm("drivers").stdout
