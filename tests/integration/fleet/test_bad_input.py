"""Every kind of bad input, over the wire: the right code, the right details, nothing internal, and then a good call."""

import json
import re
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb

EXECUTE = "/eigen.internal.v1.DriverManagerService/ExecuteCircuit"
MIB = 1024**2

INTERNALS = re.compile(r"Traceback|site-packages|\.py\b|qdm_|Error\(|<class|unix:|Exception|pydantic")


def aqo(**changes: Any) -> bytes:
    document = {"version": "0.1", "qubits": 2, "operations": [{"op": "H", "q": [0]}]} | changes
    return json.dumps({key: value for key, value in document.items() if value is not ...}).encode()


def operation(**fields: Any) -> bytes:
    return aqo(operations=[{"op": "H", "q": [0]}, fields])


def request(data: bytes = aqo(), **changes: Any) -> pb.ExecuteCircuitRequest:
    payload = pb.CircuitPayload(format=changes.pop("format", pb.CIRCUIT_FORMAT_AQO_JSON), data=data)
    fields: dict[str, Any] = {"device_id": "sim:local", "payload": payload, "shots": 10} | changes
    return pb.ExecuteCircuitRequest(**fields)


def qasm(text: str) -> pb.ExecuteCircuitRequest:
    return request(text.encode(), format=pb.CIRCUIT_FORMAT_QASM3_TEXT)


DENSE_60 = aqo(
    qubits=60,
    operations=[
        *({"op": "RX", "q": [qubit], "params": {"theta": 0.3}} for qubit in range(60)),
        *({"op": "CX", "q": [qubit, qubit + 1]} for qubit in range(59)),
    ],
)
PADDED = aqo(metadata={"padding": "x" * 5 * MIB})

AQO_RULES = {
    "no JSON": (b"{", ""),
    "no UTF-8": (b"\xff\xfe", ""),
    "no object": (b"[]", ""),
    "duplicate key": (b'{"version":"0.1","version":"0.1","qubits":1,"operations":[]}', "version"),
    "no version": (aqo(version=...), "version"),
    "version of another type": (aqo(version=1), "version"),
    "no qubits": (aqo(qubits=...), "qubits"),
    "qubits 0": (aqo(qubits=0), "qubits"),
    "qubits true": (aqo(qubits=True), "qubits"),
    "qubits a float": (aqo(qubits=2.0), "qubits"),
    "no operations": (aqo(operations=...), "operations"),
    "operations an object": (aqo(operations={}), "operations"),
    "unknown top-level field": (aqo(colour="blue"), "colour"),
    "parameters a list": (aqo(parameters=[]), "parameters"),
    "metadata a string": (aqo(metadata="x"), "metadata"),
    "operation a string": (aqo(operations=["H"]), "operations[0]"),
    "no op": (operation(q=[0]), "operations[1]"),
    "unknown op": (operation(op="FLY", q=[0]), "operations[1].op"),
    "no q": (operation(op="X"), "operations[1]"),
    "q not a list": (operation(op="X", q=0), "operations[1].q"),
    "q true": (operation(op="X", q=[True]), "operations[1].q"),
    "q negative": (operation(op="X", q=[-1]), "operations[1].q"),
    "q too high": (operation(op="X", q=[2]), "operations[1].q"),
    "q repeated": (operation(op="CX", q=[1, 1]), "operations[1].q"),
    "too many qubits": (operation(op="X", q=[0, 1]), "operations[1].q"),
    "too few qubits": (operation(op="CX", q=[0]), "operations[1].q"),
    "c on a gate": (operation(op="X", q=[0], c=[0]), "operations[1].c"),
    "c missing": (operation(op="MEASURE", q=[0]), "operations[1]"),
    "c of another length": (operation(op="MEASURE", q=[0, 1], c=[0]), "operations[1]"),
    "c negative": (operation(op="MEASURE", q=[0], c=[-1]), "operations[1].c"),
    "c too high": (operation(op="MEASURE", q=[0], c=[2]), "operations[1].c"),
    "basis unknown": (operation(op="MEASURE", q=[0], c=[0], basis="W"), "operations[1]"),
    "basis on a gate": (operation(op="X", q=[0], basis="Z"), "operations[1].basis"),
    "theta missing": (operation(op="RX", q=[0]), "operations[1].params"),
    "theta null": (operation(op="RX", q=[0], params={"theta": None}), "operations[1].params.theta"),
    "theta true": (operation(op="RX", q=[0], params={"theta": True}), "operations[1].params.theta"),
    "theta NaN": (operation(op="RX", q=[0], params={"theta": float("nan")}), ""),
    "theta Infinity": (operation(op="RX", q=[0], params={"theta": float("inf")}), ""),
    "theta an unbound symbol": (operation(op="RX", q=[0], params={"theta": "alpha"}), "operations[1].params.theta"),
    "theta a symbol that says NaN": (operation(op="RX", q=[0], params={"theta": "nan"}), "operations[1].params.theta"),
    "unknown parameter": (operation(op="RX", q=[0], params={"theta": 1, "phi": 1}), "operations[1].params"),
    "parameter of a gate without": (operation(op="H", q=[0], params={"theta": 1}), "operations[1].params"),
    "unknown field of an operation": (operation(op="X", q=[0], when="now"), "operations[1].when"),
}

