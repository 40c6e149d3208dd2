import copy
import itertools
from collections.abc import AsyncIterator
from typing import Any

import pytest
from operator_scenes import IMAGE, Json, device_object, heard
from operator_scenes.fake_cluster import FakeCluster, Write

from qdm_cluster.api import ApiError
from qdm_cluster.names import CONFIG_MAPS, DEVICES, EVENTS, PODS, SERVICES
from qdm_cluster.objects import Key
from qdm_common.sidecar_health import Heard
from qdm_driver import Violation
from qdm_operator.work_queue import RetryLaterError
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2

SIM, POD = Key("lab", "sim"), Key("lab", "sim-sidecar")
LAB = Key("lab", "")
NOISY = [Violation("driverConfig.noise", "is too loud")]


@pytest.fixture
async def cluster() -> AsyncIterator[FakeCluster]:
    """A cluster with one device that nobody has looked at yet."""
    cluster = FakeCluster()
    cluster.add(DEVICES, device_object())
    yield cluster
    cluster.queue.clear()


async def settle(cluster: FakeCluster) -> None:
    """Lets the device get its pod, and its sidecar be well."""
    await cluster.look(SIM, LAB)
    cluster.run_pod(POD)
    await cluster.look(SIM, times=2)
    cluster.writes.clear()


def refusing(status: int, verb: str, message: str = "no") -> Any:
    def refuse(write: Write) -> ApiError | None:
        return ApiError(status, "", message) if write.verb == verb and write.resource is PODS else None

    return refuse


async def test_a_new_device_gets_config_map_pod_service_and_status(cluster: FakeCluster) -> None:
    await cluster.look(SIM, LAB)
    pod = cluster.peek(PODS, POD)
    (config_map,) = cluster.all(CONFIG_MAPS)
    assert pod is not None
    assert pod["spec"]["containers"][0]["image"] == IMAGE
    assert {"name": config_map["metadata"]["name"]} in [volume.get("configMap") for volume in pod["spec"]["volumes"]]
    assert cluster.peek(SERVICES, Key("lab", "qdm-sidecars")) is not None
    assert cluster.condition(SIM) == ("False", "SidecarStarting")
    assert cluster.condition(SIM, "Progressing") == ("True", "CreatingPod")


async def test_a_device_whose_sidecar_is_well_is_ready(cluster: FakeCluster) -> None:
    await settle(cluster)
    assert cluster.condition(SIM) == ("True", "Ready")
    assert cluster.condition(SIM, "ConfigValid") == ("True", "Accepted")
    assert cluster.condition(SIM, "Progressing") == ("False", "Settled")


async def test_where_everything_is_as_wanted_nothing_is_written(cluster: FakeCluster) -> None:
    await settle(cluster)
    await cluster.look(SIM, LAB, times=5)
    assert cluster.writes == []


async def test_an_event_is_written_for_a_transition_and_not_again(cluster: FakeCluster) -> None:
    await settle(cluster)
    told = [event["reason"] for event in cluster.all(EVENTS)]
    assert told == ["CreatedPod", "SidecarStarting", "Ready", "Accepted"]


async def test_a_pod_deleted_by_hand_comes_back(cluster: FakeCluster) -> None:
    await settle(cluster)
    cluster.end_pod(POD)
    await cluster.look(SIM)
    assert cluster.peek(PODS, POD) is not None


async def test_what_was_edited_or_deleted_by_hand_is_put_right(cluster: FakeCluster) -> None:
    await settle(cluster)
    (config_map,) = cluster.all(CONFIG_MAPS)
    key = Key("lab", config_map["metadata"]["name"])
    cluster.change(CONFIG_MAPS, key, data={"device.json": "{}"})
    cluster.change(PODS, POD, metadata={"labels": {"app.kubernetes.io/name": "qdm-sidecar"}})
    cluster.take(SERVICES, Key("lab", "qdm-sidecars"))
    await cluster.look(SIM, LAB)
    pod, repaired = cluster.peek(PODS, POD), cluster.peek(CONFIG_MAPS, key)
    assert pod is not None
    assert repaired is not None
    assert pod["metadata"]["labels"]["qdm.eigen-os.io/device"] == "sim"
    assert repaired["data"] == config_map["data"]
    assert cluster.peek(SERVICES, Key("lab", "qdm-sidecars")) is not None
    assert "DELETE" not in [write.verb for write in cluster.writes]


