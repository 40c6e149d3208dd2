"""Asks an idle driver every few seconds how its backend is."""

import asyncio
import logging

from pydantic import ValidationError

from qdm_driver import UnavailableError
from qdm_sidecar.job_queue import JobQueue
from qdm_sidecar.worker.frames import Kind
from qdm_sidecar.worker.report import DriverReport
from qdm_sidecar.worker_pool import WorkerPool
from qdm_sidecar.worker_process import WorkerDiedError, WorkerFailureError, WorkerProcess

_INTERVAL_SECONDS = 10.0
_LIMIT_SECONDS = 10.0

_log = logging.getLogger(__name__)


async def keep_fresh(pool: WorkerPool, queue: JobQueue) -> None:
    """Runs for ever; a device with work in progress is left alone, its last report stands."""
    while True:
        await asyncio.sleep(_INTERVAL_SECONDS)
        if queue.idle:
            await _refresh(pool)


async def _refresh(pool: WorkerPool) -> None:
    try:
        # The time counts from here on, since a worker that still starts owes no report.
        async with pool.worker() as worker, asyncio.timeout(_LIMIT_SECONDS):
            pool.update(await _report(worker))
    except TimeoutError:
        pool.backend_down(f"the driver did not report within {_LIMIT_SECONDS:g} s")
    except ValidationError:
        pool.backend_down("the driver's report cannot be read")
    except WorkerFailureError as failure:
        pool.backend_down(failure.problem)
    except WorkerDiedError:
        _log.warning("the driver's process ended while it reported")
    except UnavailableError:
        pass  # no worker can be started now, which the pool says already


async def _report(worker: WorkerProcess) -> DriverReport:
    answer = await worker.request(Kind.REPORT)
    try:
        return DriverReport.from_json(answer)
    except ValidationError:
        worker.kill()  # what it answers next may belong to another request as well
        raise
