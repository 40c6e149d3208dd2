import io

import pytest
from rich.console import Console

from qdm_cli.fleet.readiness import settled
from qdm_cli.shapes import device_json, result_json, status_json, status_name
from qdm_cli.tables import devices_table, fleet_table, status_table
from qdm_common.manifest import HostedDevice
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb

DEVICE = pb.DeviceInfo(
    device_id="sim:local",
    name="Local",
    backend_type="simulator",
    status=pb.DEVICE_STATUS_ONLINE,
    queue_depth=0,
    capabilities={"max_qubits": "29", "formats": "AQO_JSON,QASM3_TEXT"},
)
STATUS = pb.DeviceStatusResponse(
    device_id="sim:local",
    status=pb.DEVICE_STATUS_ERROR_STATUS,
    estimated_wait_time=3,
    metadata={"reason": "ConfigInvalid", "message": "[bold]: no", "driver": "simulator"},
)


def printed(renderable: object) -> list[str]:
    console = Console(file=io.StringIO(), width=120, markup=False, highlight=False)
    console.print(renderable)
    assert isinstance(console.file, io.StringIO)
    return [line.rstrip() for line in console.file.getvalue().splitlines()]


@pytest.mark.parametrize(
    ("status", "name"),
    [
        (pb.DEVICE_STATUS_UNSPECIFIED, "UNSPECIFIED"),
        (pb.DEVICE_STATUS_ONLINE, "ONLINE"),
        (pb.DEVICE_STATUS_OFFLINE, "OFFLINE"),
        (pb.DEVICE_STATUS_CALIBRATING, "CALIBRATING"),
        (pb.DEVICE_STATUS_MAINTENANCE, "MAINTENANCE"),
        (pb.DEVICE_STATUS_ERROR_STATUS, "ERROR"),
    ],
)
def test_a_status_has_a_short_stable_name(status: pb.DeviceStatus, name: str) -> None:
    assert status_name(status) == name


def test_unknown_numbers_are_null_and_known_zeros_are_zero() -> None:
    assert device_json(DEVICE) == {
        "device_id": "sim:local",
        "name": "Local",
        "backend_type": "simulator",
        "status": "ONLINE",
        "queue_depth": 0,
        "estimated_wait_sec": None,
        "capabilities": {"formats": "AQO_JSON,QASM3_TEXT", "max_qubits": "29"},
    }
    assert status_json(STATUS) == {
        "device_id": "sim:local",
        "status": "ERROR",
        "queue_depth": None,
        "estimated_wait_sec": 3,
        "metadata": {"driver": "simulator", "message": "[bold]: no", "reason": "ConfigInvalid"},
    }


def test_counts_are_sorted_by_bitstring() -> None:
    answer = pb.ExecuteCircuitResponse(counts={"11": 1, "00": 2, "01": 3}, execution_time_sec=0.5)
    result = result_json("bell.qasm", "sim:local", answer, total_sec=0.75)
    assert list(result) == ["file", "device_id", "counts", "execution_time_sec", "total_time_sec", "metadata"]
    assert list(result["counts"]) == ["00", "01", "11"]  # type: ignore[call-overload]


def test_people_see_what_a_device_takes_and_does() -> None:
    assert [line.split() for line in printed(devices_table([DEVICE]))] == [
        ["device", "name", "status", "backend", "waiting", "wait", "qubits", "formats"],
        ["sim:local", "Local", "online", "simulator", "0", "-", "29", "AQO_JSON", "QASM3_TEXT"],
    ]


def test_people_see_why_a_device_is_down_word_for_word() -> None:
    hosted = HostedDevice(device_id="sim:local", driver="simulator")
    assert [line.split(None, 3) for line in printed(fleet_table([hosted], {"sim:local": STATUS}))] == [
        ["device", "driver", "status", "reason"],
        ["sim:local", "simulator", "error", "ConfigInvalid: [bold]: no"],
    ]
    assert ["message", "[bold]: no"] in [line.split(None, 1) for line in printed(status_table(STATUS))]


@pytest.mark.parametrize(
    ("reason", "expected"), [("SidecarStarting", False), ("SidecarUnreachable", False), ("Ready", True), ("", True)]
)
def test_a_device_is_settled_once_its_sidecar_has_spoken(reason: str, *, expected: bool) -> None:
    assert settled(pb.DeviceStatusResponse(metadata={"reason": reason})) is expected
