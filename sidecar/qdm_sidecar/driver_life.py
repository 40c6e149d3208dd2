"""When the driver's processes run: while the fence is held, and not a moment longer.

Also a driver without a job may hold a session with its backend, so on a lapse its processes end, and the next
acknowledgement starts others.
"""

import asyncio
import logging
from collections.abc import Callable

from qdm_sidecar.executor import Executor
from qdm_sidecar.fence import NOT_HELD, Fence
from qdm_sidecar.job_queue import JobQueue
from qdm_sidecar.refresh import keep_fresh
from qdm_sidecar.worker_pool import WorkerPool

# The loop's clock stands still while a machine sleeps, the fence's does not.
_LONGEST_SLEEP_SECONDS = 1.0

_log = logging.getLogger(__name__)


class DriverLife:
    """Opens the pool when the fence is first held; ``changed`` is called whenever ``begun`` or the fence is another."""

    def __init__(
        self, fence: Fence, pool: WorkerPool, queue: JobQueue, executor: Executor, *, changed: Callable[[], None]
    ) -> None:
        self._fence = fence
        self._pool = pool
        self._queue = queue
        self._executor = executor
        self._changed = changed
        self._held = asyncio.Event()
        self.begun = False

    @property
    def takes_work(self) -> bool:
        """Whether the driver has begun and work may start."""
        return self.begun and self._fence.open

    def beat(self) -> int:
        """Returns the time to be acknowledged, in microseconds."""
        return self._fence.beat()

    def acknowledge(self, instance: str, beat: int) -> None:
        """Takes an acknowledgement as the fence does, and begins where that opens it."""
        self._fence.acknowledge(instance, beat)
        if self._fence.held:
            self._held.set()

    async def run(self) -> None:
        """Runs until it is cancelled, or raises what went wrong; then the driver's processes have ended."""
        while True:
            await self._until_held()
            self._fence.lapsing = False
            self._pool.open()
            self._begin(begun=True)
            try:
                async with asyncio.TaskGroup() as group:
                    refresher = group.create_task(keep_fresh(self._pool, self._queue))
                    await self._until_lapsed()
                    self._fence.lapsing = True
                    _log.warning("the driver is stopped: %s", NOT_HELD, extra={"fields": {"stage": "fence"}})
                    self._changed()
                    refresher.cancel()
                    await self._executor.cancel_all(f"the job was cancelled: {NOT_HELD}")
            finally:
                await self._pool.close()
                self._begin(begun=False)

    def _begin(self, *, begun: bool) -> None:
        self.begun = begun
        self._changed()

    async def _until_held(self) -> None:
        while not self._fence.held:
            self._held.clear()
            await self._held.wait()

    async def _until_lapsed(self) -> None:
        while (left := self._fence.seconds_left) > 0:  # noqa: ASYNC110 - what is awaited is that nothing happens
            await asyncio.sleep(min(left, _LONGEST_SLEEP_SECONDS))
