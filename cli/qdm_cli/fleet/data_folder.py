"""The folder that a fleet keeps its data in, and no other fleet at the same time."""

import fcntl
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO


def own(folder: Path) -> BinaryIO:
    """Makes the folder and locks it; returns the file that holds the lock.

    A child that inherits it holds the lock too: the folder is free when the last process of the fleet is gone. Raises
    BlockingIOError where another fleet owns the folder, and other OSErrors where nothing can be written there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        lock = stack.enter_context((folder / ".lock").open("wb"))
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        stack.pop_all()
    return lock
