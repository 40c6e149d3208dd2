"""One look at one device: what is seen, the next step, what that did, what is true now."""

import asyncio
import logging
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime

from qdm_cluster.api import ApiError, KubeApi
from qdm_cluster.names import CONFIG_MAPS, DEVICES, EVENTS, PODS, SERVICE, SERVICES, pod_name
from qdm_cluster.objects import Json, Key, holds, key_of
from qdm_common.availability import TO_WIRE
from qdm_common.manifest import QuantumDevice
from qdm_operator import children
from qdm_operator.conditions import transitions, written
from qdm_operator.events import Note, event, notes_on
from qdm_operator.index import Index
from qdm_operator.observation import Observation
from qdm_operator.observer import Observer
from qdm_operator.pod import Pod
from qdm_operator.sidecars import Sidecars
from qdm_operator.status import conditions_of, status_of
from qdm_operator.steps import (
    AskSidecar,
    CreatePod,
    DeletePod,
    Listen,
    ReplacePod,
    Step,
    TellAvailability,
    Wait,
    foreign,
    next_step,
)
from qdm_operator.work_queue import RetryLaterError, WorkQueue

_CONFLICT = 409
_REFUSALS = frozenset({400, 403, 422})
_REFUSED_SECONDS = 10.0

# What is no refusal of a successor: a quota that the running pod itself uses up, and a webhook that cannot be tried.
_NOT_OF_THE_POD = ("exceeded quota", "does not support dry run")

_log = logging.getLogger(__name__)


class _PodRefusedError(Exception):
    """The device cannot have its pod as things are; ``reason`` is that of a condition."""

    def __init__(self, reason: str, message: str) -> None:
        super().__init__(message)
        self.reason = reason


