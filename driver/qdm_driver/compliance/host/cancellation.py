"""Brings the cancel signal to an exact place inside a driver's method, however fast the method is."""

import signal
import sys
import time
from collections.abc import Callable
from types import FrameType
from typing import Any, Self

from qdm_driver.errors import JobCancelled

CANCEL_SIGNAL = signal.SIGUSR1


class CancelHandler:
    """The one handler of the signal, installed before the driver initialises, as the host's is.

    ``take`` is what a signal does; between executions that is nothing.
    """

    def __init__(self) -> None:
        self.take: Callable[[], None] = _nothing
        signal.signal(CANCEL_SIGNAL, self._on_signal)

    def is_reached(self) -> bool:
        """Whether a signal still arrives here, also where code that is not Python took it."""
        if signal.getsignal(CANCEL_SIGNAL) != self._on_signal:
            return False
        arrived: list[bool] = []
        self.take = lambda: arrived.append(True)
        signal.raise_signal(CANCEL_SIGNAL)
        self.take = _nothing
        return bool(arrived)

    def _on_signal(self, _number: int, _frame: FrameType | None) -> None:
        self.take()


def _nothing() -> None: ...


class CancelSignal:
    """Counts the functions that a method calls, and raises the signal at the one that is asked for.

    It raises JobCancelled, as the host's handler does. One that arrives in a finaliser is lost to the interpreter,
    which the driver is not to blame for; then it was not ``delivered``.
    """

    def __init__(self, handler: CancelHandler, at: int, announce: Callable[[], None]) -> None:
        self.calls = 0
        self.delivered = False
        self._handler = handler
        self._at = at
        self._announce = announce
        self._sent = 0.0

    def __enter__(self) -> Self:
        self._handler.take = self._on_signal
        sys.unraisablehook = self._on_unraisable
        sys.setprofile(self._on_event)
        return self

    def __exit__(self, *_: object) -> None:
        sys.setprofile(None)
        sys.unraisablehook = sys.__unraisablehook__
        self._handler.take = _nothing

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

    def _on_signal(self) -> None:
        self.delivered = True
        raise JobCancelled

    def _on_unraisable(self, lost: Any) -> None:
        if isinstance(lost.exc_value, JobCancelled):
            self.delivered = False
        else:
            sys.__unraisablehook__(lost)
