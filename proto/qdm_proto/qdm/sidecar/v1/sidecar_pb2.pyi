import datetime

from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as _driver_manager_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Availability(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    AVAILABILITY_UNSPECIFIED: _ClassVar[Availability]
    AVAILABILITY_ONLINE: _ClassVar[Availability]
    AVAILABILITY_MAINTENANCE: _ClassVar[Availability]
    AVAILABILITY_OFFLINE: _ClassVar[Availability]
AVAILABILITY_UNSPECIFIED: Availability
AVAILABILITY_ONLINE: Availability
AVAILABILITY_MAINTENANCE: Availability
AVAILABILITY_OFFLINE: Availability

class WatchRequest(_message.Message):
    __slots__ = ("instance", "beat", "grace_sec")
    INSTANCE_FIELD_NUMBER: _ClassVar[int]
    BEAT_FIELD_NUMBER: _ClassVar[int]
    GRACE_SEC_FIELD_NUMBER: _ClassVar[int]
    instance: str
    beat: int
    grace_sec: int
    def __init__(self, instance: _Optional[str] = ..., beat: _Optional[int] = ..., grace_sec: _Optional[int] = ...) -> None: ...

class WatchResponse(_message.Message):
    __slots__ = ("device", "metadata", "config_valid", "heartbeat_interval_sec", "availability", "last_calibration", "beat", "held", "repeatable")
    class MetadataEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    DEVICE_FIELD_NUMBER: _ClassVar[int]
    METADATA_FIELD_NUMBER: _ClassVar[int]
    CONFIG_VALID_FIELD_NUMBER: _ClassVar[int]
    HEARTBEAT_INTERVAL_SEC_FIELD_NUMBER: _ClassVar[int]
    AVAILABILITY_FIELD_NUMBER: _ClassVar[int]
    LAST_CALIBRATION_FIELD_NUMBER: _ClassVar[int]
    BEAT_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    REPEATABLE_FIELD_NUMBER: _ClassVar[int]
    device: _driver_manager_pb2.DeviceInfo
    metadata: _containers.ScalarMap[str, str]
    config_valid: bool
    heartbeat_interval_sec: float
    availability: Availability
    last_calibration: _timestamp_pb2.Timestamp
    beat: int
    held: bool
    repeatable: bool
    def __init__(self, device: _Optional[_Union[_driver_manager_pb2.DeviceInfo, _Mapping]] = ..., metadata: _Optional[_Mapping[str, str]] = ..., config_valid: _Optional[bool] = ..., heartbeat_interval_sec: _Optional[float] = ..., availability: _Optional[_Union[Availability, str]] = ..., last_calibration: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., beat: _Optional[int] = ..., held: _Optional[bool] = ..., repeatable: _Optional[bool] = ...) -> None: ...

class ValidateRequest(_message.Message):
    __slots__ = ("driver_config_json",)
    DRIVER_CONFIG_JSON_FIELD_NUMBER: _ClassVar[int]
    driver_config_json: str
    def __init__(self, driver_config_json: _Optional[str] = ...) -> None: ...

class ValidateResponse(_message.Message):
    __slots__ = ("violations",)
    VIOLATIONS_FIELD_NUMBER: _ClassVar[int]
    violations: _containers.RepeatedCompositeFieldContainer[FieldViolation]
    def __init__(self, violations: _Optional[_Iterable[_Union[FieldViolation, _Mapping]]] = ...) -> None: ...

class FieldViolation(_message.Message):
    __slots__ = ("field", "description")
    FIELD_FIELD_NUMBER: _ClassVar[int]
    DESCRIPTION_FIELD_NUMBER: _ClassVar[int]
    field: str
    description: str
    def __init__(self, field: _Optional[str] = ..., description: _Optional[str] = ...) -> None: ...

class SetAvailabilityRequest(_message.Message):
    __slots__ = ("availability",)
    AVAILABILITY_FIELD_NUMBER: _ClassVar[int]
    availability: Availability
    def __init__(self, availability: _Optional[_Union[Availability, str]] = ...) -> None: ...

class SetAvailabilityResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