async def test_a_pod_is_not_put_right_by_what_is_known_of_its_namesake(cluster: FakeCluster) -> None:
    await settle(cluster)
    cluster.change(PODS, POD, metadata={"labels": {"app.kubernetes.io/name": "qdm-sidecar"}})
    successor = copy.deepcopy(cluster.objects["pods", POD])
    successor["metadata"]["uid"] = "successor-uid"
    cluster.objects["pods", POD] = successor
    with pytest.raises(RetryLaterError):
        await cluster.look(SIM)
    assert cluster.peek(PODS, POD) == successor


async def test_a_wrong_change_of_the_configuration_touches_nothing_that_runs(cluster: FakeCluster) -> None:
    await settle(cluster)
    cluster.sidecars[SIM].violations = NOISY
    cluster.change(DEVICES, SIM, spec={"driverConfig": {"noise": 5}})
    await cluster.look(SIM, times=3)
    assert cluster.condition(SIM, "ConfigValid") == ("False", "ConfigInvalid")
    assert cluster.condition(SIM) == ("True", "Ready")
    assert {write.resource.plural for write in cluster.writes} <= {"quantumdevices", "events"}
    assert cluster.sidecars[SIM].asked == [{"noise": 5}]


async def test_a_configuration_that_the_driver_fails_on_is_refused_and_a_later_one_is_asked_about_anew(
    cluster: FakeCluster,
) -> None:
    await settle(cluster)
    said = "the driver cannot check it: internal error 0123; the log of the driver manager has the details"
    cluster.sidecars[SIM].violations = [Violation("driverConfig", said)]
    cluster.change(DEVICES, SIM, spec={"driverConfig": {"noise": 5}})
    await cluster.look(SIM, times=3)
    assert cluster.condition(SIM, "ConfigValid") == ("False", "ConfigInvalid")
    assert cluster.condition(SIM, "Progressing") == ("False", "ConfigInvalid")
    assert said in (cluster.peek(DEVICES, SIM) or {})["status"]["conditions"][1]["message"]
    assert "deletionTimestamp" not in cluster.objects["pods", POD]["metadata"]

    cluster.sidecars[SIM].violations = ()
    cluster.change(DEVICES, SIM, spec={"driverConfig": {"noise": 0.1}})
    await cluster.look(SIM, times=2)
    assert cluster.sidecars[SIM].asked == [{"noise": 5}, {"noise": 0.1}]
    assert "deletionTimestamp" in cluster.objects["pods", POD]["metadata"]


async def test_availability_reaches_a_device_whose_configuration_is_wrong(cluster: FakeCluster) -> None:
    await settle(cluster)
    said = heard()
    cluster.said = lambda _device: said
    cluster.sidecars[SIM].violations = NOISY
    cluster.change(DEVICES, SIM, spec={"driverConfig": {"noise": 5}, "availability": "Maintenance"})
    await cluster.look(SIM, times=3)
    assert cluster.sidecars[SIM].told == [sidecar_pb2.AVAILABILITY_MAINTENANCE]
    assert cluster.condition(SIM, "ConfigValid") == ("False", "ConfigInvalid")


