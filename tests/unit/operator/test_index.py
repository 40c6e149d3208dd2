import copy
from collections import deque
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from operator_scenes import device_object, pod_object

from qdm_cluster.names import CONFIG_MAPS, DEVICE, DEVICE_ID, DEVICES, PODS, SERVICES, Resource
from qdm_cluster.objects import Json, Key, key_of
from qdm_operator.index import Index

LAB = Key("lab", "")
ENDED = {"phase": "Succeeded", "containerStatuses": [{"name": "sidecar", "state": {"terminated": {"exitCode": 0}}}]}


class Scene:
    """An index, and the keys that it was concerned about since it was last asked."""

    def __init__(self) -> None:
        self._keys: set[Key] = set()
        self.now = 0.0
        self.index = Index(self._keys.add, clock=lambda: self.now)

    def concerned(self) -> set[Key]:
        keys = set(self._keys)
        self._keys.clear()
        return keys


def named(obj: Json, name: str, *, namespace: str = "lab", version: int = 1, **metadata: Any) -> Json:
    obj = copy.deepcopy(obj)
    obj["metadata"] |= {"name": name, "namespace": namespace, "resourceVersion": str(version)}
    obj["metadata"] |= {"uid": f"uid-of-{name}"} | metadata
    return obj


def device(name: str, device_id: str, *, born: int = 1, **more: Any) -> Json:
    return named(device_object(deviceId=device_id), name, creationTimestamp=f"2026-01-{born:02}T00:00:00Z", **more)


def pod(of: str, device_id: str, **more: Any) -> Json:
    status = more.pop("status", {})
    return named(pod_object(device(of, device_id), **status), f"{of}-sidecar", **more)


def config_map(name: str, of: str, **more: Any) -> Json:
    return named({"metadata": {"labels": {DEVICE: of}}}, name, **more)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_change_concerns_the_device_whose_it_is_and_what_its_namespace_shares(scene: Scene) -> None:
    index = scene.index
    table: list[tuple[Resource, Json, set[Key]]] = [
        (DEVICES, device("a", "sim:a"), {Key("lab", "a"), LAB}),
        (DEVICES, device("b", "sim:b", namespace="attic"), {Key("attic", "b"), Key("attic", "")}),
        (PODS, pod("a", "sim:a"), {Key("lab", "a")}),
        (CONFIG_MAPS, config_map("a-1", "a"), {Key("lab", "a")}),
        (SERVICES, named({"metadata": {}}, "qdm-sidecars"), {LAB}),
    ]
    for resource, obj, keys in table:
        index.stores[resource].put(obj)
        assert scene.concerned() == keys
    assert set(index.all_keys()) == {Key("lab", "a"), LAB, Key("attic", "b"), Key("attic", "")}
    for resource, obj, keys in table[::-1]:
        index.stores[resource].remove(obj)
        assert scene.concerned() == keys
    assert list(index.all_keys()) == []


def test_a_service_without_devices_is_a_reason_to_look_at_its_namespace(scene: Scene) -> None:
    scene.index.services.put(named({"metadata": {}}, "qdm-sidecars"))
    assert list(scene.index.all_keys()) == [LAB]


def test_devices_with_one_id_concern_one_another_and_the_oldest_works(scene: Scene) -> None:
    index = scene.index
    old, young = device("z", "sim:x", born=1), device("a", "sim:x", born=2)
    index.devices.put(young)
    assert index.elder_of(young) is None
    scene.concerned()
    index.devices.put(old)
    assert scene.concerned() >= {Key("lab", "a"), Key("lab", "z")}
    assert index.elder_of(young) == Key("lab", "z")
    assert index.elder_of(old) is None
    index.devices.remove(old)
    assert Key("lab", "a") in scene.concerned()
    assert index.elder_of(young) is None


def test_a_device_that_is_no_longer_known_has_no_elder(scene: Scene) -> None:
    assert scene.index.elder_of(device("a", "sim:x")) is None


def test_a_device_made_anew_under_another_id_leaves_the_former_to_its_rival(scene: Scene) -> None:
    index = scene.index
    first, rival = device("a", "sim:x", born=1), device("b", "sim:x", born=2)
    index.devices.put(first)
    index.devices.put(rival)
    scene.concerned()
    index.devices.put(device("a", "sim:y", born=3, version=9, uid="another"))
    assert scene.concerned() >= {Key("lab", "a"), Key("lab", "b")}
    assert index.elder_of(rival) is None


def test_another_devices_pod_under_the_same_id_goes_before(scene: Scene) -> None:
    index = scene.index
    first, second = device("a", "sim:x", born=1), device("b", "sim:x", born=2)
    for obj in (first, second):
        index.devices.put(obj)
    index.pods.put(pod("a", "sim:x"))
    assert [found.key.name for found in index.predecessors_of(second)] == ["a-sidecar"]
    assert index.predecessors_of(first) == []
    scene.concerned()
    index.pods.remove(pod("a", "sim:x", version=2))
    assert scene.concerned() >= {Key("lab", "a"), Key("lab", "b")}
    assert index.predecessors_of(second) == []


