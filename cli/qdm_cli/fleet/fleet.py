"""The processes of a fleet, as one thing to start and stop."""

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from qdm_cli.fleet.child import Child, Tell
from qdm_cli.fleet.plan import FleetPlan

# A Unix socket's path has at most 107 bytes, of which a run folder, a sidecar's temporary folder in it and the socket
# that its workers are forked by take 45.
_LONGEST_TEMPORARY_FOLDER = 62


@contextmanager
def run_folder() -> Iterator[Path]:
    """A private folder for sockets and files of one fleet; removed afterwards."""
    parent = tempfile.gettempdir()
    if len(parent.encode()) > _LONGEST_TEMPORARY_FOLDER:
        parent = "/tmp"  # noqa: S108 - mkdtemp makes a folder of mode 0700 with a name nobody knows
    with tempfile.TemporaryDirectory(prefix="qdm-", dir=parent) as folder:
        yield Path(folder)


class Fleet:
    """Sidecars with a facade in front; they inherit the descriptors of ``inherited``."""

    def __init__(self, plan: FleetPlan, tell: Tell, *, inherited: Sequence[int] = ()) -> None:
        self._plan = plan
        self._sidecars = [Child(spec, tell, inherited=inherited) for spec in plan.sidecars]
        self._facade = Child(plan.facade, tell, inherited=inherited)

    def start(self) -> None:
        """Writes the children's files and starts them; returns at once. Needs a running loop."""
        for file, text in self._plan.files.items():
            file.write_text(text)
        for child in (*self._sidecars, self._facade):
            child.start()

    @property
    def facade_runs(self) -> bool:
        """Whether the facade has a process at present."""
        return self._facade.runs

    async def stop(self, *, grace: float) -> None:
        """Stops the facade, so that no call is lost, and then the sidecars; each has ``grace`` seconds."""
        await self._facade.stop(grace=grace)
        await asyncio.gather(*(child.stop(grace=grace) for child in self._sidecars))

    def kill(self) -> None:
        """Kills every process at once; ``stop`` still has to wait for them."""
        for child in (self._facade, *self._sidecars):
            child.kill()
