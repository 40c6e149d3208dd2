"""What the chart says of the programs, against the programs; what it says of itself is tested beside it."""

import importlib.metadata
import json
import re
import tomllib
from typing import Any

import pytest
import yaml

from api_tier.binaries import ROOT
from api_tier.chart import CHART, Said, pod_of, render
from qdm_cluster.names import DEVICES, GRPC_PORT, METRICS_PORT, PART_OF, SIDECAR_LABELS
from qdm_common.server import LIVENESS
from qdm_common.settings import PREFIX, ServerSettings
from qdm_facade.settings import FacadeSettings
from qdm_operator import children, definition, lease
from qdm_operator.settings import OperatorSettings

Json = dict[str, Any]

DEFINITION = "quantumdevices.qdm.eigen-os.io.yaml"
PROGRAMS = {"operator": OperatorSettings, "facade": FacadeSettings}

every_program = pytest.mark.parametrize("component", PROGRAMS)


@pytest.fixture(scope="module")
def chart() -> Said:
    """With everything that is off by default."""
    return render("crds.enabled=true", "podMonitor.enabled=true", "watch.allNamespaces=true")


def container(chart: Said, component: str) -> Json:
    (only,) = pod_of(chart.one("Deployment", f"qdm-{component}"))["spec"]["containers"]
    return dict(only)


def environment(chart: Said, component: str) -> dict[str, str]:
    return {entry["name"]: entry.get("value", "") for entry in container(chart, component)["env"]}


def ports(chart: Said, component: str) -> dict[str, int]:
    return {port["name"]: port["containerPort"] for port in container(chart, component)["ports"]}


def port_of(address: str) -> int:
    return int(address.rpartition(":")[2])


def test_its_app_version_is_the_version_of_the_project() -> None:
    about = yaml.safe_load((CHART / "Chart.yaml").read_text())
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert about["appVersion"] == project["version"] == importlib.metadata.version("qdm")


def test_the_definition_it_holds_is_that_of_the_repository() -> None:
    assert (CHART / "files" / DEFINITION).read_bytes() == (ROOT / "crds" / DEFINITION).read_bytes()


def test_the_definition_it_installs_is_that_of_the_repository_and_is_kept(chart: Said) -> None:
    wanted = yaml.safe_load((ROOT / "crds" / DEFINITION).read_text())
    installed = chart.one("CustomResourceDefinition", f"{DEVICES.plural}.{DEVICES.group}")
    assert installed["spec"] == wanted["spec"]
    keep = {"helm.sh/resource-policy": "keep"}
    assert installed["metadata"]["annotations"] == wanted["metadata"]["annotations"] | keep


@every_program
def test_every_variable_it_sets_is_one_that_the_program_knows(chart: Said, component: str) -> None:
    known = {f"{PREFIX}{name}".upper() for name in PROGRAMS[component].model_fields}
    assert set(environment(chart, component)) <= known


