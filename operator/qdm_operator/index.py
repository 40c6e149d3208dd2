"""The cluster as this operator knows it, and which keys a change concerns.

A key is a device, or a whole namespace where the name is empty: that stands for what its devices share.
"""

import time
from collections.abc import Callable, Hashable, Iterator
from typing import NamedTuple, TypeVar

from qdm_cluster.devices import by_seniority, device_id_of
from qdm_cluster.names import CONFIG_MAPS, DEVICE, DEVICES, PODS, SERVICES, pod_name
from qdm_cluster.objects import Json, Key, key_of
from qdm_operator.pod import Pod
from qdm_operator.store import Store

_POD_SUFFIX = pod_name("")

# A lost pod that no device waits for is not listened to; but no facade means it either, so that its fence soon ends.
_FORGOTTEN_SECONDS = 3600.0

PlaceT = TypeVar("PlaceT", bound=Hashable)


class _Lost(NamedTuple):
    """A pod that was not seen to end, and when a device of its deviceId was last heard of, or else it was lost."""

    pod: Pod
    wanted_at: float


class Index:
    """Stores of all kinds that matter. ``concerned`` is called with every key that needs a look.

    ``outdated`` says how the cluster's definition of QuantumDevice is older than this operator; empty where it is not.
    """

    def __init__(self, concerned: Callable[[Key], None], *, clock: Callable[[], float] = time.monotonic) -> None:
        self._concerned = concerned
        self._clock = clock
        self._devices_by_id: dict[str, set[Key]] = {}
        self._pods_by_id: dict[str, set[Key]] = {}
        self._config_maps_by_device: dict[Key, set[Key]] = {}
        self._lost: dict[str, _Lost] = {}
        self._ended: dict[Key, str] = {}
        self.outdated = ""
        self.devices = Store(self._device_changed)
        self.pods = Store(self._pod_changed)
        self.config_maps = Store(self._config_map_changed)
        self.services = Store(self._service_changed)
        self.stores = {
            DEVICES: self.devices,
            PODS: self.pods,
            CONFIG_MAPS: self.config_maps,
            SERVICES: self.services,
        }

    def all_keys(self) -> Iterator[Key]:
        """Yields every key there is a reason to look at."""
        keys = [key_of(obj) for obj in self.devices.all()]
        yield from keys
        shared = {key.namespace for key in keys} | {key_of(obj).namespace for obj in self.services.all()}
        yield from (Key(namespace, "") for namespace in shared)

    def elder_of(self, obj: Json) -> Key | None:
        """Returns the device that works under this one's deviceId in its place."""
        rivals = (self.devices.get(key) for key in self._devices_by_id.get(device_id_of(obj), ()))
        first = next(iter(by_seniority([rival for rival in rivals if rival is not None])), obj)
        return None if key_of(first) == key_of(obj) else key_of(first)

    def pod_of(self, device: Key) -> Json | None:
        """Returns the pod of a device, whoever owns it."""
        return self.pods.get(Key(device.namespace, pod_name(device.name)))

    def config_maps_of(self, obj: Json) -> list[Json]:
        """Returns the ConfigMaps of a device."""
        found = [self.config_maps.get(key) for key in self._config_maps_by_device.get(key_of(obj), ())]
        return [config_map for config_map in found if config_map is not None]

    def predecessors_of(self, obj: Json) -> list[Pod]:
        """Returns other devices' pods under this one's deviceId."""
        own = key_of(obj)
        found = [self.pods.get(key) for key in self._pods_by_id.get(device_id_of(obj), ())]
        return [Pod.of(pod) for pod in found if pod is not None and _device_of(pod) != own]

    def lost_under(self, device_id: str) -> Pod | None:
        """Returns the last pod that had a device, where it is gone and was not seen to end."""
        lost = self._lost.get(device_id)
        return lost.pod if lost is not None else None

    def has_ended(self, device: Key, uid: str) -> bool:
        """Tells whether the last pod of a device, which is gone, was seen to end first."""
        return self._ended.get(device) == uid

    def settle(self, device: Key, device_id: str) -> None:
        """Forgets the pods that went before the device's present one."""
        self._lost.pop(device_id, None)
        self._ended.pop(device, None)

    def _device_changed(self, before: Json | None, after: Json | None) -> None:
        if before is None:
            self._forget_long_lost()
        for obj in (before, after):
            if obj is not None:
                key = key_of(obj)
                self._concerned(key)
                self._concerned(Key(key.namespace, ""))
                self._place_device_id(self._devices_by_id, device_id_of(obj), key, there=obj is after)
        if before is not None and after is None:
            self._ended.pop(key_of(before), None)
        if before is not None and (lost := self.lost_under(device_id_of(before))) is not None:
            self._lost[device_id_of(before)] = _Lost(lost, self._clock())

    def _forget_long_lost(self) -> None:
        """Forgets lost pods whose deviceId nobody has had for long."""
        since = self._clock() - _FORGOTTEN_SECONDS
        for device_id in [known for known, lost in self._lost.items() if lost.wanted_at < since]:
            if device_id not in self._devices_by_id:
                del self._lost[device_id]

    def _pod_changed(self, before: Json | None, after: Json | None) -> None:
        for obj in (before, after):
            if obj is not None:
                self._concerned(_device_of(obj))
                self._place_device_id(self._pods_by_id, Pod.of(obj).device_id, key_of(obj), there=obj is after)
        if before is not None and (after is None or after["metadata"]["uid"] != before["metadata"]["uid"]):
            gone = Pod.of(before)
            self.settle(_device_of(before), gone.device_id)
            if not gone.ended:
                self._lost[gone.device_id] = _Lost(gone, self._clock())
            elif self.devices.get(_device_of(before)) is not None:
                self._ended[_device_of(before)] = gone.uid

    def _config_map_changed(self, before: Json | None, after: Json | None) -> None:
        for obj in (before, after):
            if obj is not None:
                device = Key(key_of(obj).namespace, (obj["metadata"].get("labels") or {}).get(DEVICE, ""))
                self._concerned(device)
                _place(self._config_maps_by_device, device, key_of(obj), there=obj is after)

    def _service_changed(self, before: Json | None, after: Json | None) -> None:
        for obj in (before, after):
            if obj is not None:
                self._concerned(Key(key_of(obj).namespace, ""))

    def _place_device_id(self, places: dict[str, set[Key]], device_id: str, key: Key, *, there: bool) -> None:
        _place(places, device_id, key, there=there)
        for rival in self._devices_by_id.get(device_id, ()):
            self._concerned(rival)


def _place(places: dict[PlaceT, set[Key]], place: PlaceT, key: Key, *, there: bool) -> None:
    keys = places.setdefault(place, set())
    if there:
        keys.add(key)
    else:
        keys.discard(key)
    if not keys:
        del places[place]


def _device_of(pod: Json) -> Key:
    key = key_of(pod)
    return Key(key.namespace, key.name.removesuffix(_POD_SUFFIX))