async def test_a_right_change_replaces_the_pod_and_its_config_map(cluster: FakeCluster) -> None:
    await settle(cluster)
    (former,) = cluster.all(CONFIG_MAPS)
    cluster.change(DEVICES, SIM, spec={"driverConfig": {"noise": 0.1}})
    await cluster.look(SIM, times=2)
    assert "deletionTimestamp" in (cluster.peek(PODS, POD) or {})["metadata"]
    await cluster.look(SIM)
    assert cluster.condition(SIM, "Progressing") == ("True", "ReplacingPod")
    assert [write.verb for write in cluster.writes if write.resource is PODS] == ["TRY", "DELETE"]
    assert cluster.graces == [615]
    assert cluster.sidecars[SIM].granted_seconds == 600
    cluster.end_pod(POD)
    await cluster.look(SIM)
    cluster.run_pod(POD)
    await cluster.look(SIM, times=2)
    (present,) = cluster.all(CONFIG_MAPS)
    assert present["metadata"]["name"] != former["metadata"]["name"]
    assert cluster.condition(SIM) == ("True", "Ready")


async def test_a_sidecar_that_cannot_be_asked_is_asked_again_later_and_progressing_alone_says_so(
    cluster: FakeCluster,
) -> None:
    await settle(cluster)
    cluster.sidecars[SIM].trouble = RetryLaterError("the sidecar's Validate failed: UNAVAILABLE", seconds=2.0)
    cluster.change(DEVICES, SIM, spec={"driverConfig": {"noise": 5}})
    for _ in range(3):
        with pytest.raises(RetryLaterError):
            await cluster.look(SIM)
    assert [write.subresource for write in cluster.writes if write.resource is not EVENTS] == ["status"]
    assert cluster.condition(SIM, "Progressing") == ("True", "Retrying")
    assert cluster.condition(SIM, "ConfigValid") == ("Unknown", "NotChecked")
    assert cluster.condition(SIM) == ("True", "Ready")
    assert (cluster.peek(DEVICES, SIM) or {})["status"]["observedGeneration"] == 4


async def test_what_cannot_be_put_right_keeps_no_dead_device_ready(cluster: FakeCluster) -> None:
    await settle(cluster)
    (config_map,) = cluster.all(CONFIG_MAPS)
    cluster.change(CONFIG_MAPS, Key("lab", config_map["metadata"]["name"]), data={"device.json": "{}"})
    numbers = itertools.count()
    immutable = "field is immutable when `immutable` is set"

    def refuse(write: Write) -> ApiError | None:
        return ApiError(422, "Invalid", immutable) if write.resource is CONFIG_MAPS else None

    def break_down(write: Write) -> ApiError | None:
        return ApiError(500, "InternalError", f"request {next(numbers)}") if write.resource is CONFIG_MAPS else None

    cluster.said = lambda _device: heard(connected=False, silent_seconds=500.0)
    for refusal, said in ((refuse, immutable), (break_down, "500 InternalError")):
        cluster.refuse = refusal
        for _ in range(3):
            with pytest.raises(RetryLaterError):
                await cluster.look(SIM)
        assert cluster.condition(SIM) == ("Unknown", "SidecarSilent")
        assert cluster.condition(SIM, "Progressing") == ("True", "Retrying")
        assert said in (cluster.peek(DEVICES, SIM) or {})["status"]["conditions"][2]["message"]
    assert [write.subresource for write in cluster.writes if write.resource is DEVICES] == ["status"] * 2


async def test_a_configuration_that_the_running_driver_cannot_check_is_checked_by_the_next_sidecar(
    cluster: FakeCluster,
) -> None:
    await settle(cluster)
    cluster.sidecars[SIM].checkable = False
    cluster.change(DEVICES, SIM, spec={"driverConfig": {"noise": 0.1}})
    await cluster.look(SIM, times=3)
    assert "deletionTimestamp" in (cluster.peek(PODS, POD) or {})["metadata"]
    assert cluster.condition(SIM, "ConfigValid") == ("Unknown", "NotChecked")
    cluster.end_pod(POD)
    await cluster.look(SIM)
    assert cluster.condition(SIM, "ConfigValid") == ("Unknown", "NotChecked")
    cluster.run_pod(POD)
    await cluster.look(SIM)
    assert cluster.condition(SIM, "ConfigValid") == ("True", "Accepted")


