"""The configuration a driver starts with."""

from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field
from pydantic.json_schema import SkipJsonSchema

from qdm_driver.calibration import ArtifactStore


@dataclass(frozen=True, slots=True)
class DeviceContext:
    """What the host tells a driver about the one device it is to drive.

    ``secrets`` is a folder with one file a credential (``None`` where the device has none): read it in
    ``initialize``, never copy its content into logs, errors or metadata. ``memory_bytes`` is what this process may use
    before allocations fail, ``processors`` how many threads it can keep busy. ``artifacts`` keeps what calibrations
    leave.
    """

    device_id: str
    display_name: str
    memory_bytes: int
    artifacts: ArtifactStore
    secrets: Path | None = None
    processors: int = 1


class DriverConfig(BaseModel):
    """Base of every driver's configuration: subclass it with one documented field a setting.

    ``driverConfig`` of the device's manifest is validated against it; unknown keys are refused. ``device`` comes from
    the host and is no key of ``driverConfig``.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    device: SkipJsonSchema[DeviceContext] = Field(exclude=True)
