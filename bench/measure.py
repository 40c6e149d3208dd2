"""Times ours and a peer in turn, so that a machine whose speed drifts drifts for both."""

import json
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

BUILD = Path(__file__).parents[1] / "build"
KIB, MIB = 2**10, 2**20

Work = Callable[[], object]
Batch = Sequence[Work]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result; values are medians in ``unit``. ``ratio`` is the peer's over ours: more is better."""

    name: str
    unit: str
    ours: float
    peer: str
    peer_value: float
    ratio: float


@dataclass(frozen=True, slots=True)
class Series:
    """One line of a chart; ``points`` are pairs of ``x`` and ``y``, each in the unit that its name says."""

    chart: str
    name: str
    x: str
    y: str
    points: Sequence[tuple[float, float]]


def milliseconds(work: Work) -> float:
    """Returns how long the work takes."""
    began = time.perf_counter()
    work()
    return (time.perf_counter() - began) * 1000


def in_turn(turns: Iterable[Sequence[Batch]], *, warm_up: int = 1) -> list[float]:
    """Does the batches of each turn one after another; returns what one work of each batch takes at the median.

    The first turns are left out. Batches are for what is short: its first call finds the caches full of the peer's.
    """
    times = [[[milliseconds(work) for work in batch] for batch in batches] for batches in turns][warm_up:]
    return [statistics.median(chain.from_iterable(column)) for column in zip(*times, strict=True)]


def told(line: Row) -> str:
    """Returns a row as a line of the table."""
    values = f"{line.ours:10.3f} {line.unit} {line.peer_value:10.3f} {line.unit}"
    return f"{line.name:20} {values} {line.ratio:9.2f}  {line.peer}"


def p99(times: Sequence[float]) -> float:
    """Returns what 99 of 100 stay below."""
    return statistics.quantiles(times, n=100)[-1]


def write(lines: Sequence[Row] | Sequence[Series], name: str) -> None:
    """Writes to build/: rows as {name, unit, ours, peer, peer_value, ratio}, series by their fields, in a list."""
    BUILD.mkdir(exist_ok=True)
    (BUILD / name).write_text(json.dumps([asdict(line) for line in lines], indent=1) + "\n")


def row(name: str, ours: float, peer: str, peer_value: float, *, unit: str = "ms") -> Row:
    """Returns a row of rounded values."""
    return Row(name, unit, round(ours, 4), peer, round(peer_value, 4), round(peer_value / ours, 3))
