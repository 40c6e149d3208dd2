"""Every name that the fleet has in a cluster: resources, labels, annotations, ports, and what children are called."""

from dataclasses import dataclass
from urllib.parse import urlencode

GROUP = "qdm.eigen-os.io"
VERSION = "v1alpha1"
KIND = "QuantumDevice"

FIELD_MANAGER = "qdm-operator"

GRPC_PORT = 50061
METRICS_PORT = 9092

MANAGED_BY = "app.kubernetes.io/managed-by"
COMPONENT = "app.kubernetes.io/name"
PART_OF = "app.kubernetes.io/part-of"
DEVICE = f"{GROUP}/device"

SIDECAR_LABELS = {MANAGED_BY: FIELD_MANAGER, COMPONENT: "qdm-sidecar"}

DEVICE_ID = f"{GROUP}/device-id"
INPUTS = f"{GROUP}/inputs"
IMAGE = f"{GROUP}/image"
ADMITTED_IMAGE = f"{GROUP}/admitted-image"

SERVICE = "qdm-sidecars"


@dataclass(frozen=True, slots=True)
class Resource:
    """A kind of object, as its path in the API names it; ``group`` is empty for the core group."""

    group: str
    version: str
    plural: str
    kind: str

    @property
    def api_version(self) -> str:
        """What its objects have as ``apiVersion``."""
        return f"{self.group}/{self.version}" if self.group else self.version

    def path(self, namespace: str = "", name: str = "", subresource: str = "", **query: str) -> str:
        """Returns the path of one object, or of all there are in a namespace, or in all of them."""
        root = f"/apis/{self.group}" if self.group else "/api"
        parts = [root, self.version, *(("namespaces", namespace) if namespace else ()), self.plural, name, subresource]
        return "/".join(filter(None, parts)) + (f"?{urlencode(query)}" if query else "")


DEVICES = Resource(GROUP, VERSION, "quantumdevices", KIND)
PODS = Resource("", "v1", "pods", "Pod")
CONFIG_MAPS = Resource("", "v1", "configmaps", "ConfigMap")
SERVICES = Resource("", "v1", "services", "Service")
EVENTS = Resource("", "v1", "events", "Event")
LEASES = Resource("coordination.k8s.io", "v1", "leases", "Lease")
DEFINITIONS = Resource("apiextensions.k8s.io", "v1", "customresourcedefinitions", "CustomResourceDefinition")


def pod_name(device: str) -> str:
    """Returns what the sidecar pod of a QuantumDevice is called."""
    return f"{device}-sidecar"


def selector(labels: dict[str, str]) -> str:
    """Returns the labels as a label selector."""
    return ",".join(f"{key}={value}" for key, value in labels.items())
