"""Starts a sidecar: one device, its driver in worker processes, two gRPC services in front."""

import logging
import time
from pathlib import Path

from qdm_common.byte_budget import ByteBudget
from qdm_common.logging import configure_logging, log_fields
from qdm_common.manifest import HostedDevice
from qdm_common.memory import memory_there_is
from qdm_common.metrics import DRIVER_QUEUE_DEPTH, serve_metrics
from qdm_common.rpc import DRIVER_MANAGER, SIDECAR
from qdm_common.server import run, server_options, start_server, stop_requests, stopping, working
from qdm_common.settings import load_file, load_settings
from qdm_sidecar import plugins
from qdm_sidecar.broadcast import Broadcast
from qdm_sidecar.device import Device
from qdm_sidecar.driver_life import DriverLife
from qdm_sidecar.executor import Executor
from qdm_sidecar.fence import Fence
from qdm_sidecar.job_queue import JobQueue
from qdm_sidecar.journal import Journal
from qdm_sidecar.processors import processors_there_are
from qdm_sidecar.service import Services
from qdm_sidecar.settings import SidecarSettings
from qdm_sidecar.state_file import StateFile
from qdm_sidecar.validator import Validator
from qdm_sidecar.worker.start import WorkerStart
from qdm_sidecar.worker_pool import WorkerPool
from qdm_sidecar.worker_process import end_forkserver, fork_context

# What is left of the memory is for the sidecar's own process and the kernel's accounting.
_SHARE_OF_WORKERS = 0.8
_SHARE_OF_REQUESTS = 0.1

_log = logging.getLogger(__name__)


def main() -> None:
    """Runs until SIGTERM; exit code 2 for wrong settings or a wrong device file, 1 where it cannot listen or go on."""
    settings = load_settings(SidecarSettings)
    configure_logging(service="qdm-sidecar", level=settings.log_level)
    hosted = load_file("QDM_DEVICE_FILE", settings.device_file, HostedDevice.parse)
    with log_fields(device_id=hosted.device_id, driver_name=hosted.driver):
        run(_serve(settings, hosted))


async def _serve(settings: SidecarSettings, hosted: HostedDevice) -> None:
    stop = stop_requests(stop_on_eof=settings.stop_on_eof)
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    start = _worker_start(settings, hosted)
    context = fork_context(start)
    labels = (hosted.driver, hosted.device_id)
    changes = Broadcast()
    queue = JobQueue(
        max_depth=hosted.queue.max_depth,
        concurrency=hosted.concurrency,
        clock=time.monotonic,
        changed=changes.notify,
    )
    DRIVER_QUEUE_DEPTH.labels(*labels).set_function(lambda: queue.depth)
    pool = WorkerPool(context, start, size=hosted.concurrency, changed=changes.notify)
    fence = Fence(instance=settings.instance, seconds=settings.fence_seconds, clock=_awake_or_asleep)
    journal = Journal(settings.data_dir / "jobs.sqlite")
    executor = Executor(queue, pool, journal, fence, execution_seconds=hosted.limits.execution_seconds, labels=labels)
    life = DriverLife(fence, pool, queue, executor, changed=changes.notify)
    state_file = StateFile(settings.data_dir / "state.json", instance=settings.instance)
    device = Device(hosted, queue, pool, life, state_file)
    services = Services(
        device,
        executor,
        Validator(context, start),
        changes,
        life,
        budget=ByteBudget(int(memory_there_is() * _SHARE_OF_REQUESTS)),
        heartbeat_seconds=_heartbeat(settings),
    )
    serve_metrics(settings.metrics_listen)
    server, health = await start_server(
        settings, services.handlers(), [DRIVER_MANAGER, SIDECAR], server_options(settings.max_message_bytes)
    )
    untold = settings.grace_seconds if settings.untold_grace_seconds is None else settings.untold_grace_seconds
    try:
        async with working(life.run(), stop) as living:
            await health.set_serving(serving=True)
            await stop.wait()
            _log.info("stopping", extra={"fields": {"stage": "stop"}})
            device.stopping = True
            queue.refuse_waiting("the sidecar is stopping and did not begin this; try again")
            changes.notify()
            await health.servicer.enter_graceful_shutdown()

            def grace() -> float:
                return 0 if living.done() else services.told_grace_seconds or untold

            async with stopping(server, services.calls, grace_seconds=grace):
                await executor.cancel_all("the sidecar stopped before the job ended; try again")
    finally:
        end_forkserver()
    journal.close()


def _heartbeat(settings: SidecarSettings) -> float:
    """Returns the interval of heartbeats: several of them may get lost before the fence lapses."""
    return (
        min(settings.heartbeat_seconds, settings.fence_seconds / 4) if settings.instance else settings.heartbeat_seconds
    )


def _awake_or_asleep() -> float:
    """Returns seconds of a clock that also runs while the machine sleeps, which time.monotonic does not."""
    return time.clock_gettime(time.CLOCK_BOOTTIME)


def _worker_start(settings: SidecarSettings, hosted: HostedDevice) -> WorkerStart:
    folders = [Path(folder) for folder in plugins.__path__]
    if settings.plugins_dir is not None:
        folders.append(settings.plugins_dir)
    memory = settings.memory_bytes or int(memory_there_is() * _SHARE_OF_WORKERS)
    return WorkerStart(
        driver=hosted.driver,
        driver_config=hosted.driver_config,
        device_id=hosted.device_id,
        display_name=hosted.display_name,
        memory_bytes=memory // hosted.concurrency,
        processors=max(1, processors_there_are() // hosted.concurrency),
        max_message_bytes=settings.max_message_bytes,
        plugin_folders=tuple(folders),
        artifacts_dir=settings.data_dir / "artifacts",
        secrets_dir=settings.secrets_dir,
        log_level=settings.log_level,
    )
