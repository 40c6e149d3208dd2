"""Who may call whom by the chart's NetworkPolicies.

The network plugin of the end-to-end cluster enforces no policies, so these are evaluated here, by what Kubernetes says
that they mean. What is not seen here is whether a plugin does as they say.
"""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from api_tier.chart import Said, pod_of, render
from qdm_cluster.names import GRPC_PORT, METRICS_PORT, SIDECAR_LABELS

Json = dict[str, Any]

NAMESPACES = {name: {"kubernetes.io/metadata.name": name, "team": name} for name in ("quantum", "kernel", "other")}
API_SERVER = "10.96.0.1"


@dataclass(frozen=True)
class Peer:
    """A pod, or with an address alone something outside of the cluster."""

    namespace: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    address: str = "10.244.1.7"


def allows(policies: Sequence[Json], source: Peer, target: Peer, port: int) -> bool:
    """Whether one may open a connection to a port of another: both ends' policies must let it through."""
    return _lets(policies, "ingress", target, source, port) and _lets(policies, "egress", source, target, port)


def _lets(policies: Sequence[Json], way: str, pod: Peer, peer: Peer, port: int) -> bool:
    side = {"ingress": "from", "egress": "to"}[way]
    concerned = [
        policy
        for policy in policies
        if policy["metadata"]["namespace"] == pod.namespace
        and way.capitalize() in policy["spec"]["policyTypes"]
        and selects(policy["spec"]["podSelector"], pod.labels)
    ]
    rules = [rule for policy in concerned for rule in policy["spec"].get(way) or []]
    return not concerned or any(
        (not rule.get("ports") or port in [entry["port"] for entry in rule["ports"]])
        and (not rule.get(side) or any(_is_meant(entry, peer, pod.namespace) for entry in rule[side]))
        for rule in rules
    )


def _is_meant(entry: Json, peer: Peer, namespace: str) -> bool:
    if "ipBlock" in entry:
        return ipaddress.ip_address(peer.address) in ipaddress.ip_network(entry["ipBlock"]["cidr"])
    if not peer.namespace:
        return False
    within = (
        selects(entry["namespaceSelector"], NAMESPACES[peer.namespace])
        if "namespaceSelector" in entry
        else peer.namespace == namespace
    )
    return within and selects(entry.get("podSelector", {}), peer.labels)


def selects(selector: Json, labels: Mapping[str, str]) -> bool:
    assert selector.keys() <= {"matchLabels"}
    return bool(selector.get("matchLabels", {}).items() <= labels.items())


def policies_of(chart: Said) -> list[Json]:
    assert not chart.error, chart.error
    return [obj for obj in chart.objects if obj["kind"] == "NetworkPolicy"]


def pods_of(chart: Said) -> dict[str, Peer]:
    """The pods of a release, those of its sidecars among them."""
    deployments = {name: pod_of(chart.one("Deployment", f"qdm-{name}")) for name in ("facade", "operator")}
    labels = {name: pod["metadata"]["labels"] for name, pod in deployments.items()}
    labels["test"] = chart.one("Pod", "qdm-test")["metadata"]["labels"]
    labels["sidecar"] = SIDECAR_LABELS
    return {name: Peer("quantum", found) for name, found in labels.items()}


STRANGER = Peer("quantum", {"app": "stranger"})
KERNEL = Peer("kernel", {"app": "kernel"})
OUTSIDE = Peer(address="192.0.2.1")
EVERYBODY = [STRANGER, KERNEL, OUTSIDE]

FROM_KERNEL = "networkPolicy.clients[0].namespaceSelector.matchLabels.team=kernel"
SCRAPED_BY_KERNEL = "networkPolicy.scrapers[0].namespaceSelector.matchLabels.team=kernel"
KNOWN_API_SERVER = f"networkPolicy.apiServers={{{API_SERVER}/32}}"


@pytest.mark.parametrize("values", [(), (FROM_KERNEL,), (SCRAPED_BY_KERNEL,), (KNOWN_API_SERVER,)])
def test_only_facade_and_operator_call_a_sidecar(values: tuple[str, ...]) -> None:
    chart = render(*values)
    policies, pods = policies_of(chart), pods_of(chart)
    for name in ("facade", "operator"):
        assert allows(policies, pods[name], pods["sidecar"], GRPC_PORT)
        assert not allows(policies, Peer("other", pods[name].labels), pods["sidecar"], GRPC_PORT)
    for stranger in [*EVERYBODY, pods["test"], pods["sidecar"]]:
        assert not allows(policies, stranger, pods["sidecar"], GRPC_PORT)


