"""What the locks hold, and when they count as drifted."""

import importlib.util
import re
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parents[3]
PYPROJECT = (ROOT / "pyproject.toml").read_text()

_REQUIREMENT = re.compile(r"^(?P<name>[a-z0-9.-]+)==(?P<version>[^ \\]+)(?P<rest>.*(?:\n    .*)*)", re.MULTILINE)


def load_lock_script() -> ModuleType:
    spec = importlib.util.spec_from_file_location("lock", ROOT / "scripts/lock.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


lock = load_lock_script()
LOCKS = {path.name: path.read_text() for path in (ROOT / "requirements").glob("*.txt")}
every_lock = pytest.mark.parametrize("name", sorted(LOCKS))


def pins(text: str) -> Mapping[str, str]:
    return {match["name"]: match["version"] for match in _REQUIREMENT.finditer(text)}


@every_lock
def test_every_requirement_is_pinned_and_has_a_hash(name: str) -> None:
    requirements = list(_REQUIREMENT.finditer(LOCKS[name]))
    starts = [line for line in LOCKS[name].splitlines() if line and line[0] not in "# "]
    assert len(requirements) == len(starts) > 0
    assert [match["name"] for match in requirements if "--hash=sha256:" not in match["rest"]] == []


@every_lock
def test_no_lock_says_where_to_download_from(name: str) -> None:
    assert re.findall(r"://|--(?:extra-)?index|--find-links| @ ", LOCKS[name]) == []


@pytest.mark.parametrize(
    ("name", "forbidden"),
    [
        ("facade.txt", ["qiskit", "qiskit-aer", "numpy", "scipy", "openqasm3", "kopf", "pytest"]),
        ("operator.txt", ["qiskit", "qiskit-aer", "numpy", "scipy", "openqasm3", "pytest"]),
        ("sidecar-simulator.txt", ["kubernetes", "kopf", "pytest"]),
    ],
)
def test_an_image_holds_nothing_it_has_no_use_for(name: str, forbidden: list[str]) -> None:
    assert pins(LOCKS[name]).keys().isdisjoint(forbidden)


@pytest.mark.parametrize(
    ("name", "wanted"),
    [
        ("facade.txt", "kubernetes"),
        ("operator.txt", "kopf"),
        ("sidecar-simulator.txt", "qiskit-aer"),
        ("dev.txt", "pytest"),
    ],
)
def test_a_lock_holds_what_it_is_for(name: str, wanted: str) -> None:
    assert wanted in pins(LOCKS[name])


@pytest.mark.parametrize("name", ["facade.txt", "operator.txt", "sidecar-simulator.txt"])
def test_images_run_the_very_versions_that_were_tested(name: str) -> None:
    assert pins(LOCKS[name]).items() <= pins(LOCKS["dev.txt"]).items()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Locks that were just made, of one package each."""
    for name in lock.LOCKS:
        (tmp_path / name).write_text(lock.sealed(name, "a==1 \\\n    --hash=sha256:0\n", PYPROJECT))
    return tmp_path


def test_locks_just_made_have_not_drifted(folder: Path) -> None:
    assert lock.drifted(folder, PYPROJECT) == []


@pytest.mark.parametrize(
    ("declared", "changed"),
    [
        ('"pydantic>=2.12"', '"pydantic>=2.13"'),
        ('"grpcio>=1.85.1"', '"grpcio>=1.85.1", "kubernetes"'),
        ('"hypothesis>=6.135"', '"hypothesis>=7"'),
        ('requires-python = ">=3.11"', 'requires-python = ">=3.12"'),
        ('"cirq-core", ', ""),
    ],
)
def test_a_changed_dependency_is_drift(folder: Path, declared: str, changed: str) -> None:
    assert PYPROJECT.count(declared) == 1
    assert lock.drifted(folder, PYPROJECT.replace(declared, changed)) == sorted(lock.LOCKS)


def test_what_is_no_dependency_is_no_drift(folder: Path) -> None:
    assert lock.drifted(folder, PYPROJECT.replace("line-length = 120", "line-length = 100") + "\n# a comment\n") == []


@pytest.mark.parametrize("edit", [("a==1", "a==2"), ("sha256:0", "sha256:1"), ("# digest", "# Digest")])
def test_a_lock_edited_by_hand_is_drift(folder: Path, edit: tuple[str, str]) -> None:
    path = folder / "facade.txt"
    path.write_text(path.read_text().replace(*edit))
    assert lock.drifted(folder, PYPROJECT) == ["facade.txt"]


def test_a_missing_lock_is_drift(folder: Path) -> None:
    (folder / "facade.txt").unlink()
    assert lock.drifted(folder, PYPROJECT) == ["facade.txt"]


def test_a_lock_nobody_makes_is_drift(folder: Path) -> None:
    (folder / "old.txt").write_text("a==1\n")
    assert lock.drifted(folder, PYPROJECT) == ["old.txt"]
