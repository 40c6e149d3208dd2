"""What a driver says of itself and its device, from the worker to the sidecar."""

from dataclasses import dataclass

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

    @classmethod
    def from_json(cls, data: bytes) -> "DriverReport":
        """Reads a report."""
        return _ADAPTER.validate_json(data)


_ADAPTER = TypeAdapter(DriverReport)
