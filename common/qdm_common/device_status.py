"""The status of a QuantumDevice: what the operator has seen of a device, for people and programs that ask the cluster.

Nothing in it changes while nothing happens: how many jobs wait, and when the device was last heard of, are asked of the
facade. Fields that a newer operator has written are ignored, so that the older one works on after a rollback.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AwareDatetime, ConfigDict, Field

from qdm_common.resource_part import LabelKey, ResourcePart, UniqueBy

Generation = Annotated[int, Field(strict=True, ge=0)]
Text = Annotated[str, Field(max_length=1024)]


class DeviceState(StrEnum):
    """State of a device, in the words of DriverManagerService."""

    ONLINE = "Online"
    OFFLINE = "Offline"
    CALIBRATING = "Calibrating"
    MAINTENANCE = "Maintenance"
    ERROR = "Error"
    UNKNOWN = "Unknown"


class StatusPart(ResourcePart):
    """One part of a status."""

    model_config = ConfigDict(extra="ignore")


class Condition(StatusPart):
    """One answer about the device."""

    type: LabelKey = Field(description="The question: Ready, ConfigValid or Progressing.")
    status: Literal["True", "False", "Unknown"] = Field(description="The answer.")
    reason: Annotated[
        str, Field(min_length=1, max_length=1024, pattern=r"^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$")
    ] = Field(description="The cause in one word, for programs.")
    message: str = Field(max_length=32768, description="The cause in a sentence, for people; may be empty.")
    observed_generation: Generation | None = Field(
        None, description="metadata.generation of the device that the answer is about."
    )
    last_transition_time: AwareDatetime = Field(description="Since when the answer is this one.")


class DevicePod(StatusPart):
    """The pod that has the device."""

    name: Text = Field(description="Name of the pod.")
    uid: Text | None = Field(None, description="UID of the pod: another one of the same name has another.")
    node: Text | None = Field(None, description="Node that the pod runs on; unset until it was chosen.")


class Status(StatusPart):
    """What was seen of the device; written by the operator alone."""

    observed_generation: Generation | None = Field(
        None, description="metadata.generation that the operator has seen; all below is about this one."
    )
    conditions: Annotated[tuple[Condition, ...], Field(max_length=16), UniqueBy(("type",))] = Field(
        (), description="Whether the device works (Ready), its configuration is right, and a change is under way."
    )
    device_id: Text | None = Field(
        None, description="Name in the fleet: spec.deviceId, or else the resource's own name."
    )
    state: DeviceState | None = Field(None, description="State of the device, as callers are told.")
    pod: DevicePod | None = Field(None, description="The pod that has the device; unset while there is none.")
    address: Text | None = Field(None, description="HOST:PORT at which facade and operator call the device's sidecar.")
    driver_version: Text | None = Field(None, description="Version of the running driver.")
    qubits: int | None = Field(None, strict=True, ge=0, le=2**31 - 1, description="Qubits of the device.")
    last_calibration: AwareDatetime | None = Field(
        None, description="When the device was last calibrated; unset where that is not known."
    )
