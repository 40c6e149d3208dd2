"""skaffold.yaml names files, images, values and objects that there are: nobody here can run Skaffold to find out."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from api_tier.binaries import ROOT
from api_tier.chart import Said, pod_of, render
from qdm_cluster.names import GRPC_PORT, SIDECAR_LABELS

Json = dict[str, Any]

CONFIG: Json = yaml.safe_load((ROOT / "skaffold.yaml").read_text())
ARTIFACTS: list[Json] = CONFIG["build"]["artifacts"]
IMAGES: list[str] = [artifact["image"] for artifact in ARTIFACTS]
(RELEASE,) = CONFIG["deploy"]["helm"]["releases"]
HOOKS: list[list[str]] = [
    hook["host"]["command"] for hooks in CONFIG["deploy"]["helm"]["hooks"].values() for hook in hooks
]

every_artifact = pytest.mark.parametrize("artifact", ARTIFACTS, ids=IMAGES)
every_hook = pytest.mark.parametrize("command", HOOKS, ids=lambda command: command[-1])


def variable(image: str) -> str:
    """What a template calls an image: Go knows no hyphen in a name."""
    return f"{{{{.IMAGE_FULLY_QUALIFIED_{re.sub('[-/.]', '_', image)}}}}}"


def built(image: str) -> str:
    """The image's reference, as a build would tell it."""
    return f"{image}:built-now"


@pytest.fixture(scope="module")
def deployed() -> Said:
    """The chart with the values that Skaffold sets."""
    references = {variable(image): built(image) for image in IMAGES}
    values = [f"{name}={references[template]}" for name, template in RELEASE["setValueTemplates"].items()]
    return render(*values, namespace=RELEASE["namespace"])


def named_files(config: object) -> Iterator[str]:
    """All that has the looks of a path."""
    match config:
        case dict():
            for key, value in config.items():
                if key != "apiVersion":
                    yield from named_files(value)
        case list():
            for value in config:
                yield from named_files(value)
        case str() if re.fullmatch(r"[\w-]+/[\w./-]*", config):
            yield config


def test_every_path_in_it_exists() -> None:
    paths = list(named_files(CONFIG))
    assert len(paths) == len(ARTIFACTS) + 3
    assert [path for path in paths if not (ROOT / path).exists()] == []


def test_it_builds_every_image_that_there_is() -> None:
    assert sorted(IMAGES) == sorted(f"qdm-{dockerfile.parent.name}" for dockerfile in ROOT.glob("images/*/Dockerfile"))


@every_artifact
def test_an_image_comes_from_its_own_dockerfile(artifact: Json) -> None:
    assert artifact["docker"]["dockerfile"] == f"images/{artifact['image'].removeprefix('qdm-')}/Dockerfile"


@every_artifact
def test_pip_goes_where_it_goes_on_this_machine(artifact: Json) -> None:
    told = {flag.removeprefix("--build-arg=") for flag in artifact["docker"]["cliFlags"]}
    taken = set(re.findall(r"^ARG (PIP_\w+)$", (ROOT / artifact["docker"]["dockerfile"]).read_text(), re.MULTILINE))
    assert told == taken


def test_it_sets_values_of_the_chart_and_uses_every_image() -> None:
    values = yaml.safe_load((ROOT / RELEASE["chartPath"] / "values.yaml").read_text())
    for name in RELEASE["setValueTemplates"]:
        component, key = name.split(".")
        assert key in values[component]
    assert sorted(RELEASE["setValueTemplates"].values()) == sorted(map(variable, IMAGES))


@pytest.mark.parametrize("component", ["operator", "facade"])
def test_the_programs_run_what_was_built(deployed: Said, component: str) -> None:
    (container,) = pod_of(deployed.one("Deployment", f"qdm-{component}"))["spec"]["containers"]
    assert container["image"] == built(f"qdm-{component}")


def test_new_devices_run_what_was_built(deployed: Said) -> None:
    (container,) = pod_of(deployed.one("Deployment", "qdm-operator"))["spec"]["containers"]
    environment = {entry["name"]: entry.get("value") for entry in container["env"]}
    assert environment["QDM_SIDECAR_IMAGE"] == built("qdm-sidecar-simulator")


def test_the_forwarded_port_is_that_of_a_service(deployed: Said) -> None:
    (forward,) = CONFIG["portForward"]
    assert (forward["resourceType"], forward["namespace"]) == ("service", RELEASE["namespace"])
    (port,) = deployed.one("Service", forward["resourceName"])["spec"]["ports"]
    assert port["port"] == forward["port"] == forward["localPort"] == GRPC_PORT


def test_it_deploys_into_the_cluster_of_this_project() -> None:
    name = re.search(r"^name=\$\{QDM_CLUSTER:-(\w+)\}$", (ROOT / "e2e/cluster").read_text(), re.MULTILINE)
    assert name is not None
    assert CONFIG["deploy"]["kubeContext"] == f"kind-{name[1]}"


@every_hook
def test_a_command_goes_to_that_cluster_and_namespace(command: list[str]) -> None:
    assert command[:2] == ["kubectl", f"--context={CONFIG['deploy']['kubeContext']}"]
    if "crds/" not in command:
        assert command[2] == f"--namespace={RELEASE['namespace']}"


def test_old_pods_are_found_by_what_the_operator_calls_them() -> None:
    (selector,) = (command[-1] for command in HOOKS if "delete" in command)
    assert selector in {f"{key}={value}" for key, value in SIDECAR_LABELS.items()}
