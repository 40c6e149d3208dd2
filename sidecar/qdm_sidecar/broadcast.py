"""Tells any number of waiting tasks that something changed."""

import asyncio
from contextlib import suppress


class Broadcast:
    """Counts changes, so that a task that looks away for a moment misses none."""

    def __init__(self) -> None:
        self.version = 0
        self._changed = asyncio.Event()

    def notify(self) -> None:
        """Counts a change and wakes everybody who waits."""
        self.version += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def wait(self, version: int, *, timeout_seconds: float) -> None:
        """Returns as soon as there is a change after ``version``, or when the time is up."""
        if self.version == version:
            with suppress(TimeoutError):
                async with asyncio.timeout(timeout_seconds):
                    await self._changed.wait()
