"""The chart, installed as a platform team installs it, and what can be done to it afterwards."""

from collections.abc import Sequence

from api_tier.binaries import ROOT
from api_tier.client import Client, Json
from api_tier.pod_status import restarts
from e2e_tier.cluster import Cluster
from qdm_cluster.names import LEASES, PODS, Resource
from qdm_operator.lease import NAME as LEASE

DEPLOYMENTS = Resource("apps", "v1", "deployments", "Deployment")

NAME = "qdm"
CHART = ROOT / "charts/qdm"

_OPERATOR = "app.kubernetes.io/name=qdm-operator"


class Release:
    """The release ``qdm`` in a namespace."""

    def __init__(self, cluster: Cluster, client: Client, namespace: str) -> None:
        self._cluster = cluster
        self._client = client
        self.namespace = namespace

    async def set_up(self) -> None:
        """Makes the namespace, in which only restricted pods are let in, applies the CRD and installs the chart."""
        labels = {"pod-security.kubernetes.io/enforce": "restricted"}
        metadata: Json = {"name": self.namespace, "labels": labels}
        await self._client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})
        await self._cluster.kubectl("apply", "--server-side", "-f", ROOT / "crds")
        await self.install()

    async def install(self, *settings: str) -> None:
        """Installs or upgrades it, and waits until it is rolled out; each setting is ``key=value``."""
        values = [argument for setting in settings for argument in ("--set", setting)]
        command = ("upgrade", "--install", NAME, CHART, "--namespace", self.namespace, "--wait", "--timeout", "3m")
        await self._cluster.helm(*command, *values, seconds=200.0)

    async def test(self) -> str:
        """Runs `helm test` and returns what it says."""
        return await self._cluster.helm("test", NAME, "--namespace", self.namespace, "--logs")

    async def uninstall(self, *, seconds: float) -> None:
        """Uninstalls it and waits until everything of it is gone."""
        command = ("uninstall", NAME, "--namespace", self.namespace, "--wait", "--cascade", "foreground")
        await self._cluster.helm(*command, seconds=seconds)

    async def until_led(self, *, other_than: str = "", seconds: float) -> str:
        """Waits until an operator leads, where asked for another than one, and returns its pod."""

        def led(lease: Json | None) -> bool:
            return _leader(lease) not in {"", other_than}

        return _leader(await self._client.wait_for(LEASES.path(self.namespace, LEASE), led, seconds=seconds))

    async def scale_operator(self, replicas: int) -> None:
        """Changes how many operators run, and waits until as many do."""
        path = DEPLOYMENTS.path(self.namespace, f"{NAME}-operator")
        await self._client.patch(path, {"spec": {"replicas": replicas}})

        def scaled(deployment: Json | None) -> bool:
            status = (deployment or {}).get("status") or {}
            return status.get("replicas", 0) == status.get("readyReplicas", 0) == replicas

        await self._client.wait_for(path, scaled, seconds=90.0)

        def none_left(listing: Json | None) -> bool:
            return len((listing or {}).get("items") or []) == replicas

        await self._client.wait_for(f"{PODS.path(self.namespace)}?labelSelector={_OPERATOR}", none_left, seconds=60.0)

    async def restart(self, deployment: str) -> None:
        """Rolls a deployment's pods, one after the other, and waits until the last of the former has ended."""
        name = f"{NAME}-{deployment}"
        path = f"{PODS.path(self.namespace)}?labelSelector=app.kubernetes.io/name={name}"
        former = {pod["metadata"]["uid"] for pod in await self._client.list(path)}
        command = ("-n", self.namespace, "rollout")
        await self._cluster.kubectl(*command, "restart", f"deployment/{name}")
        await self._cluster.kubectl(*command, "status", f"deployment/{name}", "--timeout=300s", seconds=310.0)

        def gone(listing: Json | None) -> bool:
            return former.isdisjoint(pod["metadata"]["uid"] for pod in (listing or {}).get("items") or [])

        await self._client.wait_for(path, gone, seconds=120.0)


def _leader(lease: Json | None) -> str:
    identity = ((lease or {}).get("spec") or {}).get("holderIdentity") or ""
    return str(identity).partition("_")[0]  # the rest tells one life of a container from the next


def lives(pods: Sequence[Json]) -> dict[str, int]:
    """Returns pods by UID, and how often the container of each was started again."""
    return {pod["metadata"]["uid"]: restarts(pod) for pod in pods}
