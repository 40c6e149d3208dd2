"""Reading what a pod's status says of its one container."""

from api_tier.client import Json, condition


def is_ready(pod: Json | None) -> bool:
    """Tells whether the pod is ready."""
    return condition(pod, "Ready").get("status") == "True"


def waiting_reason(pod: Json | None) -> str:
    """Returns why the container waits; empty where it does not."""
    return str(_container(pod).get("state", {}).get("waiting", {}).get("reason", ""))


def restarts(pod: Json | None) -> int:
    """Returns how often the container was started again."""
    return int(_container(pod).get("restartCount", 0))


def process_id(pod: Json | None) -> int:
    """Returns the process of a real sidecar, the leader of a group of its own."""
    return int(_container(pod)["containerID"].removeprefix("process://"))


def _container(pod: Json | None) -> Json:
    containers: list[Json] = ((pod or {}).get("status") or {}).get("containerStatuses") or [{}]
    return containers[0]
