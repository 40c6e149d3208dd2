"""What every engine answers, and what a circuit is that is ready to run on one."""

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Protocol

import numpy as np
from numpy.random import Generator

from qdm_circuits.limits import TOO_LARGE
from qdm_driver import PreconditionError

SHOTS_AT_ONCE = 1 << 18

MAX_ITERATIONS = 10_000
"""How often the loops of one shot may go round, all together."""


@dataclass(frozen=True, slots=True)
class Run:
    """Counts by bitstring, bit 0 rightmost, the seconds that the engine worked, and each shot's bitstring if wanted."""

    counts: Mapping[str, int]
    seconds: float
    memory: Sequence[str] = ()


class Runnable(Protocol):
    """A circuit that is ready to run on an engine, as often as wanted."""

    @property
    def engine(self) -> str:
        """The engine's name and version."""

    @property
    def method(self) -> str:
        """How the engine represents the state."""

    @property
    def num_bytes(self) -> int:
        """About what it holds in memory between runs."""

    def run(self, shots: int, seed: int | None, *, memory: bool = False) -> Run:
        """Runs it; with the same seed it gives the same counts.

        Raises ExhaustedError where memory is short at this moment, PreconditionError (``CIRCUIT_TOO_LARGE``) where the
        loops of a shot went round too often.
        """


class TooRepeatedError(Exception):
    """The loops of a shot repeat gates more often than the engine's precision allows; Aer's allows all."""


def parts(shots: int, at_once: int = SHOTS_AT_ONCE) -> Iterator[int]:
    """Yields numbers of shots that add up, so that millions of them need no memory for each."""
    while shots > 0:
        yield min(shots, at_once)
        shots -= at_once


def random_numbers(seed: int | None) -> Generator:
    """Returns what a run draws its random numbers from: without a seed, one source for all runs of the process, since
    to begin another takes a good part of a short run.
    """
    return _unseeded(os.getpid()) if seed is None else np.random.default_rng(seed)


@cache
def _unseeded(_process: int) -> Generator:
    return np.random.default_rng()


def too_many_turns() -> PreconditionError:
    """Returns the error to raise where the loops of a shot do not end in time."""
    message = f"the loops of one shot went round more than {MAX_ITERATIONS:,} times; make them end sooner"
    return PreconditionError(message, kind=TOO_LARGE)
