"""How much memory there is."""

import re
from pathlib import Path

_LIMIT_FILES = (
    Path("/sys/fs/cgroup/memory.max"),  # cgroup v2
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),  # cgroup v1
)
_MEMINFO = Path("/proc/meminfo")


def memory_there_is() -> int:
    """Returns the bytes this process and its children may use together before the kernel ends one of them."""
    return memory_limit([file.read_text() for file in _LIMIT_FILES if file.exists()], _MEMINFO.read_text())


def memory_limit(cgroup_limits: list[str], meminfo: str) -> int:
    """Returns the least of the machine's memory and the limits; ``max`` and v1's huge default limit nothing."""
    limits = [int(text) for text in cgroup_limits if text.strip().isdigit()]
    return min([_bytes_of("MemTotal", meminfo), *limits])


def available_memory() -> int:
    """Returns the bytes that the machine can give without swapping."""
    return _bytes_of("MemAvailable", _MEMINFO.read_text())


def _bytes_of(name: str, meminfo: str) -> int:
    match = re.search(rf"^{name}:\s+(\d+) kB$", meminfo, re.MULTILINE)
    if match is None:
        raise ValueError(f"no {name}")
    return int(match[1]) * 1024
