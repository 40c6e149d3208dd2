"""RESET does nothing."""

from collections.abc import Iterator

from tiny_driver import History, TinyDriver

from qdm_circuits.circuit import Operation, Reset


class IgnoredResetDriver(TinyDriver):
    """Skips resets."""

    def step(self, history: History, operation: Operation) -> Iterator[History]:
        if isinstance(operation, Reset):
            yield history
        else:
            yield from super().step(history, operation)
