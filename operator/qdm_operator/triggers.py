"""kopf tells what changes; what that means is decided elsewhere, by what there is.

Only event handlers are used, so that kopf writes nothing: no annotations, no finalizers. What it may miss (a deletion
while a watch was broken, a watch that fell silent) a resync finds. It runs on an event loop and a thread of its own:
where it ends it cancels every task of its loop, and it takes signals for itself wherever it can. Where one of its tasks
fails, as when the definition of QuantumDevice is deleted, it may wait for the others for ever: then its thread is left
to that.
"""

import asyncio
import logging
import sys
import threading
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any

import kopf

from qdm_cluster.api import KubeApi
from qdm_cluster.names import CONFIG_MAPS, DEVICES, PODS, SERVICES, SIDECAR_LABELS, Resource, selector
from qdm_cluster.objects import Json
from qdm_common.backoff import restart_delay
from qdm_operator.definition import until_defined
from qdm_operator.store import Store
from qdm_operator.watch_session import watch_session

_STEADY_SECONDS = 60.0

Tell = Callable[[Resource, str, Json], None]

_log = logging.getLogger(__name__)


async def follow(api: KubeApi, stores: Mapping[Resource, Store], *, namespace: str) -> None:
    """Feeds the stores from watches, until cancelled; starts again, once there is a definition, where kopf gives up."""
    loop = asyncio.get_running_loop()

    def take(resource: Resource, event_type: str, obj: Json) -> None:
        if event_type == "DELETED":
            stores[resource].remove(obj)
        else:
            stores[resource].put(obj)

    def tell(resource: Resource, event_type: str, obj: Json) -> None:
        with suppress(RuntimeError):  # the loop is closed: the program ends
            loop.call_soon_threadsafe(take, resource, event_type, obj)

    logging.getLogger("kopf").setLevel(logging.WARNING)  # it reports every event it passed on
    logging.getLogger("kopf._core.reactor.running").setLevel(logging.ERROR)  # and that it was not given the signals
    failures = 0
    while True:
        await until_defined(api, namespace)  # kopf looks but once which kinds there are
        began = loop.time()
        await _one_life(api, tell, namespace)
        failures = 0 if loop.time() - began > _STEADY_SECONDS else failures + 1
        await asyncio.sleep(restart_delay(failures))


async def _one_life(api: KubeApi, tell: Tell, namespace: str) -> None:
    """Runs kopf until one of its tasks ends, or until cancelled."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()
    theirs = asyncio.new_event_loop()
    stop = asyncio.Event()  # kopf would wait for a threading.Event in a thread that outlives its failure

    def run() -> None:
        with asyncio.Runner(loop_factory=lambda: theirs) as runner, suppress(Exception, asyncio.CancelledError):
            tasks: Collection[asyncio.Task[Any]] = ()
            try:
                tasks = runner.run(_spawn(api, tell, namespace, stop))
                runner.run(_first_of(tasks))
            finally:
                if not stop.is_set():  # whatever it was, a cancellation too, watching goes on
                    fields = {"stage": "watch"}
                    _log.error("watching ended; it starts again", exc_info=sys.exception(), extra={"fields": fields})
                with suppress(RuntimeError):
                    loop.call_soon_threadsafe(ended.set)
                runner.run(kopf.run_tasks(tasks))

    threading.Thread(target=run, name="kopf", daemon=True).start()
    try:
        await ended.wait()
    finally:
        with suppress(RuntimeError):
            theirs.call_soon_threadsafe(stop.set)


async def _spawn(api: KubeApi, tell: Tell, namespace: str, stop: asyncio.Event) -> Collection[asyncio.Task[Any]]:
    return await kopf.spawn_tasks(
        registry=_registry(api, tell),
        settings=_settings(),
        standalone=True,
        identity="qdm-operator",  # type: ignore[arg-type]  # else it asks for the user's name; a pod has none
        clusterwide=not namespace,
        namespaces=[namespace] if namespace else [],
        stop_flag=stop,
    )


async def _first_of(tasks: Collection[asyncio.Task[Any]]) -> None:
    """Waits until one of the tasks ends, and raises what it raised."""
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()


def _registry(api: KubeApi, tell: Tell) -> kopf.OperatorRegistry:
    registry = kopf.OperatorRegistry()

    @kopf.on.login(registry=registry)
    async def login(**_: Any) -> kopf.AiohttpSession:
        return await watch_session(api)

    for resource in (DEVICES, PODS, CONFIG_MAPS, SERVICES):
        _observe(registry, resource, tell)
    return registry


def _observe(registry: kopf.OperatorRegistry, resource: Resource, tell: Tell) -> None:
    @kopf.on.event(resource.group, resource.version, resource.plural, registry=registry, id=resource.plural)
    async def observe(event: Any, **_: Any) -> None:
        tell(resource, event["type"] or "", event["object"])


def _settings() -> kopf.OperatorSettings:
    settings = kopf.OperatorSettings()
    settings.posting.enabled = False
    settings.process.ultimate_exiting_timeout = None
    settings.scanning.disabled = True
    settings.watching.server_timeout = 300
    settings.watching.client_timeout = 310
    settings.watching.connect_timeout = 10
    settings.watching.inactivity_timeout = 70
    settings.watching.chunk_size = 500
    settings.networking.request_timeout = 30
    settings.networking.enforce_retry_after = True
    for resource in (PODS, CONFIG_MAPS, SERVICES):
        settings.watching.label_selectors[resource.group, resource.version, resource.plural] = selector(SIDECAR_LABELS)
    return settings
