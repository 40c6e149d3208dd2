"""What processes a process has started."""

from pathlib import Path


def children_of(pid: int) -> tuple[int, ...]:
    """Returns the ids of a process's children, those it took over included."""
    return tuple(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
