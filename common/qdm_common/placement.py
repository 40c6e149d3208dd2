"""Where a device's pod may run, and with which means: the part of a QuantumDevice that only a cluster heeds.

Fields carry the names and the meaning that they have in a pod, so that the operator hands them on as they are. What
Kubernetes would refuse in the pod is refused in the device, as far as a rule can say it; affinity alone, which is large
and which nobody mistypes silently, is left to Kubernetes.
"""

import re
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema

from qdm_common.resource_part import LabelKey, LabelValue, ResourceName, ResourcePart, Rule, UniqueBy, refusal

_QUANTITY = r"^([0-9]+(\.[0-9]*)?|\.[0-9]+)([numkMGTPE]|[KMGTPE]i|[eE][+-]?[0-9]+)?$"
_MAX_QUANTITY_LENGTH = 32


def _check_quantity(value: object) -> object:
    match value:
        case bool():
            holds = False
        case int():
            holds = value >= 0
        case str():
            holds = len(value) <= _MAX_QUANTITY_LENGTH and re.fullmatch(_QUANTITY, value) is not None
        case _:
            holds = False
    if not holds:
        raise refusal("must be a whole number, or a quantity in quotes such as '500m', '0.5' or '2Gi'")
    return value


Quantity = Annotated[
    int | str,
    BeforeValidator(_check_quantity),
    WithJsonSchema(
        {
            "x-kubernetes-int-or-string": True,
            "minimum": 0,
            "maxLength": _MAX_QUANTITY_LENGTH,
            "pattern": _QUANTITY,
        }
    ),
]
Quantities = Annotated[dict[str, Quantity], Field(max_length=16)]


class Resources(ResourcePart):
    """CPU, memory and other resources of the sidecar's container."""

    requests: Quantities = Field({}, description="What the node must have free for it, e.g. cpu: 500m, memory: 1Gi.")
    limits: Quantities = Field({}, description="The most it gets; over its memory limit it is killed.")


class ImagePullSecret(ResourcePart):
    """A Secret with a registry's credentials."""

    name: ResourceName = Field(description="Name of the Secret, in the device's namespace.")


class Toleration(ResourcePart):
    """Lets the pod run on nodes with a taint."""

    rules: ClassVar = (
        Rule(
            "a toleration without key tolerates every taint and needs operator Exists",
            "has(self.key) || self.operator == 'Exists'",
            lambda part: part.key is not None or part.operator == "Exists",
        ),
        Rule(
            "operator Exists takes no value; remove the value, or use Equal",
            "self.operator != 'Exists' || !has(self.value) || self.value == ''",
            lambda part: part.operator != "Exists" or not part.value,
        ),
        Rule(
            "tolerationSeconds needs effect NoExecute, the only one that evicts",
            "!has(self.tolerationSeconds) || (has(self.effect) && self.effect == 'NoExecute')",
            lambda part: part.toleration_seconds is None or part.effect == "NoExecute",
        ),
    )

    key: LabelKey | None = Field(None, description="Key of the taint; every key where unset.")
    operator: Literal["Equal", "Exists"] = Field(
        "Equal", description="Whether the taint must have the value, or only the key."
    )
    value: LabelValue = Field("", description="Value of the taint.")
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = Field(
        None, description="Effect of the taint; every effect where unset."
    )
    toleration_seconds: int | None = Field(
        None, strict=True, ge=0, le=2**31 - 1, description="Seconds until the taint evicts the pod; never where unset."
    )


class LabelRequirement(ResourcePart):
    """A condition on one label."""

    rules: ClassVar = (
        Rule(
            "In and NotIn need values, Exists and DoesNotExist take none",
            "(self.operator in ['In', 'NotIn']) == (has(self.values) && self.values.size() > 0)",
            lambda part: (part.operator in {"In", "NotIn"}) == bool(part.values),
        ),
    )

    key: LabelKey = Field(description="Key of the label.")
    operator: Literal["In", "NotIn", "Exists", "DoesNotExist"] = Field(description="How the label is looked at.")
    values: Annotated[tuple[LabelValue, ...], Field(max_length=64)] = Field(
        (), description="Values that In and NotIn compare with.", json_schema_extra={"x-kubernetes-list-type": "atomic"}
    )


