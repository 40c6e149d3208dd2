"""The ledger of a device that ``drivers/ledger_driver.py`` uses: which pod wrote in it, from when until when."""

import asyncio
import itertools
from contextlib import suppress
from dataclasses import dataclass
from types import TracebackType
from typing import Self


@dataclass(slots=True)
class Use:
    """The first and the last time at which a pod wrote, in seconds of the clock that all nodes share.

    They are the pod's own words: what it wrote may be on its way for seconds, also after its end.
    """

    first: float
    last: float


class Ledger:
    """Kept at a free port of ``host``, between ``async with`` and its end; ``uses`` is by the pods' UIDs."""

    def __init__(self, host: str) -> None:
        self.host = host
        self.uses: dict[str, Use] = {}
        self._server: asyncio.Server | None = None
        self._readers: dict[asyncio.Task[None], asyncio.StreamWriter] = {}

    async def __aenter__(self) -> Self:
        """Opens the ledger."""
        self._server = await asyncio.start_server(self._read, self.host, 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes it, whoever is still writing."""
        assert self._server is not None
        self._server.close()
        for writer in self._readers.values():
            writer.transport.abort()
        await asyncio.gather(*self._readers)

    @property
    def port(self) -> int:
        """Where it is open."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def assert_one_writer_at_every_moment(self) -> None:
        """Asserts that no pod wrote before the last word of another."""
        by_time = sorted(self.uses.items(), key=lambda item: item[1].first)
        for (former, before), (later, after) in itertools.pairwise(by_time):
            assert before.last < after.first, f"{later} wrote at {after.first}, {former} until {before.last}"

    async def _read(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._readers[task] = writer
        try:
            with suppress(ConnectionError):
                async for line in reader:
                    if line.endswith(b"\n"):  # the last one may be cut short
                        pod, written = line.decode().split()
                        use = self.uses.setdefault(pod, Use(float(written), float(written)))
                        use.last = float(written)
        finally:
            del self._readers[task]
            writer.close()
