"""Every pod of the chart under the restricted Pod Security Standard, and what restricted means beyond it."""

from typing import Any

import pytest

from api_tier.chart import pod_of, render

PODS = [("Deployment", "qdm-operator"), ("Deployment", "qdm-facade"), ("Pod", "qdm-test")]

every_pod = pytest.mark.parametrize(("kind", "name"), PODS)


def spec_of(kind: str, name: str) -> dict[str, Any]:
    return dict(pod_of(render().one(kind, name))["spec"])


def test_these_are_all_its_pods() -> None:
    found = [(obj["kind"], obj["metadata"]["name"]) for obj in render().objects if obj["kind"] in {"Deployment", "Pod"}]
    assert sorted(found) == sorted(PODS)


@every_pod
def test_it_runs_as_a_user_without_rights(kind: str, name: str) -> None:
    spec = spec_of(kind, name)
    security = spec["securityContext"]
    assert security["runAsNonRoot"] is True
    assert security["runAsUser"] == security["runAsGroup"] == 65532
    assert security["seccompProfile"] == {"type": "RuntimeDefault"}
    for container in spec["containers"]:
        assert container["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "capabilities": {"drop": ["ALL"]},
            "readOnlyRootFilesystem": True,
        }


@every_pod
def test_it_touches_nothing_of_its_node_and_writes_to_tmp_alone(kind: str, name: str) -> None:
    spec = spec_of(kind, name)
    assert not spec.keys() & {"hostNetwork", "hostPID", "hostIPC", "initContainers"}
    assert spec["volumes"] == [{"name": "tmp", "emptyDir": {}}]
    for container in spec["containers"]:
        assert container["volumeMounts"] == [{"name": "tmp", "mountPath": "/tmp"}]  # noqa: S108 - its own
        assert not any("hostPort" in port for port in container.get("ports", []))


@every_pod
def test_it_asks_for_what_it_needs_and_is_never_held_back(kind: str, name: str) -> None:
    for container in spec_of(kind, name)["containers"]:
        assert container["resources"]["requests"].keys() == {"cpu", "memory"}
        assert container["resources"]["limits"].keys() == {"memory"}


def test_the_test_pod_has_no_token() -> None:
    assert spec_of("Pod", "qdm-test")["automountServiceAccountToken"] is False
