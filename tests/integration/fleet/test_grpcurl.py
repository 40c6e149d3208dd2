"""A client nobody here wrote, and that knows the contract from reflection only."""

import base64
import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from qdm_common.server import LIVENESS

SERVICE = "eigen.internal.v1.DriverManagerService"


def call(grpcurl: Path, address: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [str(grpcurl), "-plaintext", "-unix", *arguments[:-1], address.removeprefix("unix:"), arguments[-1]]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def ask(grpcurl: Path, address: str, method: str, request: dict[str, Any]) -> Any:
    answer = call(grpcurl, address, "-d", json.dumps(request), f"{SERVICE}/{method}")
    assert answer.returncode == 0, answer.stderr
    return json.loads(answer.stdout)


def test_reflection_tells_the_services(grpcurl: Path, fleet: str) -> None:
    services = call(grpcurl, fleet, "list").stdout.split()
    assert {SERVICE, "grpc.health.v1.Health"} <= set(services)


def test_a_circuit_is_run(grpcurl: Path, fleet: str, examples: Path) -> None:
    data = base64.b64encode((examples / "bell.qasm").read_bytes()).decode()
    payload = {"format": "CIRCUIT_FORMAT_QASM3_TEXT", "data": data}
    answer = ask(grpcurl, fleet, "ExecuteCircuit", {"device_id": "sim:local", "payload": payload, "shots": 100})
    assert set(answer["counts"]) == {"00", "11"}
    assert sum(map(int, answer["counts"].values())) == 100


def test_devices_are_listed_and_their_status_told(grpcurl: Path, fleet: str) -> None:
    devices = ask(grpcurl, fleet, "ListDevices", {})["devices"]
    assert "sim:local" in [device["device_id"] for device in devices]
    status = ask(grpcurl, fleet, "GetDeviceStatus", {"device_id": "sim:local"})
    assert status["status"] == "DEVICE_STATUS_ONLINE"


@pytest.mark.parametrize("service", [SERVICE, LIVENESS])
def test_the_server_says_it_is_serving(grpcurl: Path, fleet: str, service: str) -> None:
    answer = call(grpcurl, fleet, "-d", json.dumps({"service": service}), "grpc.health.v1.Health/Check")
    assert json.loads(answer.stdout) == {"status": "SERVING"}


def test_an_error_comes_with_its_details(grpcurl: Path, fleet: str) -> None:
    answer = call(grpcurl, fleet, "-d", '{"device_id": "sim:none"}', f"{SERVICE}/GetDeviceStatus")
    assert answer.returncode != 0
    assert "NotFound" in answer.stderr
    assert "EIGEN_BACKEND_DEVICE_NOT_FOUND" in answer.stderr
