"""A client that sends one job after another whatever comes of them, as a kernel under load does."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

import grpc

from api_tier.calls import code_of, job, manager_at

_PAUSE_SECONDS = 0.05


class Hammer:
    """``codes`` counts how the calls ended so far."""

    def __init__(self) -> None:
        self.codes: Counter[grpc.StatusCode] = Counter()
        self._served = asyncio.Event()

    async def until_served(self, *, seconds: float) -> None:
        """Waits until a call is answered that ends from now on."""
        self._served.clear()
        try:
            async with asyncio.timeout(seconds):
                await self._served.wait()
        except TimeoutError:
            raise AssertionError(f"no job was run within {seconds:g} s; all so far: {self.codes}") from None

    async def strike(self, address: str, device_id: str) -> None:
        """Sends jobs until it is cancelled."""
        async with manager_at(address) as manager:
            while True:
                try:
                    await manager.ExecuteCircuit(job(device_id))
                except grpc.aio.AioRpcError as error:
                    self.codes[code_of(error)] += 1
                    await asyncio.sleep(_PAUSE_SECONDS)
                else:
                    self.codes[grpc.StatusCode.OK] += 1
                    self._served.set()


@asynccontextmanager
async def hammering(address: str, device_id: str, *, callers: int = 3) -> AsyncIterator[Hammer]:
    """Has so many callers send jobs for a device to an address."""
    hammer = Hammer()
    striking = [asyncio.create_task(hammer.strike(address, device_id)) for _ in range(callers)]
    try:
        yield hammer
    finally:
        for task in striking:
            task.cancel()
        for task in striking:
            with suppress(asyncio.CancelledError):
                await task
