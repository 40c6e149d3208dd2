"""What the kernel is asked to enforce on a worker process."""

import ctypes
import os
import resource
import signal
from multiprocessing import forkserver

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def limit_this_process(memory_bytes: int) -> None:
    """Bounds the memory this process may allocate, ties its life to the sidecar's, and sends its output to stderr.

    Allocations over the limit fail (MemoryError) instead of waking the kernel's OOM killer, which on cgroup v2 takes
    the whole container. Every child of a forkserver inherits the lifeline that keeps the server up; with this copy
    closed, the server ends when the sidecar does, however that ends, and the worker is killed when its server ends.
    """
    os.close(forkserver._forkserver._forkserver_alive_fd)  # type: ignore[attr-defined]  # noqa: SLF001
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.dup2(2, 1)
