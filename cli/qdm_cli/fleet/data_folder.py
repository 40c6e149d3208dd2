"""The folder that a fleet keeps its data in, and no other fleet at the same time."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def owned(folder: Path) -> Iterator[int]:
    """Makes the folder and locks it until the context is left; gives the descriptor that holds the lock.

    A child that inherits it holds the lock too: the folder is free when the last process of the fleet is gone. Raises
    BlockingIOError where another fleet owns the folder, and other OSErrors where nothing can be written there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("wb") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield lock.fileno()
