"""The QuantumDevice resource (group qdm.eigen-os.io, v1alpha1), as people write it and as programs read it.

The CustomResourceDefinition in ``crds/`` is generated from here. ``HostedDevice`` is the part that a sidecar is given:
a change of the rest, such as where its pod may run, is nothing to the device.
"""

import re
from enum import StrEnum
from typing import Annotated, Any, Literal, Self

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from qdm_common.device_status import Status
from qdm_common.placement import Placement, Resources
from qdm_common.resource_part import ResourceName, ResourcePart, Rule, refusal

# Grows with every change of what the schema takes or keeps, so that an operator notices a cluster with an older one.
SCHEMA_REVISION = 1
SCHEMA_REVISION_ANNOTATION = "qdm.eigen-os.io/schema-revision"

# The names of a device's children are made of its own, and no label holds more than 63 characters.
NAME_PATTERN = "^[a-z0-9]([a-z0-9-]{0,53}[a-z0-9])?$"
NAME_SENTENCE = (
    "the name must have at most 55 characters, only a-z, 0-9 and '-', and begin and end with a letter or digit; "
    "spec.deviceId may say more, such as sim:local"
)


def _check_name(name: str) -> str:
    if re.fullmatch(NAME_PATTERN, name) is None:
        raise refusal(NAME_SENTENCE)
    return name


DeviceId = Annotated[str, Field(min_length=1, max_length=253, pattern=r"^[A-Za-z0-9]([A-Za-z0-9._:/-]*[A-Za-z0-9])?$")]
DeviceName = Annotated[str, AfterValidator(_check_name)]
Image = Annotated[str, Field(min_length=1, max_length=512, pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/@+-]*$")]
DriverConfig = Annotated[
    dict[str, Any],
    Field(max_length=256),
    Rule("device is reserved for the host; remove it", "!has(self.device)", lambda config: "device" not in config),
]


class Availability(StrEnum):
    """What the device's owner wants of it."""

    ONLINE = "Online"
    MAINTENANCE = "Maintenance"
    OFFLINE = "Offline"


class SecretRef(ResourcePart):
    """A Secret; on one machine: a folder below ``qdm up --secrets``."""

    name: ResourceName = Field(description="Name of the Secret, in the device's namespace.")


class Queue(ResourcePart):
    """The device's queue."""

    max_depth: int = Field(100, strict=True, ge=1, le=100_000, description="Jobs that may wait; more are refused.")


class Limits(ResourcePart):
    """The most one request may ask of the device."""

    shots: int = Field(1_000_000, strict=True, ge=1, le=2**31 - 1, description="Shots of one execution.")
    payload_bytes: int = Field(16 * 1024**2, strict=True, ge=1, le=64 * 1024**2, description="Bytes of one circuit.")
    execution_seconds: int = Field(
        600, strict=True, ge=1, le=7 * 24 * 3600, description="Seconds one execution may take."
    )


class HostedSpec(ResourcePart):
    """What is wanted of a device, wherever its sidecar runs."""

    device_id: DeviceId | None = Field(
        None,
        description="Name in the fleet; the resource's own name where unset. Neither set, changed nor removed later.",
    )
    display_name: str = Field("", max_length=253, description="Name for people; deviceId where empty.")
    driver: str = Field(min_length=1, max_length=63, description="Name of an installed driver.")
    driver_config: DriverConfig = Field(
        {},
        description="Settings of the driver, checked by its own schema (`qdm drivers` shows it). No place for secrets.",
        # The API server's rules see no field that is not declared.
        json_schema_extra={
            "properties": {
                "device": {"x-kubernetes-int-or-string": True, "description": "Reserved for the host; never set."}
            }
        },
    )
    secret_ref: SecretRef | None = Field(
        None, description="Secret with the device's credentials; the driver gets each key as a file."
    )
    availability: Availability = Field(
        Availability.ONLINE,
        description="Whether the device takes jobs; in Maintenance and Offline its sidecar stays, and refuses them.",
    )
    concurrency: int = Field(1, strict=True, ge=1, le=64, description="Jobs that run at the same time.")
    queue: Queue = Field(Queue(), description="The device's queue.")
    limits: Limits = Field(Limits(), description="The most one request may ask of the device.")


class DeviceSpec(Placement, HostedSpec):
    """What is wanted of one device. On one machine, what concerns its pod alone is read and not needed."""

    image: Image | None = Field(
        None, description="Image of the sidecar, with the driver installed; the operator's default where unset."
    )
    resources: Resources = Field(Resources(), description="CPU, memory and other resources of the sidecar's container.")


class Metadata(BaseModel):
    """The part of Kubernetes object metadata that matters here; the rest is kept by nobody and harms nobody."""

    model_config = ConfigDict(frozen=True)

    name: DeviceName


class QuantumDevice(ResourcePart):
    """One device of the fleet: which driver it has, what it takes, and how its sidecar runs."""

    api_version: Literal["qdm.eigen-os.io/v1alpha1"]
    kind: Literal["QuantumDevice"]
    metadata: Metadata
    spec: DeviceSpec = Field(description="What is wanted of the device.")
    status: Status | None = Field(None, description="What was seen of the device; written by the operator alone.")

    @classmethod
    def read(cls, document: object) -> Self:
        """Reads a manifest, or an object of the API server. Raises pydantic.ValidationError with each wrong field."""
        return cls.model_validate(document, by_alias=True, by_name=False)

    @property
    def device_id(self) -> str:
        """Name of the device in the fleet."""
        return self.spec.device_id or self.metadata.name


class HostedDevice(HostedSpec):
    """A device's spec with its defaults resolved: the file a sidecar reads at its start."""

    device_id: DeviceId

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Reads the file. Fields that a newer operator knows are left alone. Raises pydantic.ValidationError."""
        return cls.model_validate_json(data, extra="ignore")

    @classmethod
    def of(cls, device: QuantumDevice) -> "HostedDevice":
        """Resolves the defaults that depend on the resource's name."""
        spec = {name: getattr(device.spec, name) for name in HostedSpec.model_fields}
        spec["device_id"] = device.device_id
        spec["display_name"] = device.spec.display_name or device.device_id
        return cls.model_validate(spec)
