"""The one life cycle of every gRPC server: bind, tell health, wait for the order to stop, let calls finish, stop."""

import asyncio
import gc
import logging
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager, suppress

import grpc
import uvloop
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from qdm_common.calls_in_progress import CallsInProgress
from qdm_common.settings import ServerSettings
from qdm_common.status import log_bug

_log = logging.getLogger(__name__)

# Clients and servers of the fleet ping idle connections, so that a dead peer is noticed within seconds. The timeout is
# set for every ping: gRPC sends others of its own, waits a minute for their answers, and sends no keepalive meanwhile.
KEEPALIVE_SECONDS = 10
KEEPALIVE_TIMEOUT_SECONDS = 5

# Above its soft limit gRPC refuses metadata at random, and above its number of pending calls it cancels some: both are
# one limit here, and how many calls there may be is for queues and budgets to say.
_MAX_METADATA_BYTES = 32 * 1024
_MAX_PENDING_CALLS = 1_000_000

# The service that a liveness probe asks for. Readiness is that of the server as a whole.
LIVENESS = "liveness"

# What the last answers may take to their callers, before the server ends and whatever it still holds with it.
_LAST_ANSWERS_SECONDS = 1.0

_LONGER_THAN_ANY_GRACE_SECONDS = 1e9
_LOOK_SECONDS = 1.0

ChannelOptions = list[tuple[str, int]]


def run(serve: Coroutine[None, None, None]) -> None:
    """Runs a program to its end; exit code 1, with a line in the log, where it cannot listen."""
    try:
        uvloop.run(serve)
    except OSError as error:
        _log.error("cannot start: %s", error)
        raise SystemExit(1) from None


def channel_options(max_message_bytes: int) -> ChannelOptions:
    """Returns the options of a channel between programs of the fleet."""
    return [
        ("grpc.max_receive_message_length", max_message_bytes),
        ("grpc.max_send_message_length", max_message_bytes),
        ("grpc.keepalive_time_ms", KEEPALIVE_SECONDS * 1000),
        ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_SECONDS * 1000),
        ("grpc.http2.ping_timeout_ms", KEEPALIVE_TIMEOUT_SECONDS * 1000),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.use_local_subchannel_pool", 1),
        ("grpc.enable_http_proxy", 0),
        ("grpc.initial_reconnect_backoff_ms", 100),
        ("grpc.min_reconnect_backoff_ms", 100),
        ("grpc.max_reconnect_backoff_ms", 5_000),
    ]


def server_options(max_message_bytes: int) -> ChannelOptions:
    """Returns the options of a server of the fleet."""
    return [
        ("grpc.max_receive_message_length", max_message_bytes),
        ("grpc.max_send_message_length", max_message_bytes),
        ("grpc.so_reuseport", 0),
        ("grpc.keepalive_time_ms", KEEPALIVE_SECONDS * 1000),
        ("grpc.keepalive_timeout_ms", KEEPALIVE_TIMEOUT_SECONDS * 1000),
        ("grpc.http2.ping_timeout_ms", KEEPALIVE_TIMEOUT_SECONDS * 1000),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_ping_strikes", 0),
        ("grpc.max_metadata_size", _MAX_METADATA_BYTES),
        ("grpc.absolute_max_metadata_size", _MAX_METADATA_BYTES),
        ("grpc.server.max_pending_requests", _MAX_PENDING_CALLS),
        ("grpc.server.max_pending_requests_hard_limit", _MAX_PENDING_CALLS),
    ]


class Health:
    """What grpc.health.v1 answers, for the server as a whole and for each of its services alike."""

    def __init__(self, service_names: Sequence[str]) -> None:
        self.servicer = health.aio.HealthServicer()
        self._names = ("", *service_names)

    async def set_serving(self, *, serving: bool) -> None:
        """Tells probes and clients whether to send calls."""
        status = health_pb2.HealthCheckResponse.SERVING if serving else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in self._names:
            await self.servicer.set(name, status)


async def start_server(
    settings: ServerSettings,
    handlers: Sequence[grpc.GenericRpcHandler],
    service_names: Sequence[str],
    options: ChannelOptions,
) -> tuple[grpc.aio.Server, Health]:
    """Binds and starts a server with health, at first alive and NOT_SERVING, and reflection.

    Raises OSError where it can't.
    """
    logging.getLogger("grpc._cython.cygrpc").addFilter(_is_news)
    server = grpc.aio.server(options=options)
    server.add_generic_rpc_handlers(tuple(handlers))
    told = Health(service_names)
    await told.set_serving(serving=False)
    await told.servicer.set(LIVENESS, health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(told.servicer, server)
    reflection.enable_server_reflection([*service_names, health.SERVICE_NAME, reflection.SERVICE_NAME], server)
    try:
        port = server.add_insecure_port(settings.listen)
    except RuntimeError:
        raise OSError(f"QDM_LISTEN: cannot listen on {settings.listen}; is the address taken?") from None
    await server.start()
    gc.freeze()  # what was loaded so far stays; walking it again and again would cost each call its time
    where = settings.listen if settings.listen.startswith("unix:") else f"{settings.listen.rpartition(':')[0]}:{port}"
    _log.info("listening on %s", where, extra={"fields": {"stage": "start"}})
    return server, told


def _is_news(record: logging.LogRecord) -> bool:
    """Leaves out what gRPC says, as an error with a stack, where a caller left while its answer was being sent."""
    return not record.getMessage().startswith("ExecuteBatchError raised in core")


@asynccontextmanager
async def stopping(
    server: grpc.aio.Server, calls: CallsInProgress, *, grace_seconds: Callable[[], float]
) -> AsyncIterator[None]:
    """Takes no new calls and lets those in progress end within the grace; then the body runs, and the server ends.

    The grace is counted from the start and may become another meanwhile. The body makes the calls that are left end:
    what they answer still reaches their callers.
    """
    closing = asyncio.create_task(server.stop(_LONGER_THAN_ANY_GRACE_SECONDS))
    now = asyncio.get_running_loop().time
    began = now()
    while not calls.none() and (left := began + grace_seconds() - now()) > 0:
        with suppress(TimeoutError):
            async with asyncio.timeout(min(left, _LOOK_SECONDS)):
                await calls.until_none()
    yield
    closing.cancel()
    await server.stop(_LAST_ANSWERS_SECONDS)


@asynccontextmanager
async def working(work: Coroutine[None, None, None], stop: asyncio.Event) -> AsyncIterator[asyncio.Task[None]]:
    """Does the work, as the task that it yields, beside the body, until the body ends.

    Work that fails is logged and sets ``stop``, and once the body has ended the program does, with exit code 1.
    """

    def look(ended: asyncio.Task[None]) -> None:
        if not ended.cancelled() and (error := ended.exception()) is not None:
            log_bug(error)
            stop.set()

    task = asyncio.create_task(work)
    task.add_done_callback(look)
    try:
        yield task
    finally:
        task.cancel()
        await asyncio.wait([task])
    if not task.cancelled() and task.exception() is not None:
        raise SystemExit(1)


def stop_requests(*, stop_on_eof: bool) -> asyncio.Event:
    """Returns an event that SIGTERM, SIGINT or (if wanted) the end of standard input sets; needs a running loop."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    if stop_on_eof:
        descriptor = sys.stdin.fileno()

        def read() -> None:
            if not os.read(descriptor, 4096):
                loop.remove_reader(descriptor)
                stop.set()

        loop.add_reader(descriptor, read)
    return stop
