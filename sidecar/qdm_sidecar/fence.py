"""The fence: a pod that nobody confirms any more must leave the hardware alone, because another may have taken over.

What confirms a pod is the answer to a beat that it sent itself. So a packet that was long on its way proves nothing
newer than the beat it answers, and no clock of another machine has a say.
"""

import math
from collections.abc import Callable

from qdm_driver import PreconditionError, UnavailableError

NOT_HELD = "nobody who runs this fleet has confirmed this pod; it works again once the facade or the operator does"

_MICROSECONDS = 1e6
_RETRY_SECONDS = 1.0


class Fence:
    """Held for ``seconds`` after each beat that was acknowledged to this instance; without an instance, always.

    ``clock`` returns the seconds of a clock that never goes back.
    """

    def __init__(self, *, instance: str, seconds: float, clock: Callable[[], float]) -> None:
        self._instance = instance
        self._seconds = seconds
        self._clock = clock
        self._held_until = -math.inf if instance else math.inf
        self.lapsing = False
        """Whether work is still being ended after a lapse; until it has ended none may start, confirmed or not."""

    def beat(self) -> int:
        """Returns the time to be acknowledged, in microseconds."""
        return int(self._clock() * _MICROSECONDS)

    def acknowledge(self, instance: str, beat: int) -> None:
        """Takes an acknowledgement; one without an instance, or of a time that was no beat of late, changes nothing.

        Raises PreconditionError where another instance is meant.
        """
        if instance not in {"", self._instance}:
            sentence = "another pod answers here than the one that is meant; look up where the device's pod is"
            raise PreconditionError(sentence, kind="INSTANCE")
        if instance and beat > 0 and beat / _MICROSECONDS <= self._clock():
            self._held_until = max(self._held_until, beat / _MICROSECONDS + self._seconds)

    @property
    def seconds_left(self) -> float:
        """For how long it is held if nothing more is acknowledged; 0 where it is not."""
        return max(0.0, self._held_until - self._clock())

    @property
    def held(self) -> bool:
        """Whether this instance is confirmed now."""
        return self.seconds_left > 0

    @property
    def open(self) -> bool:
        """Whether work may start now."""
        return self.held and not self.lapsing

    def check(self) -> None:
        """Raises UnavailableError where no work may start."""
        if not self.open:
            raise UnavailableError(f"the device takes no jobs: {NOT_HELD}", retry_after=_RETRY_SECONDS)