class Reconciler:
    """Looks at keys, for one term of leading; needs a running loop.

    ``image`` is that of a sidecar whose device names none, ``identity`` the name of this replica in Events.
    """

    def __init__(
        self, api: KubeApi, index: Index, sidecars: Sidecars, queue: WorkQueue[Key], *, image: str, identity: str
    ) -> None:
        self._api = api
        self._index = index
        self._sidecars = sidecars
        self._queue = queue
        self._identity = identity
        self._observer = Observer(api, index, sidecars, queue.add, image=image)
        self._clock = asyncio.get_running_loop().time

    async def look(self, key: Key) -> None:
        """Takes the next step for a device, or a namespace. Raises RetryLaterError where it could not be taken."""
        try:
            if key.name:
                await self._look_at_device(key)
            else:
                await self._look_at_namespace(key.namespace)
        except ApiError as error:
            raise RetryLaterError(str(error), seconds=error.retry_after or 0.0) from None

    async def _look_at_namespace(self, namespace: str) -> None:
        wanted = any(key_of(obj).namespace == namespace for obj in self._index.devices.all())
        existing = self._index.services.get(Key(namespace, SERVICE))
        if wanted:
            service = children.service(namespace)
            if existing is None or not holds(existing, service):
                self._index.services.note(existing, await self._api.apply(SERVICES.path(namespace, SERVICE), service))
        elif existing is not None:
            await self._api.delete(SERVICES.path(namespace, SERVICE), uid=existing["metadata"]["uid"])

    async def _look_at_device(self, key: Key) -> None:
        obj = self._index.devices.get(key)
        if obj is None or "deletionTimestamp" in obj["metadata"]:  # children go with their owner
            self._observer.forget(key)
            return
        seen = await self._observer.observe(obj)
        step = next_step(seen)
        try:
            await self._take(step, seen)
        except _PodRefusedError as refusal:
            step = Wait(refusal.reason, str(refusal), again_seconds=_REFUSED_SECONDS)
        except (ApiError, RetryLaterError) as error:
            if not isinstance(step, Listen):
                with suppress(ApiError):  # what the step failed of says when to try again
                    await self._tell(seen, Wait("Retrying", f"tried again until it succeeds: {_failure(error)}"))
            raise
        if isinstance(step, AskSidecar):  # the answer took its time: what follows from it is seen anew
            self._queue.add(key)
            return
        if not isinstance(step, Listen):
            await self._tell(seen, step)
        if step.again_seconds is not None:
            self._queue.add_after(key, step.again_seconds)

    async def _take(self, step: Step, seen: Observation) -> None:
        key = key_of(seen.obj)
        match step, seen.device, seen.pod:
            case CreatePod(), QuantumDevice() as device, None:
                await self._create(device, seen.obj, image=seen.image)
            case DeletePod(pod=pod, failed=failed), device, _:
                if isinstance(step, ReplacePod) and device is not None:
                    await self._try_successor(device, seen.obj, image=seen.image)
                if failed:
                    self._observer.histories[key].pod_failed(self._clock())
                path = PODS.path(key.namespace, pod.key.name)
                await self._api.delete(path, uid=pod.uid, grace_seconds=pod.grace_seconds)
            case AskSidecar(), QuantumDevice() as device, _:
                self._observer.histories[key].verdict = await self._sidecars.of(key).verdict_on(device)
            case TellAvailability(), QuantumDevice() as device, _:
                await self._sidecars.of(key).set_availability(TO_WIRE[device.spec.availability])
            case _, QuantumDevice() as device, Pod() as pod if _is_wanted(pod, device, seen.obj):
                await self._repair(device, seen.obj, pod)

    async def _create(self, device: QuantumDevice, obj: Json, *, image: str) -> None:
        key = key_of(obj)
        if not await self._is_there(obj):
            return
        try:
            await self._apply_config_map(device, obj)
            created = await self._api.create(_new_pods(key), children.pod(device, obj, image=image))
        except ApiError as error:
            if error.status in _REFUSALS:
                raise _PodRefusedError("PodRefused", f"the cluster refuses the pod: {error.message}") from None
            if error.status != _CONFLICT:
                raise
            await self._take_back(device, obj)
            return
        self._index.pods.note(None, created)
        self._index.settle(key, device.device_id)
        self._observer.histories[key].created_at = self._clock()
        pod = Pod.of(created)
        if pod.running_image != image:
            await self._apply_metadata(device, obj, replace(pod, admitted_image=pod.running_image))

    async def _try_successor(self, device: QuantumDevice, obj: Json, *, image: str) -> None:
        """Asks whether the cluster would take a pod; that one of its name is there is what it finds last."""
        try:
            await self._api.create(_new_pods(key_of(obj)), children.pod(device, obj, image=image), dry_run=True)
        except ApiError as error:
            if error.status in _REFUSALS and not any(words in error.message for words in _NOT_OF_THE_POD):
                sentence = (
                    f"the running pod keeps its former spec, as the cluster refuses the next one: {error.message}"
                )
                raise _PodRefusedError("SuccessorRefused", sentence) from None
            if error.status not in {*_REFUSALS, _CONFLICT}:
                raise

    async def _is_there(self, obj: Json) -> bool:
        """Asks whether a device still exists: its pod's end, with its own, may be heard of before that."""
        key = key_of(obj)
        found = await self._api.find(DEVICES.path(key.namespace, key.name))
        if found is None or found["metadata"]["uid"] != obj["metadata"]["uid"]:
            return False
        return "deletionTimestamp" not in found["metadata"]

    async def _take_back(self, device: QuantumDevice, obj: Json) -> None:
        """Gives a pod that lost its labels them back."""
        key = key_of(obj)
        existing = Pod.of(await self._api.get(PODS.path(key.namespace, pod_name(key.name))))
        if existing.owner != obj["metadata"]["uid"]:
            wait = foreign(existing)
            raise _PodRefusedError(wait.reason, wait.message)
        await self._repair(device, obj, existing)

    async def _repair(self, device: QuantumDevice, obj: Json, pod: Pod) -> None:
        """Puts right what was changed or deleted by hand beside a pod that is as it should be."""
        await self._apply_metadata(device, obj, pod)
        wanted = await self._apply_config_map(device, obj)
        for config_map in self._index.config_maps_of(obj):
            if config_map["metadata"]["name"] != wanted:
                path = CONFIG_MAPS.path(pod.key.namespace, config_map["metadata"]["name"])
                await self._api.delete(path, uid=config_map["metadata"]["uid"])

    async def _apply_metadata(self, device: QuantumDevice, obj: Json, pod: Pod) -> None:
        known = self._index.pods.get(pod.key)
        metadata = children.pod_metadata(device, obj, image=pod.image, admitted_image=pod.admitted_image)
        if not holds(known, {"metadata": metadata}):
            body = {"apiVersion": PODS.api_version, "kind": PODS.kind, "metadata": metadata | {"uid": pod.uid}}
            self._index.pods.note(known, await self._api.apply(PODS.path(pod.key.namespace, pod.key.name), body))

    async def _apply_config_map(self, device: QuantumDevice, obj: Json) -> str:
        wanted = children.config_map(device, obj)
        key = key_of(wanted)
        existing = self._index.config_maps.get(key)
        if existing is None or not holds(existing, wanted):
            applied = await self._api.apply(CONFIG_MAPS.path(key.namespace, key.name), wanted)
            self._index.config_maps.note(existing, applied)
        return key.name

    async def _tell(self, seen: Observation, step: Step) -> None:
        """Writes the status where it says something new, and an Event for every change of a condition."""
        obj, key = seen.obj, key_of(seen.obj)
        former = obj.get("status") or {}
        said = former.get("conditions") or []
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        conditions = conditions_of(seen, step)
        status = status_of(seen, written(conditions, said, generation=obj["metadata"]["generation"], now=now))
        if status != former:
            body = {
                "apiVersion": DEVICES.api_version,
                "kind": DEVICES.kind,
                "metadata": {"name": key.name, "namespace": key.namespace, "uid": obj["metadata"]["uid"]},
                "status": status,
            }
            try:
                written_obj = await self._api.apply(DEVICES.path(key.namespace, key.name, "status"), body)
            except ApiError as error:
                if error.not_found or error.status == _CONFLICT:  # deleted meanwhile, perhaps made anew
                    return
                raise
            self._index.devices.note(obj, written_obj)
        for note in notes_on(transitions(conditions, said), step):
            await self._publish(note, obj, now)

    async def _publish(self, note: Note, obj: Json, now: str) -> None:
        """Writes an Event; one that cannot be written is lost, and nothing else with it."""
        namespace = obj["metadata"]["namespace"]
        try:
            await self._api.create(EVENTS.path(namespace), event(note, obj, now=now, identity=self._identity))
        except ApiError as error:
            _log.warning("cannot write an event: %s", error, extra={"fields": {"stage": "reconcile"}})


def _new_pods(device: Key) -> str:
    """Returns where pods are made: a field that the cluster does not know, such as a misspelt affinity, is refused."""
    return PODS.path(device.namespace, fieldValidation="Strict")


def _failure(error: ApiError | RetryLaterError) -> str:
    """Returns a sentence that is the same from try to try: an API server's own words may hold times and numbers."""
    if isinstance(error, RetryLaterError):
        return str(error)
    if error.status in _REFUSALS:
        return f"the cluster refuses a change: {error.message}"
    return f"the API server answers {error.status} {error.reason}" if error.status else "the API server does not answer"


def _is_wanted(pod: Pod, device: QuantumDevice, obj: Json) -> bool:
    return (
        pod.owner == obj["metadata"]["uid"]
        and not pod.deleting_since
        and not pod.finished
        and pod.inputs == children.inputs_digest(device)
    )