GOING = [
    # how the pod goes, and whether it is then lost, or seen to have ended
    ("deleted while it runs", {}, "lost"),
    ("deleted with its container ended", ENDED, "ended"),
    ("deleted as Failed with its container lost", {"phase": "Failed", "containerStatuses": [{"state": {}}]}, "lost"),
]


@pytest.mark.parametrize(("status", "fate"), [row[1:] for row in GOING], ids=[row[0] for row in GOING])
def test_a_pod_that_goes_is_lost_unless_it_was_seen_to_end(scene: Scene, status: Json, fate: str) -> None:
    index, key = scene.index, Key("lab", "a")
    index.devices.put(device("a", "sim:x"))
    index.pods.put(pod("a", "sim:x"))
    index.pods.remove(pod("a", "sim:x", version=2, status=status))
    lost = index.lost_under("sim:x")
    assert (lost is not None and lost.uid == "uid-of-a-sidecar") is (fate == "lost")
    assert index.has_ended(key, "uid-of-a-sidecar") is (fate == "ended")
    index.settle(key, "sim:x")
    assert index.lost_under("sim:x") is None
    assert not index.has_ended(key, "uid-of-a-sidecar")


def test_a_pod_that_no_node_ever_had_is_not_lost(scene: Scene) -> None:
    unscheduled = pod("a", "sim:x")
    del unscheduled["spec"]["nodeName"]
    scene.index.pods.put(unscheduled)
    scene.index.pods.remove(unscheduled)
    assert scene.index.lost_under("sim:x") is None


def test_a_pod_whose_deletion_nobody_told_of_is_lost_when_a_list_lacks_it(scene: Scene) -> None:
    store = scene.index.pods
    store.put(pod("a", "sim:x"))
    since = store.mark()
    store.mend(store.differences([], since), since)
    assert scene.index.lost_under("sim:x") is not None


def test_a_pod_that_gave_its_name_to_another_is_lost(scene: Scene) -> None:
    scene.index.pods.put(pod("a", "sim:x"))
    scene.index.pods.put(pod("a", "sim:x", version=2, uid="another"))
    lost = scene.index.lost_under("sim:x")
    assert lost is not None
    assert lost.uid == "uid-of-a-sidecar"


@pytest.mark.parametrize(
    ("deleted_after", "again_after", "remembered"),
    [
        (0.0, 10.0, True),
        (0.0, 3601.0, False),
        (9000.0, 10.0, True),  # it was waited for until just now
        (9000.0, 3601.0, False),
    ],
)
def test_a_lost_pod_is_forgotten_when_nobody_has_had_its_id_for_an_hour(
    scene: Scene, deleted_after: float, again_after: float, *, remembered: bool
) -> None:
    index = scene.index
    index.devices.put(device("a", "sim:x"))
    index.pods.put(pod("a", "sim:x"))
    index.pods.remove(pod("a", "sim:x", version=2))
    scene.now = deleted_after
    index.devices.put(device("other", "sim:y"))
    index.devices.remove(device("a", "sim:x"))
    scene.now += again_after
    index.devices.put(device("a", "sim:x", version=3, uid="another"))
    assert (index.lost_under("sim:x") is not None) is remembered


def test_that_a_pod_ended_is_forgotten_with_its_device(scene: Scene) -> None:
    scene.index.devices.put(device("a", "sim:x"))
    scene.index.pods.put(pod("a", "sim:x"))
    scene.index.pods.remove(pod("a", "sim:x", version=2, status=ENDED))
    scene.index.devices.remove(device("a", "sim:x"))
    assert not scene.index.has_ended(Key("lab", "a"), "uid-of-a-sidecar")


def test_a_config_map_whose_label_was_edited_belongs_to_its_new_device_only(scene: Scene) -> None:
    index = scene.index
    index.config_maps.put(config_map("m", "a"))
    index.config_maps.put(config_map("m", "b", version=2))
    assert scene.concerned() == {Key("lab", "a"), Key("lab", "b")}
    assert index.config_maps_of(device("a", "sim:a")) == []
    assert len(index.config_maps_of(device("b", "sim:b"))) == 1


def test_a_label_edited_in_the_last_state_of_a_deleted_object_leaves_no_trace(scene: Scene) -> None:
    index = scene.index
    index.config_maps.put(config_map("m", "a"))
    index.config_maps.remove(config_map("m", "b", version=2))
    index.config_maps.put(config_map("m", "b", version=3, uid="another"))
    assert index.config_maps_of(device("a", "sim:a")) == []


# --- whatever watching tells, misses or tells late

