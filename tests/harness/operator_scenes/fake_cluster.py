"""An API server in memory, with an index that hears of everything at once, and sidecars that a test plays."""

import copy
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from operator_scenes import IMAGE, Json, heard
from qdm_cluster.api import ApiError
from qdm_cluster.names import CONFIG_MAPS, DEVICES, EVENTS, PODS, SERVICES, Resource
from qdm_cluster.objects import Key, key_of
from qdm_common.manifest import QuantumDevice
from qdm_common.sidecar_health import Heard
from qdm_driver import Violation
from qdm_operator.children import inputs_digest
from qdm_operator.index import Index
from qdm_operator.reconciler import Reconciler
from qdm_operator.verdict import Verdict
from qdm_operator.work_queue import WorkQueue

_RESOURCES = {resource.plural: resource for resource in (DEVICES, PODS, CONFIG_MAPS, SERVICES, EVENTS)}


@dataclass
class Write:
    """A request that changed something, or was refused, or was a dry run: TRY in place of POST."""

    verb: str
    resource: Resource
    name: str
    subresource: str = ""


@dataclass
class FakeSidecar:
    """A connection to a sidecar; ``said`` is what it says, ``violations`` what it thinks of any configuration.

    ``trouble`` is raised in place of a verdict; ``meanwhile`` is done before an answer comes.
    """

    said: Heard
    violations: Sequence[Violation] = ()
    checkable: bool = True
    trouble: Exception | None = None
    asked: list[Mapping[str, object]] = field(default_factory=list)
    told: list[int] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None
    instance: str = ""
    observed: bool = False
    granted_seconds: int = 0

    def heard(self) -> Heard:
        return self.said

    async def verdict_on(self, device: QuantumDevice) -> Verdict:
        self.asked.append(device.spec.driver_config)
        self.meanwhile()
        if self.trouble is not None:
            raise self.trouble
        return Verdict(self.instance, inputs_digest(device), tuple(self.violations), self.checkable)

    async def set_availability(self, availability: int) -> None:
        self.told.append(availability)
        assert self.said.report is not None
        self.said.report.availability = availability  # type: ignore[assignment]


