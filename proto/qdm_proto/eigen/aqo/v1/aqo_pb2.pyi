from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Opcode(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OPCODE_UNSPECIFIED: _ClassVar[Opcode]
    OPCODE_RX: _ClassVar[Opcode]
    OPCODE_RY: _ClassVar[Opcode]
    OPCODE_RZ: _ClassVar[Opcode]
    OPCODE_X: _ClassVar[Opcode]
    OPCODE_Y: _ClassVar[Opcode]
    OPCODE_Z: _ClassVar[Opcode]
    OPCODE_H: _ClassVar[Opcode]
    OPCODE_S: _ClassVar[Opcode]
    OPCODE_T: _ClassVar[Opcode]
    OPCODE_CX: _ClassVar[Opcode]
    OPCODE_CZ: _ClassVar[Opcode]
    OPCODE_SWAP: _ClassVar[Opcode]
    OPCODE_CCX: _ClassVar[Opcode]
    OPCODE_CCZ: _ClassVar[Opcode]
    OPCODE_MEASURE: _ClassVar[Opcode]
    OPCODE_RESET: _ClassVar[Opcode]

class Basis(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BASIS_UNSPECIFIED: _ClassVar[Basis]
    BASIS_X: _ClassVar[Basis]
    BASIS_Y: _ClassVar[Basis]
    BASIS_Z: _ClassVar[Basis]
OPCODE_UNSPECIFIED: Opcode
OPCODE_RX: Opcode
OPCODE_RY: Opcode
OPCODE_RZ: Opcode
OPCODE_X: Opcode
OPCODE_Y: Opcode
OPCODE_Z: Opcode
OPCODE_H: Opcode
OPCODE_S: Opcode
OPCODE_T: Opcode
OPCODE_CX: Opcode
OPCODE_CZ: Opcode
OPCODE_SWAP: Opcode
OPCODE_CCX: Opcode
OPCODE_CCZ: Opcode
OPCODE_MEASURE: Opcode
OPCODE_RESET: Opcode
BASIS_UNSPECIFIED: Basis
BASIS_X: Basis
BASIS_Y: Basis
BASIS_Z: Basis

class Document(_message.Message):
    __slots__ = ("version", "qubits", "operations", "parameters", "metadata", "checksums", "topology", "annotations")
    VERSION_FIELD_NUMBER: _ClassVar[int]
    QUBITS_FIELD_NUMBER: _ClassVar[int]
    OPERATIONS_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    CHECKSUMS_FIELD_NUMBER: _ClassVar[int]
    TOPOLOGY_FIELD_NUMBER: _ClassVar[int]
    ANNOTATIONS_FIELD_NUMBER: _ClassVar[int]
    version: str
    qubits: int
    operations: _containers.RepeatedCompositeFieldContainer[Operation]
    parameters: Object
    metadata: Object
    checksums: Object
    topology: Object
    annotations: Object
    def __init__(self, version: _Optional[str] = ..., qubits: _Optional[int] = ..., operations: _Optional[_Iterable[_Union[Operation, _Mapping]]] = ..., parameters: _Optional[_Union[Object, _Mapping]] = ..., metadata: _Optional[_Union[Object, _Mapping]] = ..., checksums: _Optional[_Union[Object, _Mapping]] = ..., topology: _Optional[_Union[Object, _Mapping]] = ..., annotations: _Optional[_Union[Object, _Mapping]] = ...) -> None: ...

class Operation(_message.Message):
    __slots__ = ("op", "q", "c", "params", "basis")
    OP_FIELD_NUMBER: _ClassVar[int]
    Q_FIELD_NUMBER: _ClassVar[int]
    C_FIELD_NUMBER: _ClassVar[int]
    PARAMS_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    op: Opcode
    q: _containers.RepeatedScalarFieldContainer[int]
    c: _containers.RepeatedScalarFieldContainer[int]
    params: Params
    basis: Basis
    def __init__(self, op: _Optional[_Union[Opcode, str]] = ..., q: _Optional[_Iterable[int]] = ..., c: _Optional[_Iterable[int]] = ..., params: _Optional[_Union[Params, _Mapping]] = ..., basis: _Optional[_Union[Basis, str]] = ...) -> None: ...

class Params(_message.Message):
    __slots__ = ("theta", "basis")
    THETA_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    theta: Value
    basis: Basis
    def __init__(self, theta: _Optional[_Union[Value, _Mapping]] = ..., basis: _Optional[_Union[Basis, str]] = ...) -> None: ...

class Value(_message.Message):
    __slots__ = ("null", "boolean", "integer", "big_integer", "number", "text", "list", "object")
    NULL_FIELD_NUMBER: _ClassVar[int]
    BOOLEAN_FIELD_NUMBER: _ClassVar[int]
    INTEGER_FIELD_NUMBER: _ClassVar[int]
    BIG_INTEGER_FIELD_NUMBER: _ClassVar[int]
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    LIST_FIELD_NUMBER: _ClassVar[int]
    OBJECT_FIELD_NUMBER: _ClassVar[int]
    null: Null
    boolean: bool
    integer: int
    big_integer: str
    number: float
    text: str
    list: List
    object: Object
    def __init__(self, null: _Optional[_Union[Null, _Mapping]] = ..., boolean: _Optional[bool] = ..., integer: _Optional[int] = ..., big_integer: _Optional[str] = ..., number: _Optional[float] = ..., text: _Optional[str] = ..., list: _Optional[_Union[List, _Mapping]] = ..., object: _Optional[_Union[Object, _Mapping]] = ...) -> None: ...

class Null(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class List(_message.Message):
    __slots__ = ("values",)
    VALUES_FIELD_NUMBER: _ClassVar[int]
    values: _containers.RepeatedCompositeFieldContainer[Value]
    def __init__(self, values: _Optional[_Iterable[_Union[Value, _Mapping]]] = ...) -> None: ...

class Object(_message.Message):
    __slots__ = ("members",)
    MEMBERS_FIELD_NUMBER: _ClassVar[int]
    members: _containers.RepeatedCompositeFieldContainer[Member]
    def __init__(self, members: _Optional[_Iterable[_Union[Member, _Mapping]]] = ...) -> None: ...

class Member(_message.Message):
    __slots__ = ("name", "value")
    NAME_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    name: str
    value: Value
    def __init__(self, name: _Optional[str] = ..., value: _Optional[_Union[Value, _Mapping]] = ...) -> None: ...
