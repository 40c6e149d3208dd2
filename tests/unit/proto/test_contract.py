"""The wire contract as the kernel knows it: what stands here travels, and never changes."""

import pytest
from google.protobuf.descriptor import EnumDescriptor, FieldDescriptor

from qdm_proto.eigen.internal.v1 import driver_manager_pb2

CONTRACT = driver_manager_pb2.DESCRIPTOR

MESSAGES = {
    "ListDevicesRequest": {},
    "ListDevicesResponse": {"devices": (1, "repeated DeviceInfo")},
    "DeviceStatusRequest": {"device_id": (1, "string")},
    "DeviceStatusResponse": {
        "device_id": (1, "string"),
        "status": (2, "DeviceStatus"),
        "queue_depth": (3, "optional int32"),
        "estimated_wait_time": (4, "optional int32"),
        "metadata": (5, "map<string, string>"),
    },
    "ExecuteCircuitRequest": {
        "job_id": (1, "string"),
        "device_id": (2, "string"),
        "payload": (3, "CircuitPayload"),
        "shots": (4, "int32"),
        "options": (5, "map<string, string>"),
    },
    "ExecuteCircuitResponse": {
        "counts": (1, "map<string, int64>"),
        "execution_time_sec": (2, "double"),
        "metadata": (3, "map<string, string>"),
    },
    "CalibrateDeviceRequest": {"device_id": (1, "string"), "options": (2, "map<string, string>")},
    "CalibrateDeviceResponse": {"calibration_ref": (1, "string")},
    "CircuitPayload": {"format": (1, "CircuitFormat"), "data": (2, "bytes")},
    "DeviceInfo": {
        "device_id": (1, "string"),
        "name": (2, "string"),
        "backend_type": (3, "string"),
        "status": (4, "DeviceStatus"),
        "queue_depth": (5, "optional int32"),
        "estimated_wait_time": (6, "optional int32"),
        "capabilities": (7, "map<string, string>"),
    },
}

ENUMS = {
    "CircuitFormat": {
        "CIRCUIT_FORMAT_UNSPECIFIED": 0,
        "CIRCUIT_FORMAT_AQO_JSON": 1,
        "CIRCUIT_FORMAT_AQO_PROTO": 2,
        "CIRCUIT_FORMAT_QASM3_TEXT": 3,
        "CIRCUIT_FORMAT_BACKEND_NATIVE": 4,
    },
    "DeviceStatus": {
        "DEVICE_STATUS_UNSPECIFIED": 0,
        "DEVICE_STATUS_ONLINE": 1,
        "DEVICE_STATUS_OFFLINE": 2,
        "DEVICE_STATUS_CALIBRATING": 3,
        "DEVICE_STATUS_MAINTENANCE": 4,
        "DEVICE_STATUS_ERROR_STATUS": 5,
    },
}

METHODS = {
    "ListDevices": ("ListDevicesRequest", "ListDevicesResponse"),
    "GetDeviceStatus": ("DeviceStatusRequest", "DeviceStatusResponse"),
    "ExecuteCircuit": ("ExecuteCircuitRequest", "ExecuteCircuitResponse"),
    "CalibrateDevice": ("CalibrateDeviceRequest", "CalibrateDeviceResponse"),
}

_SCALARS = {
    FieldDescriptor.TYPE_BYTES: "bytes",
    FieldDescriptor.TYPE_DOUBLE: "double",
    FieldDescriptor.TYPE_INT32: "int32",
    FieldDescriptor.TYPE_INT64: "int64",
    FieldDescriptor.TYPE_STRING: "string",
}


def kind(field: FieldDescriptor) -> str:
    """Writes a field's type as .proto files do."""
    message = field.message_type
    if message is not None and message.GetOptions().map_entry:
        return f"map<{kind(message.fields_by_name['key'])}, {kind(message.fields_by_name['value'])}>"
    label = "repeated " if field.is_repeated else "optional " if field.type in _SCALARS and field.has_presence else ""
    named = message or field.enum_type
    return label + (named.name if named is not None else _SCALARS[field.type])


def values(enum: EnumDescriptor) -> dict[str, int]:
    return {value.name: value.number for value in enum.values}


def test_package_and_service_are_those_the_kernel_calls() -> None:
    assert CONTRACT.package == "eigen.internal.v1"
    assert list(CONTRACT.services_by_name) == ["DriverManagerService"]


def test_the_kernel_s_methods_take_and_return_what_it_sends_and_reads() -> None:
    methods = CONTRACT.services_by_name["DriverManagerService"].methods_by_name
    assert (
        METHODS.items()
        <= {name: (method.input_type.name, method.output_type.name) for name, method in methods.items()}.items()
    )


@pytest.mark.parametrize("method", METHODS)
def test_the_kernel_s_methods_are_unary(method: str) -> None:
    descriptor = CONTRACT.services_by_name["DriverManagerService"].methods_by_name[method]
    assert (descriptor.client_streaming, descriptor.server_streaming) == (False, False)


@pytest.mark.parametrize("message", MESSAGES)
def test_fields_keep_their_names_numbers_and_types(message: str) -> None:
    fields = CONTRACT.message_types_by_name[message].fields
    assert {field.name: (field.number, kind(field)) for field in fields} == MESSAGES[message]


@pytest.mark.parametrize("enum", ENUMS)
def test_enum_values_keep_their_names_and_numbers(enum: str) -> None:
    assert values(CONTRACT.enum_types_by_name[enum]) == ENUMS[enum]


def test_no_message_or_enum_is_missing_from_these_tables() -> None:
    assert set(CONTRACT.message_types_by_name) == set(MESSAGES)
    assert set(CONTRACT.enum_types_by_name) == set(ENUMS)


def test_the_kernel_s_request_is_read_from_its_bytes() -> None:
    """Encoded by hand, as any client that knows only field numbers would."""
    wire = bytes.fromhex(
        "0a026a31"  # job_id "j1"
        "1209" + b"sim:local".hex() +  # device_id
        "1a0608011202" + b"{}".hex() +  # payload: AQO_JSON, "{}"
        "208008"  # shots 1024
        "2a1d0a10" + b"provider_profile".hex() + "1209" + b"simulator".hex()  # options
    )  # fmt: skip
    assert driver_manager_pb2.ExecuteCircuitRequest.FromString(wire) == driver_manager_pb2.ExecuteCircuitRequest(
        job_id="j1",
        device_id="sim:local",
        payload=driver_manager_pb2.CircuitPayload(format=driver_manager_pb2.CIRCUIT_FORMAT_AQO_JSON, data=b"{}"),
        shots=1024,
        options={"provider_profile": "simulator"},
    )


def test_an_unknown_queue_depth_differs_from_an_empty_queue() -> None:
    empty = driver_manager_pb2.DeviceInfo(queue_depth=0)
    assert empty.HasField("queue_depth")
    assert not driver_manager_pb2.DeviceInfo.FromString(b"").HasField("queue_depth")
    assert driver_manager_pb2.DeviceInfo.FromString(empty.SerializeToString()) == empty
