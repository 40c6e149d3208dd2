"""Objects of a kind, followed through everything that a watch can do."""

import asyncio
import logging
from collections.abc import AsyncIterator

import aiohttp

from api_tier.client import Client, Json, Refused

_RELIST_SECONDS = 0.2

_log = logging.getLogger(__name__)


async def follow(client: Client, path: str) -> AsyncIterator[dict[str, Json]]:
    """Yields all objects by UID, at first and after every change."""
    while True:
        try:
            listing = await client.get(path)
            objects = {item["metadata"]["uid"]: item for item in listing["items"]}
            yield objects
            async for event in client.watch(path, listing["metadata"]["resourceVersion"]):
                obj = event["object"]
                if event["type"] == "DELETED":
                    objects.pop(obj["metadata"]["uid"], None)
                else:
                    objects[obj["metadata"]["uid"]] = obj
                yield objects
        except (aiohttp.ClientError, TimeoutError, Refused) as error:
            _log.info("following %s: %s", path, error)
        await asyncio.sleep(_RELIST_SECONDS)
