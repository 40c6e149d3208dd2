from typing import Any

import pytest
from operator_scenes import IMAGE, device_object, pod_object

from qdm_operator.pod import Pod


def status(phase: str, *states: dict[str, Any]) -> dict[str, Any]:
    return {"phase": phase, "containerStatuses": [{"name": "sidecar", "state": state} for state in states]}


TERMINATED = {"terminated": {"exitCode": 0}}


@pytest.mark.parametrize(
    ("node", "changes", "ended"),
    [
        ("node-a", status("Running", {"running": {}}), False),
        ("node-a", status("Succeeded", TERMINATED), True),
        ("node-a", status("Failed", TERMINATED), True),
        ("node-a", status("Failed"), True),  # refused by the node before anything was started
        ("node-a", status("Failed", {"running": {}}), False),  # the word of a garbage collector, not of the node
        ("node-a", status("Running", TERMINATED), False),  # it will be restarted
        ("node-a", {"phase": "Pending", "containerStatuses": []}, False),
        ("", {"phase": "Pending", "containerStatuses": []}, True),
    ],
)
def test_a_pod_has_ended_by_the_word_of_its_node_alone(node: str, changes: dict[str, Any], *, ended: bool) -> None:
    obj = pod_object(device_object(), **changes)
    obj["spec"]["nodeName"] = node
    assert Pod.of(obj).ended is ended


@pytest.mark.parametrize(
    ("reason", "waiting"),
    [
        ("ContainerCreating", ""),
        ("PodInitializing", ""),
        ("CrashLoopBackOff", "CrashLoopBackOff"),
        ("ImagePullBackOff", "ImagePullBackOff"),
        ("CreateContainerConfigError", "CreateContainerConfigError"),
    ],
)
def test_an_ordinary_start_is_no_trouble(reason: str, waiting: str) -> None:
    obj = pod_object(device_object(), **status("Pending", {"waiting": {"reason": reason}}))
    assert Pod.of(obj).waiting == waiting


@pytest.mark.parametrize(("ip", "address"), [("10.0.0.7", "10.0.0.7:50061"), ("fd00::7", "[fd00::7]:50061"), ("", "")])
def test_a_sidecar_is_called_at_its_pods_address(ip: str, address: str) -> None:
    assert Pod.of(pod_object(device_object(), podIP=ip)).address == address


def test_a_pod_that_nobody_has_touched_yet_can_be_read() -> None:
    pod = Pod.of({"metadata": {"namespace": "lab", "name": "sim-sidecar", "uid": "1"}})
    assert (pod.owner, pod.device_id, pod.inputs, pod.address, pod.phase) == ("", "", "", "", "")
    assert pod.ended


def test_an_image_edited_by_hand_shows() -> None:
    obj = pod_object(device_object())
    obj["spec"]["containers"][0]["image"] = "registry.example/another"
    assert (Pod.of(obj).image, Pod.of(obj).running_image) == (IMAGE, "registry.example/another")


def test_what_admission_made_of_the_image_is_no_edit() -> None:
    obj = pod_object(device_object())
    obj["spec"]["containers"][0]["image"] = "mirror.example/simulator"
    obj["metadata"]["annotations"]["qdm.eigen-os.io/admitted-image"] = "mirror.example/simulator"
    assert (Pod.of(obj).image, Pod.of(obj).admitted_image) == (IMAGE, Pod.of(obj).running_image)
    assert Pod.of(pod_object(device_object())).admitted_image == IMAGE


def test_a_container_that_somebody_put_before_the_sidecars_is_not_mistaken_for_it() -> None:
    obj = pod_object(device_object())
    obj["spec"]["containers"].insert(0, {"name": "proxy", "image": "proxy:1"})
    assert (Pod.of(obj).running_image, Pod.of(obj).grace_seconds) == (IMAGE, 615)


def test_why_no_node_takes_a_pod_is_known() -> None:
    condition = {"type": "PodScheduled", "status": "False", "reason": "Unschedulable", "message": "0/2 nodes: full"}
    assert Pod.of(pod_object(device_object(), conditions=[condition])).unschedulable == "0/2 nodes: full"
