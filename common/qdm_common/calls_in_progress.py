"""Counts the calls that are being served, so that a stop waits for them and for nothing else.

gRPC's own grace also waits for streams that never end by themselves, such as a client's watch of the server's health.
"""

import asyncio
from types import TracebackType


class CallsInProgress:
    """A context manager around each call; needs a running loop."""

    def __init__(self) -> None:
        self._count = 0
        self._none = asyncio.Event()
        self._none.set()

    def __enter__(self) -> None:
        self._count += 1
        self._none.clear()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None, /
    ) -> None:
        self._count -= 1
        if self._count == 0:
            self._none.set()

    def none(self) -> bool:
        """Tells whether no call is being served."""
        return self._none.is_set()

    async def until_none(self) -> None:
        """Returns as soon as no call is being served."""
        await self._none.wait()
