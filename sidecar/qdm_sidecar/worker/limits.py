"""What the kernel is asked to enforce on a worker process."""

import ctypes
import os
import resource
import signal

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def limit_this_process(memory_bytes: int) -> None:
    """Bounds the memory this process may allocate, ties its life to its parent's, and sends its output to stderr.

    Allocations over the limit fail (MemoryError) instead of waking the kernel's OOM killer, which on cgroup v2 takes
    the whole container.
    """
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    resource.setrlimit(resource.RLIMIT_DATA, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.dup2(2, 1)
