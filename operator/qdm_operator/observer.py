"""Brings together what is known of one device."""

import asyncio
from collections import defaultdict
from collections.abc import Callable
from functools import partial

from pydantic import ValidationError

from qdm_cluster.api import KubeApi
from qdm_cluster.devices import device_id_of
from qdm_cluster.names import PODS, pod_name
from qdm_cluster.objects import Json, Key, key_of
from qdm_common.manifest import QuantumDevice
from qdm_common.sidecar_health import Heard
from qdm_driver.validation import validation_violations
from qdm_operator.children import inputs_digest
from qdm_operator.index import Index
from qdm_operator.observation import LostPod, Observation
from qdm_operator.pod import Pod, PodPlace
from qdm_operator.pod_history import PodHistory
from qdm_operator.sidecars import Sidecars
from qdm_operator.verdict import Verdict


class Observer:
    """Makes observations for one term of leading; needs a running loop.

    ``image`` is that of a sidecar whose device names none.
    """

    def __init__(
        self, api: KubeApi, index: Index, sidecars: Sidecars, concerned: Callable[[Key], None], *, image: str
    ) -> None:
        self._api = api
        self._index = index
        self._sidecars = sidecars
        self._concerned = concerned
        self._image = image
        self._clock = asyncio.get_running_loop().time
        self.histories: defaultdict[Key, PodHistory] = defaultdict(PodHistory)

    async def observe(self, obj: Json) -> Observation:
        """Returns all that the next step follows from. Raises ApiError where the API server is asked and fails."""
        key = key_of(obj)
        history = self.histories[key]
        device, problem = _read(obj)
        elder = self._index.elder_of(obj)
        candidate = self._candidate(obj, key, elder)
        found = await self._pod(key, candidate)
        pod = Pod.of(found) if found is not None else None
        lost = None
        if pod is None and candidate is not None:
            gone_seconds = history.gone_for(candidate.uid, self._clock())
            unheard = Heard(None, connected=False, silent_seconds=gone_seconds)
            lost = LostPod(
                candidate, gone_seconds, self._heard(device_id_of(obj), key, candidate, observe=True) or unheard
            )
        heard = self._confirmed(key, pod) if pod is not None and pod.owner == obj["metadata"]["uid"] else None
        if lost is None and heard is None:
            self._let_go(key, of=obj["metadata"]["uid"])
        return Observation(
            obj=obj,
            device=device,
            problem=problem,
            elder=elder,
            pod=pod,
            predecessors=self._index.predecessors_of(obj),
            lost=lost,
            heard=heard,
            verdict=_standing(history.verdict, pod, device),
            image=(device.spec.image if device is not None else None) or self._image,
            pause_seconds=max(0.0, history.pause_until - self._clock()),
            outdated=self._index.outdated,
        )

    def forget(self, key: Key) -> None:
        """Lets go of a device that is no more."""
        self.histories.pop(key, None)
        self._let_go(key)

    def _let_go(self, key: Key, *, of: str = "") -> None:
        """Lets go of the sidecar of a device with this UID.

        That of a device that is gone is confirmed for as long as its pod is there, so that its jobs may end.
        """
        found = self._index.pod_of(key)
        pod = Pod.of(found) if found is not None else None
        if pod is None or pod.owner in {"", of} or self._confirmed(key, pod) is None:
            self._sidecars.drop(key)

    def _confirmed(self, key: Key, pod: Pod) -> Heard | None:
        """Returns what the sidecar of a pod says, whose fence is held open with it; ``None`` where none runs."""
        if pod.pending or pod.finished:
            return None
        return self._heard(pod.device_id, key, pod.place, observe=False, granted_seconds=pod.granted_seconds)

    def _candidate(self, obj: Json, key: Key, elder: Key | None) -> PodPlace | None:
        """Returns the pod that the device had last, unless that was seen to end; what an elder lost is the elder's."""
        if elder is None and (lost := self._index.lost_under(device_id_of(obj))) is not None:
            return lost.place
        status = obj.get("status") or {}
        pod = status.get("pod") or {}
        uid = pod.get("uid", "")
        if not uid or self._index.has_ended(key, uid):
            return None
        return PodPlace(pod.get("name", ""), uid, pod.get("node", ""), status.get("address", ""))

    async def _pod(self, key: Key, candidate: PodPlace | None) -> Json | None:
        """Returns the device's pod; one that is missing is asked for, since a pod without its labels is not watched."""
        pod = self._index.pod_of(key)
        if pod is not None or candidate is None:
            return pod
        return await self._api.find(PODS.path(key.namespace, pod_name(key.name)))

    def _heard(
        self, device_id: str, key: Key, pod: PodPlace, *, observe: bool, granted_seconds: int = 0
    ) -> Heard | None:
        if not pod.address:
            return None
        connection = self._sidecars.connection(
            key,
            pod.address,
            pod.uid,
            observe=observe,
            device_id=device_id,
            changed=partial(self._concerned, key),
        )
        connection.granted_seconds = granted_seconds
        return connection.heard()


def _read(obj: Json) -> tuple[QuantumDevice | None, str]:
    document = {key: obj.get(key) for key in ("apiVersion", "kind", "metadata", "spec")}
    try:
        return QuantumDevice.read(document), ""
    except ValidationError as error:
        return None, "; ".join(": ".join(violation) for violation in validation_violations(error, "spec"))


def _standing(verdict: Verdict | None, pod: Pod | None, device: QuantumDevice | None) -> Verdict | None:
    """Returns the verdict where it is of this pod's sidecar, on the configuration that is wanted now."""
    if verdict is None or pod is None or device is None:
        return None
    return verdict if (verdict.pod_uid, verdict.inputs) == (pod.uid, inputs_digest(device)) else None
