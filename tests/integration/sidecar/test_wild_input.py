"""Input that is expensive where a decoder is careless, through a real worker: it is refused, and the worker lives."""

from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import pytest
from wild_input.tables import TABLES

from qdm_driver import CircuitFormat
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb

Start = Callable[..., Awaitable[Any]]

BELL = b'OPENQASM 3.0; include "stdgates.inc"; qubit[2] q; h q[0]; cx q[0], q[1];'
EXPENSIVE = [
    (CircuitFormat.AQO_PROTO, "many operations of nothing"),
    (CircuitFormat.BACKEND_NATIVE, "many angles"),
    (CircuitFormat.QASM3_TEXT, "growing aliases"),
    (CircuitFormat.QASM3_TEXT, "a large array"),
    (CircuitFormat.QASM3_TEXT, "many wide conditions"),
]
REFUSED = {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION}


def request(encoding: CircuitFormat, data: bytes) -> pb.ExecuteCircuitRequest:
    payload = pb.CircuitPayload(format=f"CIRCUIT_FORMAT_{encoding.name}", data=data)
    return pb.ExecuteCircuitRequest(device_id="probe:1", payload=payload, shots=10)


async def test_a_worker_outlives_input_that_is_expensive_to_decode(start_sidecar: Start) -> None:
    sidecar = await start_sidecar({"driver": "simulator"}, QDM_MEMORY_BYTES=str(2**30))
    for encoding, name in EXPENSIVE:
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await sidecar.manager.ExecuteCircuit(request(encoding, TABLES[encoding][name]()))
        assert raised.value.code() in REFUSED, (name, raised.value.details())
        answer = await sidecar.manager.ExecuteCircuit(request(CircuitFormat.QASM3_TEXT, BELL))
        assert sum(answer.counts.values()) == 10
