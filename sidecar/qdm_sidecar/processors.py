"""How many processors there are: those of the machine that are this container's, within its limit."""

import math
import os
from pathlib import Path

_CPU_MAX = Path("/sys/fs/cgroup/cpu.max")  # cgroup v2
_QUOTA, _PERIOD = (Path(f"/sys/fs/cgroup/cpu/cpu.cfs_{name}_us") for name in ("quota", "period"))  # cgroup v1


def processors_there_are() -> int:
    """Returns how many threads this process and its children can keep busy together."""
    quotas = [_CPU_MAX.read_text()] if _CPU_MAX.exists() else []
    if _QUOTA.exists() and _PERIOD.exists():
        quotas.append(f"{_QUOTA.read_text()} {_PERIOD.read_text()}")
    return processor_limit(quotas, len(os.sched_getaffinity(0)))


def processor_limit(cgroup_quotas: list[str], machine: int) -> int:
    """Returns the least of the machine's processors and the limits, each rounded up.

    A limit is a quota and the period it is for, both in microseconds; ``max`` and v1's -1 limit nothing.
    """
    limits = [machine]
    for text in cgroup_quotas:
        quota, period = text.split()
        if quota.isdigit():
            limits.append(math.ceil(int(quota) / int(period)))
    return min(limits)