@every_program
@pytest.mark.parametrize("values", [(), ("operator.resyncSeconds=2", "facade.graceSeconds=1", "logLevel=DEBUG")])
def test_the_program_takes_every_value_it_sets(
    component: str, values: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment(render(*values), component).items():
        monkeypatch.setenv(name, value or "named-by-its-pod")
    PROGRAMS[component]()


@pytest.mark.parametrize(("everywhere", "namespace"), [("false", "quantum"), ("true", "")])
@every_program
def test_a_program_looks_after_the_namespaces_that_it_has_rights_in(
    component: str, everywhere: str, namespace: str
) -> None:
    chart = render(f"watch.allNamespaces={everywhere}")
    assert environment(chart, component)["QDM_NAMESPACE"] == namespace


@every_program
def test_its_ports_are_those_that_the_program_listens_on(chart: Said, component: str) -> None:
    assert not {"QDM_LISTEN", "QDM_METRICS_LISTEN"} & environment(chart, component).keys()
    fields = ServerSettings.model_fields
    assert ports(chart, component) == {
        "grpc": port_of(fields["listen"].default),
        "metrics": port_of(fields["metrics_listen"].default),
    }
    assert ports(chart, component) == {"grpc": GRPC_PORT, "metrics": METRICS_PORT}


@pytest.mark.parametrize("name", ["qdm-facade", "qdm-facade-headless"])
def test_a_service_has_the_port_of_the_facade(chart: Said, name: str) -> None:
    (port,) = chart.one("Service", name)["spec"]["ports"]
    assert (port["port"], port["targetPort"]) == (GRPC_PORT, "grpc")


@every_program
def test_a_program_is_alive_from_its_first_answer_and_ready_when_it_says_so(chart: Said, component: str) -> None:
    """Readiness takes an API server, which is no reason to start a program anew."""
    running = container(chart, component)
    assert running["startupProbe"]["grpc"] == {"port": GRPC_PORT, "service": LIVENESS}
    assert running["livenessProbe"]["grpc"] == {"port": GRPC_PORT, "service": LIVENESS}
    assert running["readinessProbe"]["grpc"] == {"port": GRPC_PORT}


@pytest.mark.parametrize("age", [1, 9, 10, 30, 31, 3600])
@pytest.mark.parametrize("grace", [0, 600])
def test_a_facade_that_stops_outlasts_its_clients_and_then_their_calls(age: int, grace: int) -> None:
    chart = render(f"facade.maxConnectionAgeSeconds={age}", f"facade.graceSeconds={grace}")
    told = environment(chart, "facade")
    drain = float(told["QDM_DRAIN_SECONDS"])
    assert float(told["QDM_MAX_CONNECTION_AGE_SECONDS"]) == age
    assert age * 1.1 + 1 <= drain <= age * 1.1 + 5
    stopping = pod_of(chart.one("Deployment", "qdm-facade"))["spec"]["terminationGracePeriodSeconds"]
    assert stopping >= drain + float(told["QDM_GRACE_SECONDS"]) + 10


def test_by_default_it_drains_as_the_program_does_by_itself() -> None:
    drain = environment(render(), "facade")["QDM_DRAIN_SECONDS"]
    assert float(drain) == FacadeSettings.model_fields["drain_seconds"].default


def test_sidecars_are_known_by_what_the_operator_calls_them(chart: Said) -> None:
    selected = chart.one("NetworkPolicy", "qdm-sidecar")["spec"]["podSelector"]["matchLabels"]
    assert selected == SIDECAR_LABELS


def test_the_pods_of_sidecars_are_monitored_with_the_others(chart: Said) -> None:
    monitor = chart.one("PodMonitor", "qdm")["spec"]
    selected = monitor["selector"]["matchLabels"]
    service = children.service("quantum")
    assert selected.items() <= service["metadata"]["labels"].items()
    assert selected == {PART_OF: "qdm"}
    (endpoint,) = monitor["podMetricsEndpoints"]
    for component in PROGRAMS:
        assert ports(chart, component)[endpoint["port"]] == METRICS_PORT


def test_rights_that_name_an_object_name_the_one_that_is_meant(chart: Said) -> None:
    election = chart.one("Role", "qdm-operator-election")["rules"]
    reading = chart.one("ClusterRole", "qdm-quantum-definition")["rules"]
    assert [rule.get("resourceNames") for rule in election] == [None, [lease.NAME]]
    assert [rule.get("resourceNames") for rule in reading] == [[definition.NAME]]
    assert environment(chart, "operator")["QDM_LEASE_NAMESPACE"] == "quantum"


def test_every_value_is_described() -> None:
    rows = re.findall(r"^\| ([\w.]+) \|.*\|(.*)\|$", (CHART / "README.md").read_text(), re.MULTILINE)
    assert len(rows) > 30
    assert [name for name, description in rows if not description.strip()] == []


def leaves(values: Json, path: str = "") -> list[str]:
    found = []
    for name, value in values.items():
        place = f"{path}.{name}".lstrip(".")
        found += leaves(value, place) if isinstance(value, dict) and value else [place]
    return found


def test_the_schema_knows_every_value_and_no_other() -> None:
    values = yaml.safe_load((CHART / "values.yaml").read_text())
    schema = json.loads((CHART / "values.schema.json").read_text())

    def known(node: Json, path: str = "") -> set[str]:
        node = schema["$defs"][node["$ref"].rpartition("/")[2]] if "$ref" in node else node
        if "properties" not in node or path.endswith("resources"):
            return {path}
        assert node["additionalProperties"] is False
        return {
            place for name, part in node["properties"].items() for place in known(part, f"{path}.{name}".lstrip("."))
        }

    given = {re.sub(r"resources\..*", "resources", place) for place in leaves(values)}
    assert known(schema) - {"global"} == given


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        ("facade.replica=3", "at '/facade': additional properties 'replica' not allowed"),
        ("logLevel=debug", "at '/logLevel': value must be one of 'DEBUG', 'INFO', 'WARNING', 'ERROR'"),
        ("image.tag=1", "at '/image/tag': got number, want string"),
        ("operator.resources.limit=3", "at '/operator/resources': additional properties 'limit' not allowed"),
        ("networkPolicy.clients[0].pod=1", "at '/networkPolicy/clients/0': additional properties 'pod' not allowed"),
        ("networkPolicy.apiServers={10.0.0.1}", "at '/networkPolicy/apiServers/0': '10.0.0.1' does not match pattern"),
        (
            "extraLabels.app\\.kubernetes\\.io/part-of=x",
            "at '/extraLabels/app.kubernetes.io~1part-of': false schema",
        ),
        ("facade.maxConnectionAgeSeconds=0", "at '/facade/maxConnectionAgeSeconds': minimum: got 0, want 1"),
    ],
)
def test_a_wrong_value_is_refused_with_its_place(value: str, sentence: str) -> None:
    assert sentence in render(value).error
