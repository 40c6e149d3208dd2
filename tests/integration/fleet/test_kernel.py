"""The RFC's integration test: kernel ExecuteCircuit → simulator → results, with the messages the kernel sends."""

import json
import math
from collections.abc import Awaitable, Callable

import grpc

from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb

SERVICE = "/eigen.internal.v1.DriverManagerService"

GHZ = {
    "version": "0.1",
    "qubits": 3,
    "operations": [
        {"op": "H", "q": [0]},
        {"op": "CX", "q": [0, 1]},
        {"op": "CX", "q": [1, 2]},
        {"op": "MEASURE", "q": [0, 1, 2], "c": [0, 1, 2]},
    ],
}


RawCall = Callable[[bytes], Awaitable[bytes]]


def raw(channel: grpc.aio.Channel, method: str) -> RawCall:
    call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(f"{SERVICE}/{method}")
    return call


def varint(number: int) -> bytes:
    low, rest = number & 0x7F, number >> 7
    return bytes([low | 0x80]) + varint(rest) if rest else bytes([low])


def field(number: int, content: bytes | str | int) -> bytes:
    if isinstance(content, int):
        return varint(number << 3) + varint(content)
    data = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(data)) + data


def kernel_request(job_id: str, document: dict[str, object]) -> bytes:
    """The bytes the kernel's encoder writes, field by field, without any code generated from our .proto."""
    payload = field(1, 1) + field(2, json.dumps(document))
    option = field(1, "provider_profile") + field(2, "simulator")
    return field(1, job_id) + field(2, "sim:local") + field(3, payload) + field(4, 1024) + field(5, option)


async def test_the_kernels_request_gets_its_counts(channel: grpc.aio.Channel) -> None:
    execute = raw(channel, "ExecuteCircuit")
    response = pb.ExecuteCircuitResponse.FromString(await execute(kernel_request("job-1", GHZ)))
    assert response.counts.keys() == {"000", "111"}
    assert sum(response.counts.values()) == 1024
    # six standard deviations of a fair coin: false alarm rate 2e-9
    assert abs(response.counts["000"] - 512) < 6 * math.sqrt(1024 / 4)
    assert response.execution_time_sec > 0
    assert response.metadata["driver"] == "simulator"


async def test_the_same_job_again_gets_the_same_answer(channel: grpc.aio.Channel) -> None:
    execute = raw(channel, "ExecuteCircuit")
    first, second = [await execute(kernel_request("job-2", GHZ)) for _ in range(2)]
    assert pb.ExecuteCircuitResponse.FromString(first) == pb.ExecuteCircuitResponse.FromString(second)


async def test_the_fleet_is_listed_with_what_each_device_can_do(channel: grpc.aio.Channel) -> None:
    list_devices = raw(channel, "ListDevices")
    devices = pb.ListDevicesResponse.FromString(await list_devices(b"")).devices
    assert [(device.device_id, device.status) for device in devices] == [
        ("bad-config", pb.DEVICE_STATUS_ERROR_STATUS),
        ("no-driver", pb.DEVICE_STATUS_ERROR_STATUS),
        ("resting", pb.DEVICE_STATUS_MAINTENANCE),
        ("sim:local", pb.DEVICE_STATUS_ONLINE),
        ("sim:small", pb.DEVICE_STATUS_ONLINE),
    ]
    local = devices[3]
    assert (local.name, local.backend_type, local.queue_depth) == ("Simulator", "simulator", 0)
    assert local.capabilities["formats"] == "AQO_JSON,AQO_PROTO,QASM3_TEXT,BACKEND_NATIVE"
    assert int(local.capabilities["max_qubits"]) >= 20


async def test_a_device_that_cannot_work_says_why(channel: grpc.aio.Channel) -> None:
    get_status = raw(channel, "GetDeviceStatus")
    told = {
        device_id: pb.DeviceStatusResponse.FromString(await get_status(field(1, device_id))).metadata
        for device_id in ("bad-config", "no-driver")
    }
    assert told["bad-config"]["reason"] == "ConfigInvalid"
    assert "driverConfig.colour" in told["bad-config"]["message"]
    assert told["no-driver"]["reason"] == "DriverUnusable"
    assert "nonesuch" in told["no-driver"]["message"]


async def test_a_calibration_returns_a_reference(channel: grpc.aio.Channel) -> None:
    calibrate = raw(channel, "CalibrateDevice")
    response = pb.CalibrateDeviceResponse.FromString(await calibrate(field(1, "sim:local")))
    assert response.calibration_ref.startswith("qdm-artifact:sha256:")
