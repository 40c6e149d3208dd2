"""The commands of a page of documentation, as a person would copy them."""

import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from api_tier.binaries import ROOT, binary
from e2e_tier.cluster import Cluster
from e2e_tier.command import run

_HEADING_OR_BLOCK = re.compile(r"^## (?P<heading>.+?)$|^```sh\n(?P<commands>.*?)^```$", re.MULTILINE | re.DOTALL)


class Block(NamedTuple):
    """A block of commands, and the heading that it stands under."""

    heading: str
    commands: str


def blocks(page: str) -> list[Block]:
    """Returns all blocks of commands of a page of docs/."""
    heading, found = "", []
    for match in _HEADING_OR_BLOCK.finditer((ROOT / "docs" / page).read_text()):
        heading = match["heading"] or heading
        if match["commands"]:
            found.append(Block(heading, match["commands"]))
    return found


class Shell:
    """A shell with the tools on its path, in the folder of the project, for one cluster."""

    def __init__(self, cluster: Cluster) -> None:
        tools = [binary("helm", ""), binary("kubernetes", ""), binary("clients", ""), ROOT / ".venv/bin"]
        path = os.pathsep.join([*map(str, tools), os.environ["PATH"]])
        self._environment = {"PATH": path, "KUBECONFIG": str(cluster.kubeconfig)}

    async def run(self, commands: str, *, seconds: float = 300.0) -> str:
        """Runs commands; Raises Failed where one of them fails."""
        return await run(
            "bash", "-euo", "pipefail", "-c", f"cd {ROOT}\n{commands}", seconds=seconds, environment=self._environment
        )

    @contextmanager
    def forwarding(self, commands: str) -> Iterator[None]:
        """Runs a `kubectl port-forward` until the end."""
        process = subprocess.Popen(
            ["bash", "-c", f"exec {commands.strip()}"],
            env=os.environ | self._environment,
            cwd=Path(ROOT),
            stdout=subprocess.PIPE,
            text=True,
        )
        try:
            assert process.stdout is not None
            assert process.stdout.readline().startswith("Forwarding from"), "kubectl does not forward"
            yield
        finally:
            process.kill()
            process.communicate()
