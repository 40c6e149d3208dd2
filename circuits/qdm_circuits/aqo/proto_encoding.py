"""AQO_PROTO: ``eigen.aqo.v1.Document`` of protobuf, read into the same document as AQO_JSON and written from it.

A message may lack what a document must have; then the document lacks it too, and its rules refuse it.
"""

import re
from typing import Any

from google.protobuf.message import DecodeError, Message
from google.protobuf.unknown_fields import UnknownFieldSet

from qdm_circuits.aqo.document import MAX_DIGITS, JsonObject, Place, check_values, invalid
from qdm_circuits.aqo.rules import OBJECTS, check_document
from qdm_circuits.aqo.typed import Document, in_types
from qdm_proto.eigen.aqo.v1 import aqo_pb2 as pb

_OPCODES = {number: name.removeprefix("OPCODE_") for name, number in pb.Opcode.items()}
_BASES = {number: name.removeprefix("BASIS_") for name, number in pb.Basis.items()}
_BIG_INTEGER = re.compile(rf"-?[1-9]\d{{0,{MAX_DIGITS - 1}}}", re.ASCII)
_MIN_INT64, _MAX_INT64 = -(2**63), 2**63 - 1


def document_from_proto(data: bytes) -> JsonObject:
    """Returns the document in ``data``.

    Raises InvalidRequestError for bytes that are no such message, and with the place for unknown fields, unknown
    enum values, values of no kind, and objects that give a name twice.
    """
    document = _load(data)
    check_values(document)
    return document


def typed_from_proto(data: bytes) -> Document:
    """Returns the document in ``data``, with values that ``check_values`` may refuse. Raises ShapeError, and
    InvalidRequestError for what is no document.
    """
    return in_types(_load(data))


def _load(data: bytes) -> JsonObject:
    try:
        message = pb.Document.FromString(data)
    except DecodeError:
        raise invalid(None, "is no protobuf message eigen.aqo.v1.Document") from None
    _refuse_unknown_fields(message, None)
    document: JsonObject = {"qubits": message.qubits}
    if message.version:
        document["version"] = message.version
    document["operations"] = [
        _read_operation(operation, Place(Place(None, "operations"), index))
        for index, operation in enumerate(message.operations)
    ]
    for name in OBJECTS:
        if message.HasField(name):
            document[name] = _read_object(getattr(message, name), Place(None, name))
    return document


def document_to_proto(document: JsonObject) -> bytes:
    """Returns the message of a document, always the same bytes for the same document.

    Raises as ``check_document`` where the document breaks a rule: the message could not hold it.
    """
    check_document(document)
    message = pb.Document(version=document["version"], qubits=document["qubits"])
    message.operations.extend(map(_operation, document["operations"]))
    for name in OBJECTS:
        if name in document:
            getattr(message, name).CopyFrom(_object(document[name]))
    return message.SerializeToString(deterministic=True)


def _read_operation(message: pb.Operation, place: Place) -> JsonObject:
    _refuse_unknown_fields(message, place)
    operation: JsonObject = {}
    if message.op:
        operation["op"] = _enum_name(_OPCODES, message.op, Place(place, "op"))
    for name, indices in (("q", message.q), ("c", message.c)):
        if indices:
            operation[name] = list(indices)
    if message.HasField("params"):
        operation["params"] = _read_params(message.params, Place(place, "params"))
    if message.HasField("basis"):
        operation["basis"] = _enum_name(_BASES, message.basis, Place(place, "basis"))
    return operation


def _read_params(message: pb.Params, place: Place) -> JsonObject:
    _refuse_unknown_fields(message, place)
    params: JsonObject = {}
    if message.HasField("theta"):
        params["theta"] = _read_value(message.theta, Place(place, "theta"))
    if message.HasField("basis"):
        params["basis"] = _enum_name(_BASES, message.basis, Place(place, "basis"))
    return params


def _read_object(message: pb.Object, place: Place) -> JsonObject:
    _refuse_unknown_fields(message, place)
    members: JsonObject = {}
    for member in message.members:
        member_place = Place(place, member.name)
        _refuse_unknown_fields(member, member_place)
        if member.name in members:
            raise invalid(member_place, "is given more than once")
        members[member.name] = _read_value(member.value, member_place)
    return members


def _read_value(message: pb.Value, place: Place) -> Any:
    _refuse_unknown_fields(message, place)
    kind = message.WhichOneof("kind")
    match kind:
        case None:
            raise invalid(place, "has no kind; set exactly one")
        case "null":
            _refuse_unknown_fields(message.null, place)
            return None
        case "big_integer":
            if not _BIG_INTEGER.fullmatch(message.big_integer):
                raise invalid(place, f"must be an integer of up to {MAX_DIGITS} digits, in decimal")
            return int(message.big_integer)
        case "list":
            _refuse_unknown_fields(message.list, place)
            return [_read_value(item, Place(place, index)) for index, item in enumerate(message.list.values)]
        case "object":
            return _read_object(message.object, place)
        case _:
            return getattr(message, kind)


def _enum_name(names: dict[int, str], number: int, place: Place) -> str:
    if number == 0 or number not in names:
        raise invalid(place, f"has no meaning for {number}; use a value of the schema")
    return names[number]


def _refuse_unknown_fields(message: Message, place: Place | None) -> None:
    if unknown := UnknownFieldSet(message):
        raise invalid(place, f"has the unknown field number {unknown[0].field_number}; remove it")


def _operation(operation: JsonObject) -> pb.Operation:
    message = pb.Operation(
        op=f"OPCODE_{operation['op']}", q=operation["q"], c=operation.get("c"), basis=_basis(operation)
    )
    if "params" in operation:
        params = operation["params"]
        theta = _value(params["theta"]) if "theta" in params else None
        message.params.CopyFrom(pb.Params(theta=theta, basis=_basis(params)))
    return message


def _basis(holder: JsonObject) -> str | None:
    return f"BASIS_{holder['basis']}" if "basis" in holder else None


def _object(members: JsonObject) -> pb.Object:
    return pb.Object(members=[pb.Member(name=name, value=_value(value)) for name, value in sorted(members.items())])


def _value(value: Any) -> pb.Value:
    match value:
        case None:
            kind: dict[str, Any] = {"null": pb.Null()}
        case bool():
            kind = {"boolean": value}
        case int():
            in_64_bits = _MIN_INT64 <= value <= _MAX_INT64
            kind = {"integer": value} if in_64_bits else {"big_integer": str(value)}
        case float():
            kind = {"number": value}
        case str():
            kind = {"text": value}
        case list():
            kind = {"list": pb.List(values=map(_value, value))}
        case _:
            kind = {"object": _object(value)}
    return pb.Value(**kind)
