"""All objects of a kind, as they are now and after every change: the way the facade follows a cluster.

A watch may fall silent without ending, end without a word, or be told that its past is forgotten. All of these have one
cure, a new LIST, so that is taken once a minute whatever happened: what a watch can hide, it hides for no longer.
"""

import asyncio
import logging
import random
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing

from qdm_cluster.api import ApiError, KubeApi
from qdm_cluster.names import Resource
from qdm_cluster.objects import Json, Key, key_of
from qdm_common.backoff import restart_delay

_SHORTEST_WATCH_SECONDS = 30
_LONGEST_WATCH_SECONDS = 60

Snapshot = Mapping[Key, Json]

_log = logging.getLogger(__name__)


async def snapshots(
    api: KubeApi, resource: Resource, *, namespace: str = "", selector: str = ""
) -> AsyncGenerator[Snapshot, None]:
    """Yields all objects there are, at first and after every change. Never raises and never ends.

    While the API server cannot be reached nothing is yielded: what was yielded last is the best that is known.
    """
    failures = 0
    loop = asyncio.get_running_loop()
    while True:
        began = loop.time()
        asked_for = 0.0
        try:
            listing = await api.list(resource, namespace=namespace, selector=selector)
            objects = {key_of(item): item for item in listing.items}
            yield dict(objects)
            watching = api.watch(
                resource,
                namespace=namespace,
                selector=selector,
                resource_version=listing.resource_version,
                seconds=random.randint(_SHORTEST_WATCH_SECONDS, _LONGEST_WATCH_SECONDS),  # noqa: S311 - spreads load
            )
            async with aclosing(watching) as changes:
                async for change in changes:
                    _take(objects, change)
                    yield dict(objects)
        except ApiError as error:
            asked_for = error.retry_after or 0.0
            _log.warning("watching %s: %s", resource.plural, error, extra={"fields": {"stage": "watch"}})
        failures = 0 if loop.time() - began >= _SHORTEST_WATCH_SECONDS else failures + 1
        pause = restart_delay(failures) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load
        await asyncio.sleep(max(pause, asked_for))


def _take(objects: dict[Key, Json], change: Json) -> None:
    key = key_of(change["object"])
    if change["type"] == "DELETED":
        objects.pop(key, None)
    else:
        objects[key] = change["object"]