def test_a_copy_of_the_policy_protects_the_sidecars_of_another_namespace() -> None:
    chart = render("watch.allNamespaces=true")
    policy = chart.one("NetworkPolicy", "qdm-sidecar")
    copied = policy | {"metadata": policy["metadata"] | {"namespace": "other"}}
    sidecar = Peer("other", SIDECAR_LABELS)
    for name in ("facade", "operator"):
        assert allows([copied], pods_of(chart)[name], sidecar, GRPC_PORT)
        assert not allows([copied], Peer("other", pods_of(chart)[name].labels), sidecar, GRPC_PORT)


def test_a_release_of_another_name_is_no_friend_of_the_sidecars() -> None:
    chart = render()
    facade = pods_of(chart)["facade"]
    other = Peer("quantum", dict(facade.labels) | {"app.kubernetes.io/instance": "other"})
    assert not allows(policies_of(chart), other, pods_of(chart)["sidecar"], GRPC_PORT)


def test_by_default_everybody_calls_the_facade() -> None:
    chart = render()
    for caller in [*EVERYBODY, pods_of(chart)["test"]]:
        assert allows(policies_of(chart), caller, pods_of(chart)["facade"], GRPC_PORT)


def test_where_clients_are_named_only_they_and_the_chart_s_test_call_the_facade() -> None:
    chart = render(FROM_KERNEL)
    policies, facade = policies_of(chart), pods_of(chart)["facade"]
    assert [allows(policies, caller, facade, GRPC_PORT) for caller in (KERNEL, pods_of(chart)["test"])] == [True] * 2
    assert [allows(policies, caller, facade, GRPC_PORT) for caller in (STRANGER, OUTSIDE)] == [False] * 2


def test_nobody_calls_an_operator() -> None:
    chart = render()
    for caller in [*EVERYBODY, *pods_of(chart).values()]:
        assert not allows(policies_of(chart), caller, pods_of(chart)["operator"], GRPC_PORT)


@pytest.mark.parametrize("name", ["facade", "operator", "sidecar"])
def test_everybody_reads_metrics_or_those_who_are_named(name: str) -> None:
    open_to_all, limited = render(), render(SCRAPED_BY_KERNEL)
    for reader in EVERYBODY:
        assert allows(policies_of(open_to_all), reader, pods_of(open_to_all)[name], METRICS_PORT)
        assert allows(policies_of(limited), reader, pods_of(limited)[name], METRICS_PORT) is (reader is KERNEL)


@pytest.mark.parametrize("name", ["facade", "operator", "sidecar"])
def test_no_other_port_is_open(name: str) -> None:
    chart = render()
    for port in (22, 8080, 50051):
        assert not allows(policies_of(chart), STRANGER, pods_of(chart)[name], port)


@pytest.mark.parametrize("name", ["facade", "operator"])
def test_where_the_api_server_is_not_known_nothing_keeps_a_program_from_it(name: str) -> None:
    chart = render()
    assert allows(policies_of(chart), pods_of(chart)[name], Peer(address=API_SERVER), 6443)


@pytest.mark.parametrize("name", ["facade", "operator"])
def test_where_it_is_known_a_program_calls_it_and_the_sidecars_and_nothing_else(name: str) -> None:
    chart = render(KNOWN_API_SERVER)
    policies, pods = policies_of(chart), pods_of(chart)
    assert allows(policies, pods[name], Peer(address=API_SERVER), 6443)
    assert allows(policies, pods[name], pods["sidecar"], GRPC_PORT)
    for other in EVERYBODY:
        assert not allows(policies, pods[name], other, 443)


@pytest.mark.parametrize("everywhere", [False, True])
def test_sidecars_of_other_namespaces_are_called_where_they_are_looked_after(*, everywhere: bool) -> None:
    chart = render(KNOWN_API_SERVER, f"watch.allNamespaces={str(everywhere).lower()}")
    elsewhere = Peer("other", SIDECAR_LABELS)
    for name in ("facade", "operator"):
        assert allows(policies_of(chart), pods_of(chart)[name], elsewhere, GRPC_PORT) is everywhere


def test_what_a_driver_calls_is_its_own_business() -> None:
    chart = render(KNOWN_API_SERVER)
    assert allows(policies_of(chart), pods_of(chart)["sidecar"], OUTSIDE, 443)
