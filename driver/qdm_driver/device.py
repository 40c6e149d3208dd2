"""What a driver says of its device."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Annotated

from pydantic import Field

from qdm_driver.payload import CircuitFormat

# What the contract's int32 holds of numbers that count something.
_Number = Annotated[int, Field(ge=0, le=2**31 - 1)]


class DeviceState(Enum):
    """What a device can do at this moment."""

    ONLINE = "online"
    OFFLINE = "offline"
    CALIBRATING = "calibrating"
    MAINTENANCE = "maintenance"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class DeviceStatus:
    """A device's state as its backend reports it.

    ``queue_depth`` counts jobs in the backend's own queue and ``estimated_wait_time`` is in seconds, both from 0 to
    2**31 - 1; ``None`` where the backend does not say. ``metadata`` holds further facts for people, never credentials;
    with all else that is told of the device it has at most 64 KiB.
    ``gauges`` are finite numbers for dashboards, under a few names that stay the same.
    """

    state: DeviceState
    queue_depth: _Number | None = None
    estimated_wait_time: _Number | None = None
    metadata: Mapping[str, str] = field(default_factory=dict)
    gauges: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Capabilities:
    """What a device takes.

    ``max_qubits`` and ``max_shots`` are the most it can ever run. ``native_gates`` are the names of the gates it runs
    without decomposition. ``dynamic_circuits`` says that mid-circuit measurement and classical control really happen,
    ``seeds`` that the option ``seed`` makes counts repeatable, ``repeatable`` that a job whose outcome was lost may
    simply be run again, as on a simulator. ``native_format`` names the language of BACKEND_NATIVE
    and is needed exactly where that format is taken. ``extra`` holds further facts under keys of the driver's choice.
    """

    max_qubits: int
    formats: frozenset[CircuitFormat]
    max_shots: int
    native_gates: tuple[str, ...] = ()
    dynamic_circuits: bool = False
    seeds: bool = False
    repeatable: bool = False
    native_format: str | None = None
    extra: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class DeviceInfo:
    """A device: ``device_id`` as the configuration names it, a ``name`` for people, the kind of backend.

    ``backend_type`` is a word such as ``simulator`` or ``superconducting``.
    """

    device_id: str
    name: str
    backend_type: str
    capabilities: Capabilities