class LabelSelector(ResourcePart):
    """Which pods are meant: those that meet every condition."""

    match_labels: Annotated[dict[str, LabelValue], Field(max_length=64)] = Field(
        {}, description="Labels that the pod must have, with these values."
    )
    match_expressions: Annotated[tuple[LabelRequirement, ...], Field(max_length=32)] = Field(
        (), description="Further conditions on labels.", json_schema_extra={"x-kubernetes-list-type": "atomic"}
    )


class TopologySpread(ResourcePart):
    """How evenly pods are to be spread over the nodes or zones of a cluster."""

    rules: ClassVar = (
        Rule(
            "minDomains needs whenUnsatisfiable DoNotSchedule",
            "!has(self.minDomains) || self.whenUnsatisfiable == 'DoNotSchedule'",
            lambda part: part.min_domains is None or part.when_unsatisfiable == "DoNotSchedule",
        ),
    )

    max_skew: int = Field(
        strict=True, ge=1, le=2**31 - 1, description="By how many pods two domains may differ at most."
    )
    topology_key: LabelKey = Field(
        description="Label of nodes that names their domain, e.g. topology.kubernetes.io/zone."
    )
    when_unsatisfiable: Literal["DoNotSchedule", "ScheduleAnyway"] = Field(
        description="Whether a pod that would be too many waits, or runs all the same."
    )
    label_selector: LabelSelector | None = Field(
        None, description="Pods that are counted, e.g. app.kubernetes.io/name: qdm-sidecar; none where unset."
    )
    min_domains: int | None = Field(
        None, strict=True, ge=1, le=2**31 - 1, description="Domains that there must be before the skew counts."
    )
    node_affinity_policy: Literal["Honor", "Ignore"] = Field(
        "Honor", description="Whether only nodes that the pod's affinity and nodeSelector allow are counted."
    )
    node_taints_policy: Literal["Honor", "Ignore"] = Field(
        "Ignore", description="Whether nodes with taints that the pod does not tolerate are left out."
    )


class Placement(ResourcePart):
    """Where a device's pod may run; every field is the pod's field of this name."""

    node_selector: Annotated[dict[str, LabelValue], Field(max_length=64)] = Field(
        {},
        description="Labels that the node must have, with these values.",
        json_schema_extra={"x-kubernetes-map-type": "atomic"},
    )
    tolerations: Annotated[tuple[Toleration, ...], Field(max_length=64)] = Field(
        (),
        description="Taints of nodes that the pod tolerates.",
        json_schema_extra={"x-kubernetes-list-type": "atomic"},
    )
    affinity: Annotated[dict[str, Any], Field(max_length=3)] = Field(
        {}, description="nodeAffinity, podAffinity and podAntiAffinity of the pod; checked when the pod is created."
    )
    topology_spread_constraints: Annotated[
        tuple[TopologySpread, ...], Field(max_length=16), UniqueBy(("topology_key", "when_unsatisfiable"))
    ] = Field((), description="How evenly pods are spread over nodes or zones.")
    priority_class_name: ResourceName | None = Field(None, description="Priority of the pod among others.")
    runtime_class_name: ResourceName | None = Field(None, description="Container runtime of the pod.")
    image_pull_secrets: Annotated[tuple[ImagePullSecret, ...], Field(max_length=16), UniqueBy(("name",))] = Field(
        (), description="Secrets with the credentials of the image's registry."
    )
    service_account_name: ResourceName | None = Field(
        None, description="Service account of the pod; the sidecar itself needs no right in the cluster."
    )
