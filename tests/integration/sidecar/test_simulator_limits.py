"""The simulator under the real memory limit of its worker."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import pytest

from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb

Start = Callable[..., Awaitable[Any]]


def dense(qubits: int) -> pb.ExecuteCircuitRequest:
    operations = [{"op": "RX", "q": [qubit], "params": {"theta": 0.3}} for qubit in range(qubits)]
    document = json.dumps({"version": "0.1", "qubits": qubits, "operations": operations})
    payload = pb.CircuitPayload(format=pb.CIRCUIT_FORMAT_AQO_JSON, data=document.encode())
    return pb.ExecuteCircuitRequest(device_id="probe:1", payload=payload, shots=10)


async def test_the_largest_circuit_that_is_promised_runs_and_one_qubit_more_is_refused(start_sidecar: Start) -> None:
    sidecar = await start_sidecar({"driver": "simulator"}, QDM_MEMORY_BYTES=str(1024**3))
    devices = await sidecar.manager.ListDevices(pb.ListDevicesRequest())
    most = int(devices.devices[0].capabilities["max_qubits"])
    assert most == 25  # 16 bytes for each of 2^25 amplitudes: what is left beside the interpreter and its libraries
    assert sum((await sidecar.manager.ExecuteCircuit(dense(most))).counts.values()) == 10
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await sidecar.manager.ExecuteCircuit(dense(most + 1))
    assert raised.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert sum((await sidecar.manager.ExecuteCircuit(dense(3))).counts.values()) == 10
