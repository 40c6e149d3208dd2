"""Rights in a cluster: what roles grant, and what requests take."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import NamedTuple

from api_tier.client import Json
from api_tier.fault_proxy import Answered

_VERBS = {"POST": "create", "PUT": "update", "PATCH": "patch", "DELETE": "delete"}


class Right(NamedTuple):
    """One verb on one kind of object; ``resource`` has its subresource behind a slash."""

    group: str
    resource: str
    verb: str


def granted(manifests: Iterable[Json], account: str) -> set[Right]:
    """Returns what the roles among the manifests grant a service account that bindings among them name."""
    manifests = list(manifests)
    bound = {
        (obj["roleRef"]["kind"], obj["roleRef"]["name"])
        for obj in manifests
        if obj["kind"].endswith("Binding") and any(subject["name"] == account for subject in obj["subjects"])
    }
    return {
        Right(group, resource, verb)
        for obj in manifests
        if (obj["kind"], obj["metadata"]["name"]) in bound
        for rule in obj["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }


def used(answered: Iterable[Answered]) -> set[Right]:
    """Returns what requests took. An apply that made its object took the right to create it, too."""
    rights: set[Right] = set()
    for request, status in answered:
        place = _place(request.path)
        if place is None:
            continue
        group, resource, name = place
        read = "watch" if request.is_watch else "get" if name else "list"
        rights.add(Right(group, resource, _VERBS.get(request.verb, read)))
        if request.verb == "PATCH" and status == HTTPStatus.CREATED:
            rights.add(Right(group, resource, "create"))
    return rights


def _place(path: str) -> tuple[str, str, str] | None:
    """Returns group, resource and name of a path; ``None`` for one that is about no resource, such as discovery."""
    match path.strip("/").split("/"):
        case ["api", _, *rest]:
            group = ""
        case ["apis", group, _, *rest]:
            pass
        case _:
            return None
    if rest[:1] == ["namespaces"] and len(rest) > 2:  # what is in a namespace
        rest = rest[2:]
    match rest:
        case [resource, name, subresource]:
            return group, f"{resource}/{subresource}", name
        case [resource, *name]:
            return group, resource, "".join(name)
    return None
