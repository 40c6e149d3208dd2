"""What a worker is told when it is started."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class WorkerStart:
    """Which driver to load for which device, with what.

    ``memory_bytes`` becomes a limit of the process; ``processors`` is its share of them; ``max_message_bytes``
    is the largest response that can be sent; ``plugin_folders`` are searched for the driver.
    """

    driver: str
    driver_config: dict[str, Any]
    device_id: str
    display_name: str
    memory_bytes: int
    processors: int
    max_message_bytes: int
    plugin_folders: tuple[Path, ...]
    artifacts_dir: Path
    secrets_dir: Path | None
    log_level: str