async def test_a_change_taken_back_while_it_is_checked_costs_no_pod(cluster: FakeCluster) -> None:
    await settle(cluster)
    cluster.sidecars[SIM].meanwhile = lambda: cluster.change(DEVICES, SIM, spec={"driverConfig": {}})
    cluster.change(DEVICES, SIM, spec={"driverConfig": {"noise": 0.1}})
    await cluster.look(SIM, times=3)
    assert [write for write in cluster.writes if write.resource is PODS] == []
    assert cluster.condition(SIM, "Progressing") == ("False", "Settled")


async def test_a_configuration_that_comes_with_its_image_is_not_judged_by_the_image_before(
    cluster: FakeCluster,
) -> None:
    await settle(cluster)
    cluster.sidecars[SIM].violations = NOISY
    cluster.change(DEVICES, SIM, spec={"image": f"{IMAGE}-newer", "driverConfig": {"noise": 5}})
    await cluster.look(SIM, times=2)
    assert "deletionTimestamp" in (cluster.peek(PODS, POD) or {})["metadata"]
    assert cluster.condition(SIM, "ConfigValid") == ("Unknown", "NotChecked")


async def test_availability_is_told_and_the_pod_stays(cluster: FakeCluster) -> None:
    await settle(cluster)
    said = heard()
    cluster.said = lambda _device: said
    cluster.change(DEVICES, SIM, spec={"availability": "Maintenance"})
    await cluster.look(SIM, times=3)
    assert cluster.sidecars[SIM].told == [sidecar_pb2.AVAILABILITY_MAINTENANCE]
    assert [write for write in cluster.writes if write.resource is PODS] == []


async def test_the_silence_of_a_sidecar_counts_from_when_its_pod_runs(cluster: FakeCluster) -> None:
    await cluster.look(SIM)
    cluster.change(PODS, POD, spec={"nodeName": "node-a"}, status={"phase": "Pending", "podIP": "10.0.0.7"})
    await cluster.look(SIM)
    assert cluster.sidecars == {}
    cluster.run_pod(POD)
    await cluster.look(SIM)
    assert SIM in cluster.sidecars


async def test_a_pod_that_failed_is_replaced_after_a_pause(cluster: FakeCluster) -> None:
    await settle(cluster)
    ended = {"name": "sidecar", "state": {"terminated": {"exitCode": 137}}}
    cluster.change(PODS, POD, status={"phase": "Failed", "containerStatuses": [ended]})
    await cluster.look(SIM)
    cluster.take(PODS, POD)
    await cluster.look(SIM)
    assert cluster.condition(SIM) == ("False", "PausingAfterFailure")
    assert cluster.peek(PODS, POD) is None


def mirrored(obj: Json) -> None:
    """Puts a proxy beside a pod's container, and another image in it, as webhooks do."""
    if "containers" in obj.get("spec", {}):
        (container,) = obj["spec"]["containers"]
        container["image"] = f"mirror.example/{IMAGE}"
        obj["spec"]["containers"] = [{"name": "proxy", "image": "mirror.example/proxy"}, container]


async def test_an_image_that_admission_put_in_place_of_the_wanted_one_is_no_edit(cluster: FakeCluster) -> None:
    cluster.admit = mirrored
    await settle(cluster)
    await cluster.look(SIM, times=3)
    assert cluster.writes == []
    assert cluster.condition(SIM) == ("True", "Ready")
    annotations = cluster.objects["pods", POD]["metadata"]["annotations"]
    cluster.change(PODS, POD, metadata={"annotations": {**annotations, "qdm.eigen-os.io/device-id": "edited"}})
    await cluster.look(SIM, times=2)
    assert cluster.objects["pods", POD]["metadata"]["annotations"] == annotations
    assert [write.verb for write in cluster.writes] == ["PATCH"]


