import pytest

from qdm_cluster.names import DEFINITIONS, DEVICES, PODS, SIDECAR_LABELS, pod_name, selector


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        (PODS.path(), "/api/v1/pods"),
        (PODS.path("lab"), "/api/v1/namespaces/lab/pods"),
        (PODS.path("lab", "a"), "/api/v1/namespaces/lab/pods/a"),
        (DEVICES.path("lab", "a", "status"), "/apis/qdm.eigen-os.io/v1alpha1/namespaces/lab/quantumdevices/a/status"),
        (DEVICES.path("", limit="5"), "/apis/qdm.eigen-os.io/v1alpha1/quantumdevices?limit=5"),
        (PODS.path("lab", labelSelector="a=b,c=d"), "/api/v1/namespaces/lab/pods?labelSelector=a%3Db%2Cc%3Dd"),
        (DEFINITIONS.path(name="x.y"), "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/x.y"),
    ],
)
def test_a_path_names_one_object_or_all_there_are(path: str, expected: str) -> None:
    assert path == expected


def test_objects_say_their_group_and_version() -> None:
    assert (PODS.api_version, DEVICES.api_version) == ("v1", "qdm.eigen-os.io/v1alpha1")


def test_the_longest_name_of_a_device_leaves_room_for_that_of_its_pod() -> None:
    assert pod_name("sim") == "sim-sidecar"
    assert len(pod_name("x" * 55)) <= 63


def test_sidecars_are_selected_by_who_manages_them_and_what_they_are() -> None:
    assert selector(SIDECAR_LABELS) == ("app.kubernetes.io/managed-by=qdm-operator,app.kubernetes.io/name=qdm-sidecar")