class FakeCluster:
    """Objects by resource and key; a method of the API fails where ``refuse`` says so. Needs a running loop.

    ``admit`` changes what is created, as admission does.
    """

    def __init__(self) -> None:
        self.objects: dict[tuple[str, Key], Json] = {}
        self.writes: list[Write] = []
        self.graces: list[int | None] = []
        self.refuse: Callable[[Write], ApiError | None] = lambda _write: None
        self.admit: Callable[[Json], None] = lambda _obj: None
        self.sidecars: dict[Key, FakeSidecar] = {}
        self.said: Callable[[Key], Heard] = lambda _device: Heard(None, connected=False, silent_seconds=0.0)
        self.unwatched: set[tuple[str, Key]] = set()
        self._numbers = itertools.count(1)
        self.queue: WorkQueue[Key] = WorkQueue()
        self.index = Index(self.queue.add)
        self.reconciler = Reconciler(
            self,  # type: ignore[arg-type]
            self.index,
            self,  # type: ignore[arg-type]
            self.queue,
            image=IMAGE,
            identity="test",
        )

    # --- what a person does

    def add(self, resource: Resource, obj: Json) -> Json:
        """Puts an object in the cluster, or another version of it."""
        obj = copy.deepcopy(obj)
        obj["metadata"]["resourceVersion"] = str(next(self._numbers))
        obj["metadata"].setdefault("uid", f"uid-{next(self._numbers)}")
        self.objects[resource.plural, key_of(obj)] = obj
        self._hear(resource, obj)
        return obj

    def change(self, resource: Resource, key: Key, **changes: Any) -> Json:
        """Changes top-level fields of an object; a changed spec is another generation."""
        obj = copy.deepcopy(self.objects[resource.plural, key])
        for name, value in changes.items():
            obj[name] = {**obj.get(name, {}), **value}
        if "spec" in changes and "generation" in obj["metadata"]:
            obj["metadata"]["generation"] += 1
        return self.add(resource, obj)

    def take(self, resource: Resource, key: Key) -> Json:
        """Takes an object away."""
        obj = self.objects.pop((resource.plural, key))
        self.index.stores[resource].remove(obj)
        return obj

    def peek(self, resource: Resource, key: Key) -> Json | None:
        """Returns an object."""
        return self.objects.get((resource.plural, key))

    def all(self, resource: Resource) -> list[Json]:
        """Returns all objects of a kind."""
        return [obj for (plural, _), obj in self.objects.items() if plural == resource.plural]

    def condition(self, key: Key, name: str = "Ready") -> tuple[str, str]:
        """Returns a device's condition: answer and reason."""
        conditions = self.objects["quantumdevices", key]["status"]["conditions"]
        return next((entry["status"], entry["reason"]) for entry in conditions if entry["type"] == name)

    async def look(self, *keys: Key, times: int = 1) -> None:
        """Looks at devices."""
        for key in keys * times:
            await self.reconciler.look(key)

    # --- what a kubelet does

    def run_pod(self, key: Key) -> None:
        """Lets a pod run, and its sidecar be well."""
        running = {"name": "sidecar", "restartCount": 0, "state": {"running": {}}}
        status = {"phase": "Running", "podIP": "10.0.0.7", "containerStatuses": [running]}
        self.change(PODS, key, spec={"nodeName": "node-a"}, status=status)
        self.said = lambda _device: heard()

    def end_pod(self, key: Key) -> None:
        """Lets a pod end in good order, and go."""
        ended = {"name": "sidecar", "state": {"terminated": {"exitCode": 0}}}
        self.change(PODS, key, status={"phase": "Succeeded", "containerStatuses": [ended]})
        self.take(PODS, key)

    # --- KubeApi

    async def get(self, path: str, **_: Any) -> Json:
        resource, key, _sub = _place(path)
        return copy.deepcopy(self._there(resource, key))

    async def find(self, path: str) -> Json | None:
        resource, key, _sub = _place(path)
        return copy.deepcopy(self.peek(resource, key))

    async def create(self, path: str, body: Json, *, dry_run: bool = False) -> Json:
        resource, key, _sub = _place(path)
        key = Key(key.namespace, body["metadata"]["name"])
        self._write("TRY" if dry_run else "POST", resource, key)
        if (resource.plural, key) in self.objects:
            raise ApiError(409, "AlreadyExists", f"{key} exists")
        admitted = copy.deepcopy(body)
        self.admit(admitted)
        return copy.deepcopy(self.add(resource, admitted))

    async def apply(self, path: str, body: Json) -> Json:
        resource, key, subresource = _place(path)
        self._write("PATCH", resource, key, subresource)
        known = self.objects.get((resource.plural, key), {"metadata": {}})
        if body["metadata"].get("uid", uid := known["metadata"].get("uid")) != uid:
            raise ApiError(409, "Conflict", "another uid")
        if subresource:
            self._there(resource, key)
            return copy.deepcopy(self.add(resource, known | {"status": body["status"]}))
        self.unwatched.discard((resource.plural, key))
        merged = {**known, **body, "metadata": {**known["metadata"], **body["metadata"]}}
        return copy.deepcopy(self.add(resource, merged))

    async def delete(self, path: str, *, uid: str, grace_seconds: int | None = None) -> None:
        resource, key, _sub = _place(path)
        self.graces.append(grace_seconds)
        self._write("DELETE", resource, key)
        obj = self.peek(resource, key)
        if obj is None:
            return
        if obj["metadata"]["uid"] != uid:
            raise ApiError(409, "Conflict", "another uid")
        if resource is PODS and obj["spec"].get("nodeName"):
            deletion = {"deletionTimestamp": "2026-01-01T00:00:00Z", "deletionGracePeriodSeconds": grace_seconds}
            self.change(PODS, key, metadata=deletion)
        else:
            self.take(resource, key)

    # --- Sidecars

    def connection(self, device: Key, address: str, instance: str, *, observe: bool, **_: Any) -> FakeSidecar:
        assert address
        sidecar = self.sidecars.setdefault(device, FakeSidecar(self.said(device)))
        sidecar.said, sidecar.instance, sidecar.observed = self.said(device), instance, observe
        return sidecar

    def of(self, device: Key) -> FakeSidecar:
        return self.sidecars[device]

    def drop(self, device: Key) -> None:
        self.sidecars.pop(device, None)

    def _hear(self, resource: Resource, obj: Json) -> None:
        if resource in self.index.stores and (resource.plural, key_of(obj)) not in self.unwatched:
            self.index.stores[resource].put(copy.deepcopy(obj))

    def _there(self, resource: Resource, key: Key) -> Json:
        if (resource.plural, key) not in self.objects:
            raise ApiError(404, "NotFound", f"{key} not found")
        return self.objects[resource.plural, key]

    def _write(self, verb: str, resource: Resource, key: Key, subresource: str = "") -> None:
        write = Write(verb, resource, key.name, subresource)
        self.writes.append(write)
        if (error := self.refuse(write)) is not None:
            raise error


def _place(path: str) -> tuple[Resource, Key, str]:
    parts = path.split("?", maxsplit=1)[0].split("/")
    at = parts.index("namespaces")
    _, namespace, plural, name, subresource, *_ = [*parts[at:], "", ""]
    return _RESOURCES[plural], Key(namespace, name), subresource
