"""Where the sidecar in a pod is called, and whether it has ended: facade and operator must not differ on it."""

from qdm_cluster.names import GRPC_PORT
from qdm_cluster.objects import Json

_FINISHED = frozenset({"Succeeded", "Failed"})


def has_finished(pod: Json) -> bool:
    """Tells whether a pod has ended and will not run again."""
    return (pod.get("status") or {}).get("phase") in _FINISHED


def sidecar_address(pod: Json) -> str:
    """Returns HOST:PORT of a pod's sidecar, empty before the pod has an address.

    A pod that has finished keeps it: where its node is gone it is said to have failed, and its containers may run on.
    """
    ip = (pod.get("status") or {}).get("podIP") or ""
    if not ip:
        return ""
    return f"[{ip}]:{GRPC_PORT}" if ":" in ip else f"{ip}:{GRPC_PORT}"