TABLE: dict[str, tuple[pb.ExecuteCircuitRequest, str, str]] = {
    **{f"AQO: {name}": (request(data), "INVALID_ARGUMENT", place) for name, (data, place) in AQO_RULES.items()},
    "AQO_PROTO that is none": (request(b"{}", format=pb.CIRCUIT_FORMAT_AQO_PROTO), "INVALID_ARGUMENT", "document"),
    "native: a gate nobody defined": (
        request(b"OPENQASM 2.0;\nqreg q[1];\nfly q;\n", format=pb.CIRCUIT_FORMAT_BACKEND_NATIVE),
        "INVALID_ARGUMENT",
        "line 3, column 1",
    ),
    "AQO of another major version": (request(aqo(version="9.9")), "FAILED_PRECONDITION", "AQO_VERSION"),
    "no QASM": (qasm("bell pair please"), "INVALID_ARGUMENT", "line 1, column"),
    "a QASM gate nobody defined": (qasm("OPENQASM 3;\nqubit q;\nfly q;\n"), "INVALID_ARGUMENT", "line 3, column 1"),
    "QASM with NaN": (qasm("OPENQASM 3;\nqubit q;\nrx(0.0/0.0) q;\n"), "INVALID_ARGUMENT", "line 3, column"),
    "pulses in QASM": (qasm("OPENQASM 3;\ncal {\n}\n"), "UNIMPLEMENTED", ""),
    "unknown device": (request(device_id="sim:none"), "NOT_FOUND", ""),
    "empty device_id": (request(device_id=""), "INVALID_ARGUMENT", "device_id"),
    "no shots": (request(shots=0), "INVALID_ARGUMENT", "shots"),
    "negative shots": (request(shots=-1), "INVALID_ARGUMENT", "shots"),
    "shots over the device's limit": (request(device_id="sim:small", shots=101), "INVALID_ARGUMENT", "shots"),
    "unknown option": (request(options={"colour": "blue"}), "INVALID_ARGUMENT", "options"),
    "option of the wrong type": (request(options={"seed": "today"}), "INVALID_ARGUMENT", "options.seed"),
    "format unspecified": (request(format=0), "INVALID_ARGUMENT", "payload.format"),
    "format out of range": (request(format=99), "INVALID_ARGUMENT", "payload.format"),
    "empty payload": (request(b""), "INVALID_ARGUMENT", "payload.data"),
    "60 dense qubits": (request(DENSE_60), "FAILED_PRECONDITION", "CIRCUIT_TOO_LARGE"),
    "payload over the limit": (request(b" " * 7 * MIB), "RESOURCE_EXHAUSTED", ""),
    "device in maintenance": (request(device_id="resting"), "FAILED_PRECONDITION", "DEVICE_MAINTENANCE"),
    "device with a bad config": (request(device_id="bad-config"), "FAILED_PRECONDITION", "DEVICE_ERROR"),
    "device without its driver": (request(device_id="no-driver"), "FAILED_PRECONDITION", "DEVICE_ERROR"),
}


def details_of(error: grpc.aio.AioRpcError) -> tuple[status_pb2.Status, dict[str, Any]]:
    packed = dict(error.trailing_metadata() or ())["grpc-status-details-bin"]
    assert isinstance(packed, bytes)
    status = status_pb2.Status.FromString(packed)
    found: dict[str, Any] = {}
    for detail in status.details:
        message = getattr(error_details_pb2, detail.type_url.rpartition(".")[2])()
        detail.Unpack(message)
        found[message.DESCRIPTOR.name] = message
    return status, found


async def execute(channel: grpc.aio.Channel, data: bytes) -> bytes:
    call: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(EXECUTE)
    return await call(data, timeout=20)


async def assert_refused(channel: grpc.aio.Channel, data: bytes, code: str, place: str) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await execute(channel, data)
    error = raised.value
    assert error.code().name == code, error.details()
    status, details = details_of(error)
    assert (status.code, status.message) == (error.code().value[0], error.details())
    assert details["ErrorInfo"].domain == "eigen.driver_manager"
    assert not INTERNALS.search(str(status) + (error.details() or ""))
    if code == "INVALID_ARGUMENT":
        fields = [violation.field for violation in details["BadRequest"].field_violations]
        assert any(field.startswith(place) for field in fields), fields
    if code == "FAILED_PRECONDITION":
        assert details["PreconditionFailure"].violations[0].type == place
    good = pb.ExecuteCircuitResponse.FromString(await execute(channel, request().SerializeToString()))
    assert sum(good.counts.values()) == 10


@pytest.mark.parametrize(("message", "code", "place"), TABLE.values(), ids=TABLE.keys())
async def test_bad_input_is_refused_and_the_next_call_works(
    channel: grpc.aio.Channel, message: pb.ExecuteCircuitRequest, code: str, place: str
) -> None:
    await assert_refused(channel, message.SerializeToString(), code, place)


async def test_bytes_that_are_no_protobuf_are_refused_and_the_next_call_works(channel: grpc.aio.Channel) -> None:
    await assert_refused(channel, b"\xff\xff\xff\xff", "INVALID_ARGUMENT", "")


async def test_a_payload_of_5_mib_under_the_limit_is_served(channel: grpc.aio.Channel) -> None:
    assert len(PADDED) > 5 * MIB
    response = await execute(channel, request(PADDED).SerializeToString())
    assert sum(pb.ExecuteCircuitResponse.FromString(response).counts.values()) == 10
