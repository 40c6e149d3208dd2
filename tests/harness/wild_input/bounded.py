"""A process that decodes inputs of the tables, each in a child with a bound on CPU time and memory.

It reads a format and a name a line, and answers each with the line and what is wrong, or nothing. A child over its CPU
time is killed by the kernel; one over its memory gets a MemoryError, which no decoder may swallow.

The bound of 5 s is meant for a machine that makes OBJECTS in OBJECTS_SECONDS, which is what decoders do. A slower one,
or one that others slow down just then, gets more in proportion: each child makes them first. A faster one gets no less.
"""

import math
import os
import resource
import signal
import sys
import time
from pathlib import Path

from qdm_circuits.collection import collection_paused
from qdm_driver import CircuitFormat, DriverError
from wild_input.promise import check_error, decode
from wild_input.tables import TABLES

SECONDS = 5
MEMORY = 512 * 2**20
OBJECTS = 500_000
OBJECTS_SECONDS = 0.05


def main() -> None:
    """Answers until its input ends."""
    for line in sys.stdin:
        question = line.rstrip("\n")
        encoding, name = question.split("\t")
        sys.stdout.write(f"{question}\t{_in_a_child(CircuitFormat[encoding], name)}\n")
        sys.stdout.flush()


def _seconds_for_objects() -> float:
    with collection_paused():
        start = time.process_time()
        made = [(number, [number]) for number in range(OBJECTS)]
        took = time.process_time() - start
        made.clear()
    return took


def _in_a_child(encoding: CircuitFormat, name: str) -> str:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.write(writing, _decode(encoding, name).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        wrong = pipe.read()
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        return f"was killed: {signal.strsignal(os.WTERMSIG(status))}"
    return wrong


def _decode(encoding: CircuitFormat, name: str) -> str:
    data = TABLES[encoding][name]()
    _set_bounds(SECONDS * max(1.0, _seconds_for_objects() / OBJECTS_SECONDS))
    try:
        result = decode(encoding, data)
        if isinstance(result, DriverError):
            check_error(result, data)
    except BaseException as failure:  # noqa: BLE001 - whatever it is, it is told
        return f"{type(failure).__name__}: {failure}"[:500].replace("\n", " ").replace("\t", " ")
    return ""


def _set_bounds(seconds: float) -> None:
    cpu = math.ceil(time.process_time() + seconds)
    resource.setrlimit(resource.RLIMIT_CPU, (cpu, cpu))
    pages = int(Path("/proc/self/statm").read_text().split()[0])
    bytes_of_memory = pages * resource.getpagesize() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (bytes_of_memory, bytes_of_memory))


if __name__ == "__main__":
    main()