async def test_a_pod_that_never_stays_as_it_was_made_is_replaced_ever_more_slowly(cluster: FakeCluster) -> None:
    cluster.admit = mirrored
    cluster.refuse = refusing(500, "PATCH")
    with pytest.raises(RetryLaterError):
        await cluster.look(SIM)
    await cluster.look(SIM, times=5)
    assert cluster.condition(SIM) == ("False", "PausingAfterFailure")
    assert [write.verb for write in cluster.writes if write.resource is PODS] == ["POST", "PATCH", "DELETE"]


@pytest.mark.parametrize("status", [400, 403, 422])
async def test_a_pod_that_the_cluster_refuses_becomes_a_condition(cluster: FakeCluster, status: int) -> None:
    cluster.refuse = refusing(status, "POST", "exceeded quota: pods")
    await cluster.look(SIM)
    assert cluster.condition(SIM) == ("False", "PodRefused")
    conditions = (cluster.peek(DEVICES, SIM) or {})["status"]["conditions"]
    assert "exceeded quota: pods" in conditions[0]["message"]


@pytest.mark.parametrize("status", [400, 403, 422])
async def test_a_running_pod_outlives_a_spec_that_the_cluster_refuses(cluster: FakeCluster, status: int) -> None:
    await settle(cluster)
    cluster.refuse = refusing(status, "TRY", "no PriorityClass with name urgent was found")
    cluster.change(DEVICES, SIM, spec={"priorityClassName": "urgent"})
    await cluster.look(SIM, times=3)
    assert "deletionTimestamp" not in cluster.objects["pods", POD]["metadata"]
    assert cluster.condition(SIM) == ("True", "Ready")
    assert cluster.condition(SIM, "Progressing") == ("True", "SuccessorRefused")
    (told,) = [event for event in cluster.all(EVENTS) if event["reason"] == "SuccessorRefused"]
    assert told["type"] == "Warning"
    assert "no PriorityClass with name urgent" in told["message"]
    cluster.refuse = lambda _write: None
    await cluster.look(SIM)
    assert "deletionTimestamp" in cluster.objects["pods", POD]["metadata"]


@pytest.mark.parametrize(
    ("status", "message"),
    [
        (403, 'pods "sim-sidecar" is forbidden: exceeded quota: few, requested: pods=1, used: pods=1, limited: pods=1'),
        (400, 'admission webhook "w.example" does not support dry run'),
    ],
)
async def test_what_says_nothing_of_the_next_pod_does_not_hold_it_up(
    cluster: FakeCluster, status: int, message: str
) -> None:
    await settle(cluster)
    cluster.refuse = refusing(status, "TRY", message)
    cluster.change(DEVICES, SIM, spec={"priorityClassName": "urgent"})
    await cluster.look(SIM, times=2)
    assert "deletionTimestamp" in cluster.objects["pods", POD]["metadata"]


async def test_a_pod_is_not_replaced_while_nobody_says_what_would_become_of_the_next(cluster: FakeCluster) -> None:
    await settle(cluster)
    cluster.refuse = refusing(500, "TRY")
    cluster.change(DEVICES, SIM, spec={"priorityClassName": "urgent"})
    await cluster.look(SIM)
    with pytest.raises(RetryLaterError):
        await cluster.look(SIM)
    assert "deletionTimestamp" not in cluster.objects["pods", POD]["metadata"]


