"""The QuantumDevice resource (group qdm.eigen-os.io, v1alpha1), as people write it and as programs read it."""

from enum import StrEnum
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

DeviceId = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9]([A-Za-z0-9._:/-]*[A-Za-z0-9])?$")]
ResourceName = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$")]


class _Resource(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", alias_generator=to_camel, populate_by_name=True)


class Availability(StrEnum):
    """What the device's owner wants of it."""

    ONLINE = "Online"
    MAINTENANCE = "Maintenance"
    OFFLINE = "Offline"


class SecretRef(_Resource):
    """The Secret (on one machine: the folder below ``qdm up --secrets``) with the device's credentials."""

    name: ResourceName


class Queue(_Resource):
    """The device's queue."""

    max_depth: int = Field(100, ge=1, le=100_000, description="Jobs that may wait; more are refused.")


class Limits(_Resource):
    """The most one request may ask of the device."""

    shots: int = Field(1_000_000, ge=1, le=2**31 - 1, description="Shots of one execution.")
    payload_bytes: int = Field(16 * 1024**2, ge=1, le=64 * 1024**2, description="Bytes of one circuit.")
    execution_seconds: int = Field(600, ge=1, le=7 * 24 * 3600, description="Seconds one execution may take.")


class DeviceSpec(_Resource):
    """What is wanted of one device."""

    device_id: DeviceId | None = Field(None, description="Name in the fleet; the resource's own name where unset.")
    display_name: str = Field("", max_length=253, description="Name for people; deviceId where empty.")
    driver: str = Field(min_length=1, max_length=63, description="Name of an installed driver.")
    driver_config: dict[str, Any] = Field(default_factory=dict, description="Checked by the driver's own schema.")
    secret_ref: SecretRef | None = Field(None, description="Credentials, given to the driver as files.")
    availability: Availability = Field(Availability.ONLINE, description="Whether the device takes jobs.")
    concurrency: int = Field(1, ge=1, le=64, description="Jobs that run at the same time.")
    queue: Queue = Queue()
    limits: Limits = Limits()


class Metadata(BaseModel):
    """The part of Kubernetes object metadata that matters here; the rest is kept by nobody and harms nobody."""

    model_config = ConfigDict(frozen=True)

    name: ResourceName


class QuantumDevice(_Resource):
    """One device of the fleet."""

    api_version: Literal["qdm.eigen-os.io/v1alpha1"]
    kind: Literal["QuantumDevice"]
    metadata: Metadata
    spec: DeviceSpec

    @property
    def device_id(self) -> str:
        """Name of the device in the fleet."""
        return self.spec.device_id or self.metadata.name


class HostedDevice(DeviceSpec):
    """A device's spec with its defaults resolved: the file a sidecar reads at its start."""

    device_id: DeviceId

    @classmethod
    def of(cls, device: QuantumDevice) -> "HostedDevice":
        """Resolves the defaults that depend on the resource's name."""
        spec = device.spec
        resolved = {"device_id": device.device_id, "display_name": spec.display_name or device.device_id}
        return cls.model_validate(dict(spec) | resolved)
