"""What a device's status said, one answer after another: what only ends well may have gone astray on its way."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from itertools import groupby

from api_tier.client import Client, Json, condition
from api_tier.following import follow
from qdm_cluster.names import DEVICES


class History:
    """All that was seen of one device, oldest first."""

    def __init__(self) -> None:
        self.objects: list[Json] = []

    def answers(self, kind: str) -> list[tuple[str, str]]:
        """Returns a condition's answers with their reasons, each once for as long as it lasted."""
        said = (condition(obj, kind) for obj in self.objects)
        return [pair for pair, _ in groupby((told["status"], told["reason"]) for told in said if told)]

    def reasons(self, kind: str) -> set[str]:
        """Returns all reasons that a condition ever had."""
        return {reason for _, reason in self.answers(kind)}


@asynccontextmanager
async def recorded(client: Client, namespace: str, name: str) -> AsyncIterator[History]:
    """Records a device that is there."""
    history = History()
    begun = asyncio.Event()

    async def record() -> None:
        async for objects in follow(client, f"{DEVICES.path(namespace)}?fieldSelector=metadata.name={name}"):
            history.objects += objects.values()
            begun.set()

    recording = asyncio.create_task(record())
    await begun.wait()
    try:
        yield history
    finally:
        recording.cancel()
        with suppress(asyncio.CancelledError):
            await recording
