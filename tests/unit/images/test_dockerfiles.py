"""What can be said of the images without building them; e2e/test_images.py says the rest of the built ones."""

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
DOCKERFILES = {path.parent.name: path.read_text() for path in (ROOT / "images").glob("*/Dockerfile")}
COMMANDS = {"operator": "operator", "facade": "facade", "sidecar-simulator": "sidecar"}
TAKEN = [line[1:] for line in (ROOT / ".dockerignore").read_text().splitlines() if line.startswith("!")]

every_image = pytest.mark.parametrize("name", sorted(DOCKERFILES))


def instructions(name: str, instruction: str) -> list[str]:
    text = DOCKERFILES[name].replace("\\\n", " ")
    return re.findall(rf"^{instruction} +(.+)$", text, re.MULTILINE)


def reaches(path: str) -> bool:
    """Is a path of the repository sent to the engine?"""
    return any(path == taken or path.startswith(f"{taken}/") for taken in TAKEN)


def test_there_is_an_image_for_each_program_of_a_cluster() -> None:
    assert DOCKERFILES.keys() == COMMANDS.keys()


@every_image
def test_its_base_can_be_chosen_and_is_public_by_default(name: str) -> None:
    assert instructions(name, "ARG")[0] == "BASE=python:3.11-slim-bookworm"
    assert instructions(name, "FROM") == ["${BASE} AS build", "${BASE}"]


@every_image
def test_it_gets_signals_itself_and_is_nobody(name: str) -> None:
    """Without a shell in between; and Kubernetes believes no name that it is not root's."""
    assert instructions(name, "ENTRYPOINT") == ['["qdm"]']
    assert instructions(name, "CMD") == [f'["{COMMANDS[name]}"]']
    assert instructions(name, "USER") == ["65532:65532"]


@every_image
def test_it_is_installed_from_its_own_lock(name: str) -> None:
    assert instructions(name, "RUN") == [f"images/install requirements {name}.txt", "images/install project"]
    copied = {source for line in instructions(name, "COPY") for source in line.split()[:-1]}
    assert copied == {
        "images/install",
        "requirements/build.txt",
        f"requirements/{name}.txt",
        ".",
        "--from=build",
        "/opt/qdm",
    }
    assert [path for path in copied if (ROOT / path).is_file() and not reaches(path)] == []


def test_a_change_of_the_project_fetches_nothing_again() -> None:
    """What is copied before the locks are installed does not change with the project."""
    for text in DOCKERFILES.values():
        assert text.index("install requirements") < text.index("COPY . .") < text.index("install project")


@every_image
def test_it_differs_from_the_others_in_names_alone(name: str) -> None:
    def plain(name: str) -> str:
        text = DOCKERFILES[name].replace(f'image.title="qdm-{name}"', "")
        text = re.sub(r'image\.description="[^"]+"', "", text)
        return text.replace(f'CMD ["{COMMANDS[name]}"]', "").replace(f"images/{name}/", "").replace(f"{name}.txt", "")

    assert plain(name) == plain("operator")


def test_nothing_says_where_an_index_or_a_registry_is() -> None:
    for path in (ROOT / "images").rglob("*"):
        assert not path.is_file() or not re.search(r"https?://|\.pem|/etc/ssl", path.read_text())


def test_all_that_the_wheel_is_made_of_reaches_the_engine() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    packages = project["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    files = [project["project"]["readme"], *project["project"]["license-files"], "pyproject.toml"]
    assert [path for path in [*packages, *files] if not reaches(path)] == []


@pytest.mark.parametrize("folder", [".git", ".venv", "build", "charts", "docs", "e2e", "examples", "tests", "tools"])
def test_what_no_image_holds_stays_here(folder: str) -> None:
    """So that a change there builds no image anew."""
    assert not reaches(folder)
    assert (ROOT / ".dockerignore").read_text().splitlines()[1] == "*"


def test_the_cluster_is_spoken_to_without_the_classes_that_the_images_are_without() -> None:
    sources = [
        path.read_text() for package in ("cluster", "facade", "operator") for path in (ROOT / package).rglob("*.py")
    ]
    imported = {
        name for text in sources for name in re.findall(r"^from (kubernetes\S* import .+)$", text, re.MULTILINE)
    }
    assert imported == {"kubernetes.aio import config", "kubernetes.aio.client import ApiClient, Configuration"}
