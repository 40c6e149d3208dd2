"""Starts a facade: routes, links to the sidecars, one gRPC service in front."""

import asyncio
import logging
import time
from contextlib import suppress

from qdm_common.byte_budget import ByteBudget
from qdm_common.logging import configure_logging
from qdm_common.memory import memory_there_is
from qdm_common.metrics import serve_metrics
from qdm_common.rpc import DRIVER_MANAGER
from qdm_common.server import (
    ChannelOptions,
    Health,
    run,
    server_options,
    start_server,
    stop_requests,
    stopping,
    working,
)
from qdm_common.settings import load_file, load_settings
from qdm_facade import metrics
from qdm_facade.fleet import Fleet
from qdm_facade.local_routes import LocalRoutes
from qdm_facade.relay import GrpcRelay, NoRelay, Relay
from qdm_facade.routes import Route, RouteSource
from qdm_facade.service import FORWARDED, FacadeService
from qdm_facade.settings import FacadeSettings

# gRPC and the facade hold a request two and a half times while it waits for its answer.
_SHARE_OF_REQUESTS = 0.2

_log = logging.getLogger(__name__)


def main() -> None:
    """Runs until SIGTERM.

    Exit code 2 for wrong settings or a wrong routes file, 1 where it cannot listen, finds no cluster or can follow its
    routes no more.
    """
    settings = load_settings(FacadeSettings)
    configure_logging(service="qdm-facade", level=settings.log_level)
    if settings.routes_file is not None:
        run(_serve(settings, load_file("QDM_ROUTES_FILE", settings.routes_file, LocalRoutes.parse)))
    else:
        run(_serve_cluster(settings))


async def _serve_cluster(settings: FacadeSettings) -> None:
    # Only here: a facade of one machine has no use for a Kubernetes client and its memory.
    from qdm_facade.kubernetes_routes import cluster_routes  # noqa: PLC0415

    async with cluster_routes(settings.namespace) as source:
        await _serve(settings, source)


async def _serve(settings: FacadeSettings, source: RouteSource) -> None:
    stop = stop_requests(stop_on_eof=settings.stop_on_eof)

    def connect(route: Route) -> Relay:
        if not route.address:
            return NoRelay()
        return GrpcRelay(route.address, route.instance, max_message_bytes=settings.max_message_bytes, methods=FORWARDED)

    fleet = Fleet(
        connect,
        silence_seconds=settings.silence_seconds,
        grace_seconds=settings.grace_seconds,
        clock=time.monotonic,
    )
    service = FacadeService(fleet, ByteBudget(int(memory_there_is() * _SHARE_OF_REQUESTS)))
    metrics.ROUTES.set_function(lambda: len(fleet))
    metrics.CONNECTED_SIDECARS.set_function(fleet.connected)
    serve_metrics(settings.metrics_listen)
    server, health = await start_server(
        settings,
        service.handlers(),
        [DRIVER_MANAGER],
        [*server_options(settings.max_message_bytes), *_age(settings)],
    )
    try:
        async with working(_follow(source, fleet, health), stop):
            await stop.wait()
            await _drain(settings, stop, health)
    finally:
        _log.info("stopping", extra={"fields": {"stage": "stop"}})
        async with stopping(server, service.calls, grace_seconds=lambda: settings.grace_seconds):
            await fleet.close()  # calls that are left are told UNAVAILABLE, so that nobody sees a CANCELLED


def _age(settings: FacadeSettings) -> ChannelOptions:
    """Returns what lets a connection past its age take no new calls, and live on until its last one ends."""
    age = settings.max_connection_age_seconds
    return [] if age is None else [("grpc.max_connection_age_ms", round(age * 1000))]


async def _follow(source: RouteSource, fleet: Fleet, health: Health) -> None:
    async for routes in source.snapshots():
        fleet.update(routes)
        await health.set_serving(serving=True)


async def _drain(settings: FacadeSettings, stop: asyncio.Event, health: Health) -> None:
    """Serves on, NOT_SERVING, until nobody sends calls here any more; a second request to stop cuts it short."""
    _log.info("draining", extra={"fields": {"stage": "drain"}})
    await health.servicer.enter_graceful_shutdown()
    stop.clear()
    with suppress(TimeoutError):
        async with asyncio.timeout(settings.drain_seconds):
            await stop.wait()
