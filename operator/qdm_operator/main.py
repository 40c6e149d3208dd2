"""Starts an operator: an index of the cluster on every replica, and on the one that leads a reconciler."""

import asyncio
import logging
import random
import secrets
import time
from contextlib import suppress

from grpc_health.v1.health_pb2 import HealthCheckResponse
from prometheus_client import REGISTRY

from qdm_cluster.api import KubeApi, connect
from qdm_cluster.objects import Key
from qdm_common.logging import configure_logging
from qdm_common.metrics import serve_metrics
from qdm_common.server import LIVENESS, Health, run, server_options, start_server, stop_requests, working
from qdm_common.settings import load_settings
from qdm_operator.definition import until_defined
from qdm_operator.elector import Elector
from qdm_operator.index import Index
from qdm_operator.lease import ApiLease
from qdm_operator.metrics import DeviceReadiness
from qdm_operator.reconciler import Reconciler
from qdm_operator.resync import Resync
from qdm_operator.settings import OperatorSettings
from qdm_operator.sidecars import Sidecars
from qdm_operator.triggers import follow
from qdm_operator.work_queue import WorkQueue

_WORKERS = 8
_LIVENESS_SECONDS = 5.0
_CLOSING_SECONDS = 2.0

_log = logging.getLogger(__name__)


def main() -> None:
    """Runs until SIGTERM.

    Exit code 2 for wrong settings, 1 where it cannot listen, knows no cluster or cannot go on.
    """
    settings = load_settings(OperatorSettings)
    configure_logging(service="qdm-operator", level=settings.log_level)
    run(_serve(settings))


async def _serve(settings: OperatorSettings) -> None:
    stop = stop_requests(stop_on_eof=settings.stop_on_eof)
    api = await connect()
    serve_metrics(settings.metrics_listen)
    server, health = await start_server(settings, [], [], server_options(settings.max_message_bytes))
    try:
        async with working(Operator(settings, api, health).run(), stop):
            await stop.wait()
            _log.info("stopping", extra={"fields": {"stage": "stop"}})
            await health.servicer.enter_graceful_shutdown()
    finally:
        await api.close()
        await server.stop(None)


class Operator:
    """All parts of one replica."""

    def __init__(self, settings: OperatorSettings, api: KubeApi, health: Health) -> None:
        self._settings = settings
        self._api = api
        self._health = health
        self._identity = f"{settings.identity}_{secrets.token_hex(4)}"
        self._elector = Elector(ApiLease(api, settings.lease_namespace), self._identity)
        self._queue: WorkQueue[Key] | None = None
        self._index = Index(self._concerned)
        REGISTRY.register(DeviceReadiness(self._index.devices.all))
        self._resync = Resync(
            api, self._index, namespace=settings.namespace, seconds=settings.resync_seconds, done=self._look_at_all
        )

    async def run(self) -> None:
        """Runs until cancelled; leads whenever it is this replica's turn."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._tell_liveness())
            await until_defined(self._api, self._settings.namespace)
            group.create_task(self._resync.run())
            group.create_task(follow(self._api, self._index.stores, namespace=self._settings.namespace))
            await self._resync.synced.wait()
            await self._health.set_serving(serving=True)
            group.create_task(self._elector.run(self._lead))

    async def _lead(self) -> None:
        queue: WorkQueue[Key] = WorkQueue()
        sidecars = Sidecars(max_message_bytes=self._settings.max_message_bytes, clock=time.monotonic)
        reconciler = Reconciler(
            self._api,
            self._index,
            sidecars,
            queue,
            image=self._settings.sidecar_image,
            identity=self._identity,
        )
        self._queue = queue
        try:
            for key in self._index.all_keys():
                queue.add(key)
            await queue.work(lambda key: self._elector.guard(reconciler.look(key)), workers=_WORKERS)
        finally:
            self._queue = None
            queue.clear()
            with suppress(TimeoutError):  # the next leader must not have to wait for connections to close
                async with asyncio.timeout(_CLOSING_SECONDS):
                    await sidecars.close()

    def _concerned(self, key: Key) -> None:
        if self._queue is not None:
            self._queue.add(key)

    def _look_at_all(self) -> None:
        """Asks for a look at every key, spread over half the time to the next resync."""
        if self._queue is not None:
            for key in self._index.all_keys():
                self._queue.add_after(key, random.uniform(0, self._settings.resync_seconds / 2))  # noqa: S311

    async def _tell_liveness(self) -> None:
        while True:
            alive = HealthCheckResponse.SERVING if self._resync.alive else HealthCheckResponse.NOT_SERVING
            await self._health.servicer.set(LIVENESS, alive)
            await asyncio.sleep(_LIVENESS_SECONDS)
