import json
from typing import Any

import pytest
from operator_scenes import IMAGE, device_object

from qdm_cluster.objects import holds
from qdm_common.manifest import HostedDevice, QuantumDevice
from qdm_operator import children
from qdm_operator.pod import STOP_SECONDS, Pod
from qdm_operator.steps import LOST_SECONDS


def made(**spec: Any) -> dict[str, Any]:
    obj = device_object(**spec)
    return children.pod(QuantumDevice.read(obj), obj, image=IMAGE)


def digest(**spec: Any) -> str:
    return children.inputs_digest(QuantumDevice.read(device_object(**spec)))


@pytest.mark.parametrize(
    "spec",
    [
        {"driver": "other"},
        {"driverConfig": {"noise": 0.1}},
        {"displayName": "Another"},
        {"concurrency": 2},
        {"queue": {"maxDepth": 5}},
        {"limits": {"shots": 5}},
        {"secretRef": {"name": "token"}},
        {"image": "registry.example/other:2"},
        {"resources": {"limits": {"memory": "1Gi"}}},
        {"nodeSelector": {"fridge": "near"}},
        {"tolerations": [{"operator": "Exists"}]},
        {"serviceAccountName": "sim"},
    ],
)
def test_a_change_of_anything_that_a_pod_is_made_of_asks_for_another_pod(spec: dict[str, Any]) -> None:
    assert digest(**spec) != digest()


@pytest.mark.parametrize("spec", [{"availability": "Offline"}, {"queue": {"maxDepth": 100}}, {"limits": {}}])
def test_availability_and_defaults_written_out_ask_for_no_other_pod(spec: dict[str, Any]) -> None:
    assert digest(**spec) == digest()


def test_the_digest_of_a_device_is_the_same_in_every_release() -> None:
    assert digest()[:16] == "1856a476a3f71228"
    assert digest(concurrency=2, image=IMAGE, nodeSelector={"a": "b"})[:16] == "311c3be2305dcf3b"


def test_a_pod_keeps_its_configuration_while_the_next_one_is_prepared() -> None:
    names = {children.config_map_name(QuantumDevice.read(device_object(driverConfig={"n": n}))) for n in (1, 2)}
    assert len(names) == 2


def test_the_config_map_is_what_a_sidecar_reads() -> None:
    obj = device_object(availability="Maintenance", image=IMAGE, nodeSelector={"a": "b"})
    text = children.config_map(QuantumDevice.read(obj), obj)["data"]["device.json"]
    hosted = HostedDevice.parse(text.encode())
    assert (hosted.device_id, hosted.display_name, hosted.availability) == ("sim:local", "sim:local", "Maintenance")
    assert "image" not in json.loads(text)
    assert "nodeSelector" not in json.loads(text)


def test_a_field_with_a_default_that_a_later_release_adds_rewrites_no_configuration() -> None:
    obj = device_object(queue={}, limits={"shots": 5}, concurrency=1)
    text = children.config_map(QuantumDevice.read(obj), obj)["data"]["device.json"]
    assert json.loads(text) == {
        "deviceId": "sim:local",
        "displayName": "sim:local",
        "driver": "simulator",
        "limits": {"shots": 5},
    }


def test_children_belong_to_the_device_and_go_with_it() -> None:
    obj = device_object()
    device = QuantumDevice.read(obj)
    for child in (children.pod(device, obj, image=IMAGE), children.config_map(device, obj)):
        (owner,) = child["metadata"]["ownerReferences"]
        assert (owner["kind"], owner["uid"], owner["controller"]) == ("QuantumDevice", "device-uid", True)
        assert "finalizers" not in child["metadata"]


def test_credentials_are_mounted_and_stand_in_no_variable() -> None:
    pod = made(secretRef={"name": "token"})
    (container,) = pod["spec"]["containers"]
    assert {"name": "secrets", "secret": {"secretName": "token"}} in pod["spec"]["volumes"]
    assert {"name": "QDM_SECRETS_DIR", "value": "/etc/qdm/secrets"} in container["env"]
    assert all("secretKeyRef" not in json.dumps(variable) for variable in container["env"])


def test_a_pod_is_restricted() -> None:
    pod = made()
    (container,) = pod["spec"]["containers"]
    assert holds(pod["spec"]["securityContext"], {"runAsNonRoot": True, "seccompProfile": {"type": "RuntimeDefault"}})
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert pod["spec"]["automountServiceAccountToken"] is False


def test_placement_reaches_the_pod_as_it_was_written() -> None:
    placement = {
        "nodeSelector": {"fridge": "near"},
        "tolerations": [{"key": "quantum", "operator": "Exists", "effect": "NoSchedule"}],
        "affinity": {"nodeAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": {"nodeSelectorTerms": []}}},
        "priorityClassName": "high",
        "runtimeClassName": "gvisor",
        "imagePullSecrets": [{"name": "pull"}],
        "serviceAccountName": "sim",
    }
    assert holds(made(**placement)["spec"], placement)


@pytest.mark.parametrize(
    ("limit", "grace", "replaced", "evicted"), [(30, "30", 45, 45), (600, "600", 615, 75), (86_400, "600", 615, 75)]
)
def test_a_pod_lets_jobs_finish_but_not_for_ever(limit: int, grace: str, replaced: int, evicted: int) -> None:
    pod = made(limits={"executionSeconds": limit})
    pod["metadata"]["uid"] = "pod-uid"
    assert {"name": "QDM_GRACE_SECONDS", "value": grace} in pod["spec"]["containers"][0]["env"]
    assert Pod.of(pod).grace_seconds == replaced
    assert pod["spec"]["terminationGracePeriodSeconds"] == evicted
    untold = {"name": "QDM_UNTOLD_GRACE_SECONDS", "value": str(evicted - STOP_SECONDS)}
    assert untold in pod["spec"]["containers"][0]["env"]


@pytest.mark.parametrize(("given", "granted"), [(None, 0), (0, 0), (1, 0), (75, 60), (600, 585)])
def test_jobs_of_a_deleted_pod_are_granted_what_its_stop_leaves_of_the_grace(given: int | None, granted: int) -> None:
    pod = made()
    pod["metadata"] |= {"uid": "pod-uid", "deletionGracePeriodSeconds": given}
    assert Pod.of(pod).granted_seconds == granted


def test_the_fence_of_a_pod_is_shorter_than_what_its_successor_waits_whatever_its_image_says() -> None:
    (fence,) = (int(entry["value"]) for entry in made()["spec"]["containers"][0]["env"] if "FENCE" in entry["name"])
    assert (fence, LOST_SECONDS) == (15, 20)


def test_a_sidecar_has_five_minutes_to_start_before_its_liveness_counts() -> None:
    (container,) = made()["spec"]["containers"]
    starting, alive = container["startupProbe"], container["livenessProbe"]
    assert starting["grpc"] == alive["grpc"]
    assert starting["periodSeconds"] * starting["failureThreshold"] == 300
    assert alive["periodSeconds"] * alive["failureThreshold"] == 120


def test_all_sidecars_of_a_namespace_share_one_headless_service() -> None:
    service = children.service("lab")
    assert service["spec"]["clusterIP"] == "None"
    assert holds(made()["metadata"]["labels"], service["spec"]["selector"])
    assert made()["spec"]["subdomain"] == service["metadata"]["name"]
