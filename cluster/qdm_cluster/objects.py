"""Reading Kubernetes objects, which are JSON here and nothing else."""

from typing import Any, NamedTuple

Json = dict[str, Any]


class Key(NamedTuple):
    """An object's place among those of its kind."""

    namespace: str
    name: str

    def __str__(self) -> str:
        return f"{self.namespace}/{self.name}"


def key_of(obj: Json) -> Key:
    """Returns where an object is."""
    metadata = obj["metadata"]
    return Key(metadata.get("namespace", ""), metadata["name"])


def owner_uid(obj: Json) -> str:
    """Returns the UID of the object's controller; empty where it has none."""
    return str(_controller(obj).get("uid", ""))


def owner_kind(obj: Json) -> str:
    """Returns the kind of the object's controller; empty where it has none."""
    return str(_controller(obj).get("kind", ""))


def _controller(obj: Json) -> Json:
    owners = obj["metadata"].get("ownerReferences") or []
    return next((owner for owner in owners if owner.get("controller")), {})


def holds(obj: object, wanted: object) -> bool:
    """Tells whether everything that is wanted is there; what is there besides does not matter."""
    if isinstance(wanted, dict):
        return isinstance(obj, dict) and all(key in obj and holds(obj[key], value) for key, value in wanted.items())
    if isinstance(wanted, list):
        return isinstance(obj, list) and len(obj) == len(wanted) and all(map(holds, obj, wanted))
    return obj == wanted