@pytest.mark.parametrize("status", [0, 429, 500, 503])
async def test_a_cluster_in_trouble_is_asked_again_and_the_status_says_so(cluster: FakeCluster, status: int) -> None:
    cluster.refuse = refusing(status, "POST")
    for _ in range(3):
        with pytest.raises(RetryLaterError):
            await cluster.look(SIM)
    assert cluster.condition(SIM) == ("False", "Retrying")
    assert cluster.condition(SIM, "ConfigValid") == ("Unknown", "NotChecked")
    assert [write.subresource for write in cluster.writes if write.resource is DEVICES] == ["status"]
    cluster.refuse = lambda _write: None
    await cluster.look(SIM)
    assert cluster.peek(PODS, POD) is not None
    assert cluster.condition(SIM) == ("False", "SidecarStarting")


async def test_a_pause_that_the_server_asks_for_is_kept(cluster: FakeCluster) -> None:
    cluster.refuse = lambda _write: ApiError(429, "TooManyRequests", "slow down", retry_after=7.0)
    with pytest.raises(RetryLaterError) as error:
        await cluster.look(SIM)
    assert error.value.seconds == 7.0


async def test_an_event_that_cannot_be_written_costs_nothing_else(cluster: FakeCluster) -> None:
    cluster.refuse = lambda write: ApiError(500, "", "no") if write.resource is EVENTS else None
    await settle(cluster)
    assert cluster.condition(SIM) == ("True", "Ready")


async def test_a_pod_that_lost_its_labels_gets_them_back_and_no_twin(cluster: FakeCluster) -> None:
    await settle(cluster)
    pod = cluster.objects["pods", POD]
    cluster.unwatched.add(("pods", POD))
    pod["metadata"]["labels"] = {}
    cluster.index.pods.remove(pod)
    await cluster.look(SIM)
    assert [write.verb for write in cluster.writes if write.resource is PODS] == ["PATCH"]
    assert cluster.peek(PODS, POD) == cluster.index.pods.get(POD)


async def test_a_pod_of_somebody_else_under_the_name_is_left_alone(cluster: FakeCluster) -> None:
    cluster.unwatched.add(("pods", POD))
    cluster.add(PODS, {"metadata": {"name": "sim-sidecar", "namespace": "lab", "uid": "theirs"}, "spec": {}})
    await cluster.look(SIM)
    assert cluster.condition(SIM) == ("False", "PodNameTaken")
    assert cluster.objects["pods", POD]["metadata"]["uid"] == "theirs"


async def test_a_device_made_anew_waits_for_the_pod_of_its_namesake(cluster: FakeCluster) -> None:
    await settle(cluster)
    cluster.take(DEVICES, SIM)
    anew = device_object()
    anew["metadata"]["uid"] = "another-device-uid"
    cluster.add(DEVICES, anew)
    cluster.change(PODS, POD, metadata={"deletionTimestamp": "2026-01-01T00:00:00Z"})
    await cluster.look(SIM)
    assert cluster.condition(SIM) == ("False", "WaitingForPredecessor")
    cluster.end_pod(POD)
    await cluster.look(SIM)
    assert cluster.condition(SIM, "Progressing") == ("True", "CreatingPod")


async def test_of_two_devices_with_one_id_the_older_works_and_the_younger_takes_over_after_it(
    cluster: FakeCluster,
) -> None:
    await settle(cluster)
    twin = device_object()
    twin["metadata"] |= {"name": "twin", "uid": "twin-uid", "creationTimestamp": "2026-01-02T00:00:00Z"}
    cluster.add(DEVICES, twin)
    key, pod = Key("lab", "twin"), Key("lab", "twin-sidecar")
    await cluster.look(key, SIM)
    assert cluster.condition(key) == ("False", "DuplicateDeviceId")
    assert cluster.peek(PODS, pod) is None
    assert cluster.condition(SIM) == ("True", "Ready")

    cluster.take(DEVICES, SIM)
    await cluster.look(SIM, key)
    assert cluster.condition(key) == ("False", "WaitingForPredecessor")
    cluster.end_pod(POD)
    await cluster.look(key)
    assert cluster.peek(PODS, pod) is not None


