"""What a worker is told when it is started."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class WorkerStart:
    """Which driver to load for which device, with what.

    ``memory_bytes`` becomes a limit of the process; ``processors`` is its share of them; ``plugin_folders`` are
    searched for the driver.
    """

    driver: str
    driver_config: dict[str, Any]
    device_id: str
    display_name: str
    memory_bytes: int
    processors: int
    plugin_folders: tuple[Path, ...]
    artifacts_dir: Path
    secrets_dir: Path | None
    log_level: str
