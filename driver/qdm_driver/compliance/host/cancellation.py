"""Brings the cancel signal to an exact place inside a driver's method, however fast the method is."""

import signal
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

from qdm_driver.errors import JobCancelled

CANCEL_SIGNAL = signal.SIGUSR1


class CancelSignal:
    """Counts the functions that a method calls, and raises the signal at the one that is asked for.

    The handler raises JobCancelled, as the host's does. One that arrives in a finaliser is lost to the interpreter,
    which the driver is not to blame for; then it was not ``delivered``.
    """

    def __init__(self, at: int, announce: Callable[[], None]) -> None:
        self.calls = 0
        self.delivered = False
        self._at = at
        self._announce = announce
        self._sent = 0.0

    def __enter__(self) -> Self:
        signal.signal(CANCEL_SIGNAL, self._on_signal)
        sys.unraisablehook = self._on_unraisable
        sys.setprofile(self._on_event)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        sys.unraisablehook = sys.__unraisablehook__
        signal.signal(CANCEL_SIGNAL, signal.SIG_IGN)

    @property
    def seconds(self) -> float:
        """Time since the signal."""
        return time.monotonic() - self._sent

    def _on_event(self, _frame: FrameType, event: str, _argument: object) -> None:
        if event not in ("call", "c_call"):
            return
        self.calls += 1
        if self.calls == self._at:
            sys.setprofile(None)
            self._announce()
            self._sent = time.monotonic()
            signal.raise_signal(CANCEL_SIGNAL)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.delivered = True
        raise JobCancelled

    def _on_unraisable(self, lost: Any) -> None:
        if isinstance(lost.exc_value, JobCancelled):
            self.delivered = False
        else:
            sys.__unraisablehook__(lost)
