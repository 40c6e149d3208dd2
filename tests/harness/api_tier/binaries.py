"""The programs of a control plane, from tools/."""

import functools
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[3]


@functools.cache
def binary(tools: str, name: str) -> Path:
    """Returns a program of a folder of tools/. `make tools` built it; otherwise it is built now and takes its time."""
    built = subprocess.run([ROOT / "scripts/tools", tools], check=True, stdout=subprocess.PIPE, text=True)
    return Path(built.stdout.strip()) / name


def build_all() -> None:
    """Builds what a control plane needs and is not built yet; that takes some minutes, and tells how it gets on."""
    for tools in ("etcd", "kubernetes"):
        binary(tools, "")


def kubectl() -> Path:
    """Returns kubectl."""
    return binary("kubernetes", "kubectl")