NAMES, IDS = ["a", "b", "c"], ["sim:x", "sim:y"]
SLOTS = (
    [(DEVICES, name) for name in NAMES] + [(PODS, name) for name in NAMES] + [(CONFIG_MAPS, "m1"), (CONFIG_MAPS, "m2")]
)

changes = st.tuples(
    st.just("change"),
    st.sampled_from(SLOTS),
    st.sampled_from(["edit", "delete", "remake"]),
    st.integers(0, 5),
    st.sampled_from(["told", "lost", "own"]),
)
others = st.sampled_from([("tell",), ("tell",), ("list",), ("mend",)])


class Cluster:
    """The truth, what watching has yet to tell of it, and an index that hears."""

    def __init__(self) -> None:
        self.truth: dict[tuple[Resource, str], Json] = {}
        self.scene = Scene()
        self._version = 0
        self._untold: deque[tuple[Resource, str, Json]] = deque()
        self._listed: list[tuple[Resource, int, dict[Key, Json | None]]] = []

    def change(self, slot: tuple[Resource, str], deed: str, detail: int, how: str) -> None:
        resource, name = slot
        before = self.truth.get(slot)
        self._version += 1
        if deed == "delete" or (deed == "remake" and before is not None):
            if before is None:
                return
            gone = copy.deepcopy(before)
            gone["metadata"]["resourceVersion"] = str(self._version)
            del self.truth[slot]
            self._tell_later(resource, "DELETED", gone, how)
            if deed == "delete":
                return
            self._version += 1
            before = None
        uid = before["metadata"]["uid"] if before is not None else f"uid-{self._version}"
        after = self.truth[slot] = self._made(resource, name, detail, uid)
        if how == "own":
            store = self.scene.index.stores[resource]
            store.note(store.get(key_of(after)), after)
        self._tell_later(resource, "MODIFIED", after, how)

    def _made(self, resource: Resource, name: str, detail: int, uid: str) -> Json:
        device_id = IDS[detail % 2]
        if resource is DEVICES:
            return device(name, device_id, born=detail + 1, version=self._version, uid=uid)
        if resource is PODS:
            made = pod(name, device_id, version=self._version, uid=uid)
            assert made["metadata"]["annotations"][DEVICE_ID] == device_id
            return made
        return config_map(name, NAMES[detail % 3], version=self._version, uid=uid)

    def _tell_later(self, resource: Resource, event: str, obj: Json, how: str) -> None:
        if how != "lost":
            self._untold.append((resource, event, obj))

    def tell(self) -> None:
        if self._untold:
            resource, event, obj = self._untold.popleft()
            store = self.scene.index.stores[resource]
            if event == "DELETED":
                store.remove(obj)
            else:
                store.put(obj)

    def list(self) -> None:
        self._listed = []
        for resource, store in self.scene.index.stores.items():
            since = store.mark()
            items = [obj for (kind, _), obj in self.truth.items() if kind is resource]
            self._listed.append((resource, since, store.differences(items, since)))

    def mend(self) -> None:
        for resource, since, differences in self._listed:
            self.scene.index.stores[resource].mend(differences, since)
        self._listed = []

    def settle(self) -> None:
        while self._untold:
            self.tell()
        self.list()
        self.mend()


def answers(index: Index) -> dict[str, Any]:
    """Returns all that the index says of the devices there are."""
    return {
        name: (
            index.elder_of(obj),
            {found.key for found in index.predecessors_of(obj)},
            sorted(found["metadata"]["name"] for found in index.config_maps_of(obj)),
            index.pod_of(key_of(obj)),
        )
        for name in NAMES
        if (obj := index.devices.get(Key("lab", name))) is not None
    }


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(changes, others), max_size=40))
def test_after_one_look_at_everything_the_index_is_right_whatever_watching_missed(steps: list[tuple[Any, ...]]) -> None:
    cluster = Cluster()
    for name, *arguments in steps:
        getattr(cluster, name)(*arguments)
    cluster.settle()
    index, fresh = cluster.scene.index, Index(lambda _key: None)
    for (resource, _), obj in cluster.truth.items():
        fresh.stores[resource].put(obj)
    for resource, store in index.stores.items():
        assert {key_of(obj): obj for obj in store.all()} == {key_of(obj): obj for obj in fresh.stores[resource].all()}
    assert answers(index) == answers(fresh)
    assert set(index.all_keys()) == set(fresh.all_keys())


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(changes, others), max_size=40))
def test_whoever_looks_when_concerned_misses_nothing(steps: list[tuple[Any, ...]]) -> None:
    cluster = Cluster()
    index, seen = cluster.scene.index, dict[str, Any]()
    for name, *arguments in [*steps, ("settle",)]:
        getattr(cluster, name)(*arguments)
        keys, now = cluster.scene.concerned(), answers(index)
        for device_name in NAMES:
            if Key("lab", device_name) in keys:
                seen[device_name] = now.get(device_name)
        assert {device_name: answer for device_name, answer in seen.items() if answer is not None} == now
