"""What a driver says of itself and its device, from the worker to the sidecar."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, is_dataclass, replace
from enum import Enum
from typing import Any

from pydantic import TypeAdapter

from qdm_driver import DeviceInfo, DeviceStatus


@dataclass(frozen=True, slots=True)
class DriverReport:
    """A driver's version, its device, and the device's status at this moment."""

    driver_version: str
    info: DeviceInfo
    status: DeviceStatus

    def to_json(self) -> bytes:
        """Returns the report as JSON."""
        return _ADAPTER.dump_json(self)

    def masked(self, mask: Callable[[str], str]) -> "DriverReport":
        """Returns the report with every text that the driver chose as ``mask`` leaves it."""
        report: DriverReport = _masked(self, mask)
        return report

    @classmethod
    def from_json(cls, data: bytes) -> "DriverReport":
        """Reads a report."""
        return _ADAPTER.validate_json(data)


def _masked(value: Any, mask: Callable[[str], str]) -> Any:
    match value:
        case Enum():
            return value
        case str():
            return mask(value)
        case tuple():
            return tuple(_masked(item, mask) for item in value)
        case Mapping():
            return {mask(key): _masked(item, mask) for key, item in value.items()}
    if is_dataclass(value) and not isinstance(value, type):
        return replace(value, **{field.name: _masked(getattr(value, field.name), mask) for field in fields(value)})
    return value


_ADAPTER = TypeAdapter(DriverReport)