async def test_a_device_that_vanished_with_its_pod_alive_is_fenced_for_its_successor_too(cluster: FakeCluster) -> None:
    await settle(cluster)
    cluster.take(DEVICES, SIM)
    cluster.take(PODS, POD)
    again = device_object()
    again["metadata"] |= {"uid": "another-device-uid"}
    cluster.add(DEVICES, again)
    cluster.said = lambda _device: heard(held=True)
    await cluster.look(SIM)
    assert cluster.condition(SIM) == ("False", "WaitingForLostPod")
    cluster.said = lambda _device: heard(held=False)
    await cluster.look(SIM)
    assert cluster.peek(PODS, POD) is not None


async def restarted(cluster: FakeCluster, device: Key) -> FakeCluster:
    """Returns the cluster of a device as an operator finds it that has only just started."""
    after = FakeCluster()
    after.add(DEVICES, cluster.objects["quantumdevices", device])
    after.said = lambda _device: Heard(None, connected=False, silent_seconds=0.0)
    await after.look(device)
    return after


@pytest.mark.parametrize("name", ["sim", "twin"])
async def test_an_operator_that_starts_anew_waits_for_whichever_lost_pod_had_the_device(
    cluster: FakeCluster, name: str
) -> None:
    await settle(cluster)
    lost = cluster.objects["pods", POD]
    cluster.take(DEVICES, SIM)
    cluster.take(PODS, POD)
    heir = device_object()
    heir["metadata"] |= {"name": name, "uid": "another-device-uid"}
    cluster.add(DEVICES, heir)
    key = Key("lab", name)
    cluster.said = lambda _device: heard(held=True)
    await cluster.look(key)
    status = (cluster.peek(DEVICES, key) or {})["status"]
    assert status["pod"] == {"name": "sim-sidecar", "uid": lost["metadata"]["uid"], "node": "node-a"}
    assert status["address"] == "10.0.0.7:50061"
    after = await restarted(cluster, key)
    assert after.condition(key) == ("False", "WaitingForLostPod")
    assert after.sidecars[key].instance == lost["metadata"]["uid"]
    after.queue.clear()


async def test_a_device_that_waits_for_its_elder_has_no_share_in_the_elders_lost_pod(cluster: FakeCluster) -> None:
    await settle(cluster)
    twin = device_object()
    twin["metadata"] |= {"name": "twin", "uid": "twin-uid", "creationTimestamp": "2026-01-02T00:00:00Z"}
    cluster.add(DEVICES, twin)
    cluster.take(PODS, POD)
    await cluster.look(Key("lab", "twin"))
    assert "pod" not in (cluster.peek(DEVICES, Key("lab", "twin")) or {})["status"]
    assert Key("lab", "twin") not in cluster.sidecars


async def test_the_fence_of_a_lost_pod_is_only_observed(cluster: FakeCluster) -> None:
    await settle(cluster)
    uid = cluster.objects["pods", POD]["metadata"]["uid"]
    assert (cluster.sidecars[SIM].instance, cluster.sidecars[SIM].observed) == (uid, False)
    cluster.take(PODS, POD)
    await cluster.look(SIM)
    assert cluster.condition(SIM) == ("False", "WaitingForLostPod")
    assert (cluster.sidecars[SIM].instance, cluster.sidecars[SIM].observed) == (uid, True)


async def test_a_pod_that_is_said_to_have_failed_with_its_node_is_let_go_and_then_observed(
    cluster: FakeCluster,
) -> None:
    await settle(cluster)
    status = cluster.objects["pods", POD]["status"]
    cluster.change(PODS, POD, status=status | {"phase": "Failed"})
    await cluster.look(SIM)
    assert cluster.sidecars == {}
    cluster.take(PODS, POD)
    cluster.said = lambda _device: heard(held=True)
    await cluster.look(SIM)
    assert cluster.condition(SIM) == ("False", "WaitingForLostPod")
    assert cluster.sidecars[SIM].observed


