"""Writes the hashed locks below requirements/ from pyproject.toml.

``python scripts/lock.py`` keeps every pin that pyproject.toml still allows; further arguments, such as ``--upgrade``
or ``--upgrade-package NAME``, go to ``uv pip compile``. ``python scripts/lock.py --verify`` writes nothing and fails
where a lock was not made from this pyproject.toml, or was edited since. It compares digests, so it needs no network,
and a newer release somewhere does not fail it.
"""

import hashlib
import json
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDER = ROOT / "requirements"

_OPTIONS = ("--quiet", "--universal", "--python-version=3.11", "--generate-hashes", "--no-header")
_SAME_VERSIONS = ("--constraint=requirements/dev.txt",)

# In the order they are made: dev.txt decides on the versions of the images' locks.
LOCKS = {
    "dev.txt": ("pyproject.toml", "--all-extras", "--group=dev"),
    "facade.txt": ("pyproject.toml", "--extra=cli", "--extra=facade", *_SAME_VERSIONS),
    "operator.txt": ("pyproject.toml", "--extra=cli", "--extra=operator", *_SAME_VERSIONS),
    "sidecar-simulator.txt": (
        "pyproject.toml",
        "--extra=cli",
        "--extra=sidecar",
        "--extra=simulator",
        *_SAME_VERSIONS,
    ),
    "build.txt": ("--group=build", *_SAME_VERSIONS),
    "bench.txt": ("--group=bench",),
    "go.txt": ("--group=go",),
}

_DIGEST = "# digest: "


def sealed(name: str, pins: str, pyproject: str) -> str:
    """Returns a lock's text: how to make it, the digest of its pins and of what they were made from, the pins."""
    declared = tomllib.loads(pyproject)
    project = declared["project"]
    inputs = [
        project["requires-python"],
        project["dependencies"],
        project["optional-dependencies"],
        declared["dependency-groups"],
        declared["tool"]["uv"],
        _OPTIONS,
        LOCKS[name],
        pins,
    ]
    digest = hashlib.sha256(json.dumps(inputs).encode()).hexdigest()
    return f"# Made by `make lock` from pyproject.toml; do not edit.\n{_DIGEST}{digest}\n{pins}"


def pins_of(lock: str) -> str:
    """Returns a lock's text without its head."""
    return "".join(line for line in lock.splitlines(keepends=True) if not line.startswith("#"))


def drifted(folder: Path, pyproject: str) -> list[str]:
    """Names the locks in ``folder`` that were not made from ``pyproject``, are missing or are not ours."""
    found = {path.name: path.read_text() for path in folder.glob("*.txt")}
    wanted = {name: sealed(name, pins_of(found.get(name, "")), pyproject) for name in LOCKS}
    return sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))


def write(arguments: list[str]) -> None:
    """Resolves and writes every lock."""
    pyproject = (ROOT / "pyproject.toml").read_text()
    for name, sources in LOCKS.items():
        path = FOLDER / name
        compile_command = [sys.executable, "-m", "uv", "pip", "compile", *_OPTIONS, *sources, *arguments]
        subprocess.run([*compile_command, f"--output-file={path}"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        path.write_text(sealed(name, pins_of(path.read_text()), pyproject))


def main() -> None:
    """Writes or verifies, as the command line says."""
    if sys.argv[1:] != ["--verify"]:
        write(sys.argv[1:])
    elif names := drifted(FOLDER, (ROOT / "pyproject.toml").read_text()):
        raise SystemExit(
            f"not made from this pyproject.toml: requirements/{', requirements/'.join(names)}; run `make lock`"
        )


if __name__ == "__main__":
    main()