async def test_a_new_leader_waits_for_a_pod_that_was_lost_before_its_time(cluster: FakeCluster) -> None:
    lost = {"pod": {"name": "sim-sidecar", "uid": "lost-uid"}, "address": "10.0.0.9:50061"}
    cluster.change(DEVICES, SIM, status=lost)
    cluster.said = lambda _device: Heard(None, connected=False, silent_seconds=1.0)
    await cluster.look(SIM)
    assert cluster.condition(SIM) == ("False", "WaitingForLostPod")
    assert cluster.peek(PODS, POD) is None
    assert (cluster.peek(DEVICES, SIM) or {})["status"]["pod"] == lost["pod"]


async def test_a_device_that_is_deleted_is_let_go(cluster: FakeCluster) -> None:
    await settle(cluster)
    cluster.take(DEVICES, SIM)
    cluster.take(PODS, POD)
    await cluster.look(SIM, LAB)
    assert cluster.sidecars == {}
    assert [write.verb for write in cluster.writes] == ["DELETE"]
    assert cluster.peek(SERVICES, Key("lab", "qdm-sidecars")) is None


@pytest.mark.parametrize("successor", [None, "sim:local", "sim:other"])
async def test_the_pod_of_a_deleted_device_is_confirmed_until_it_is_gone(
    cluster: FakeCluster, successor: str | None
) -> None:
    await settle(cluster)
    uid = (cluster.peek(PODS, POD) or {})["metadata"]["uid"]
    cluster.take(DEVICES, SIM)
    deletion = {"deletionTimestamp": "2026-01-01T00:00:00Z", "deletionGracePeriodSeconds": 75}
    cluster.change(PODS, POD, metadata=deletion)
    if successor is not None:
        device = device_object(deviceId=successor)
        cluster.add(DEVICES, device | {"metadata": device["metadata"] | {"uid": "another-device-uid"}})
    await cluster.look(SIM, times=3)
    held = cluster.sidecars[SIM]
    assert (held.instance, held.observed, held.granted_seconds) == (uid, False, 60)
    if successor is not None:
        assert cluster.condition(SIM)[0] == "False"
    cluster.take(PODS, POD)
    await cluster.look(SIM)
    assert SIM not in cluster.sidecars or cluster.sidecars[SIM].observed


@pytest.mark.parametrize("change", ["gone", "made anew", "being deleted"])
async def test_a_device_whose_end_is_not_heard_of_yet_gets_no_pod(cluster: FakeCluster, change: str) -> None:
    await settle(cluster)
    cluster.end_pod(POD)
    unheard = cluster.objects.pop(("quantumdevices", SIM))
    if change == "made anew":
        unheard["metadata"] |= {"uid": "another-device-uid"}
        cluster.objects["quantumdevices", SIM] = unheard
    if change == "being deleted":
        metadata = unheard["metadata"] | {"deletionTimestamp": "2026-01-01T00:00:00Z"}
        cluster.objects["quantumdevices", SIM] = unheard | {"metadata": metadata}
    await cluster.look(SIM)
    assert cluster.peek(PODS, POD) is None


async def test_a_device_deleted_while_its_status_is_written_is_no_trouble(cluster: FakeCluster) -> None:
    cluster.refuse = lambda write: ApiError(404, "NotFound", "gone") if write.subresource == "status" else None
    await cluster.look(SIM)
    assert cluster.all(EVENTS) == []


async def test_a_spec_that_makes_no_sense_becomes_a_condition(cluster: FakeCluster) -> None:
    cluster.change(DEVICES, SIM, spec={"driver": "", "hue": 5})
    await cluster.look(SIM)
    assert cluster.condition(SIM, "ConfigValid") == ("False", "SpecInvalid")
    message = (cluster.peek(DEVICES, SIM) or {})["status"]["conditions"][1]["message"]
    assert "driver" in message
    assert "hue" in message
    assert cluster.peek(PODS, POD) is None
