"""The API as a test or a person uses it: manifests in, objects out, and waiting for what somebody else will do."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import aiohttp
import yaml
from aiohttp.connector import NEEDS_CLEANUP_CLOSED

from qdm_cluster.names import Resource

Json = dict[str, Any]

NODES = Resource("", "v1", "nodes", "Node")
NAMESPACES = Resource("", "v1", "namespaces", "Namespace")

APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"

_FIELD_MANAGER = "api-tier"
_REQUEST_SECONDS = 30.0
_POLL_SECONDS = 0.05


def connector(trust: ssl.SSLContext | bool) -> aiohttp.TCPConnector:  # noqa: FBT001 - as aiohttp takes it
    """Returns a pool without a limit whose close ends every connection, a watch that was left in the middle too."""
    return aiohttp.TCPConnector(ssl=trust, limit=0, enable_cleanup_closed=NEEDS_CLEANUP_CLOSED)


class Refused(Exception):  # noqa: N818 - what the API server does
    """The API server refused a request with an HTTP status."""

    def __init__(self, status: int, body: Json) -> None:
        super().__init__(f"{status} {body.get('message', '')}")
        self.status = status
        self.body = body


class Client:
    """A connection to the API server of a kubeconfig, between ``async with`` and its end.

    Methods raise Refused for an answer that is an error, and aiohttp.ClientError where there is none.
    """

    def __init__(self, kubeconfig: Path) -> None:
        config = yaml.safe_load(kubeconfig.read_text())
        cluster = config["clusters"][0]["cluster"]
        self.url: str = cluster["server"]
        trusted = cluster.get("certificate-authority")
        self.trust = ssl.create_default_context(cafile=trusted) if trusted else True
        self._token = config["users"][0]["user"]["token"]
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        """Connects when first used."""
        self._session = aiohttp.ClientSession(
            self.url,
            connector=connector(self.trust),
            headers={"Authorization": f"Bearer {self._token}"},
            timeout=aiohttp.ClientTimeout(total=_REQUEST_SECONDS),
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes all connections."""
        if self._session is not None:
            await self._session.close()
            await asyncio.sleep(0)  # aborted connections end in the loop's next round

    async def get(self, path: str) -> Json:
        """Reads one object."""
        return await self.request("GET", path)

    async def find(self, path: str) -> Json | None:
        """Reads one object, ``None`` where there is none."""
        try:
            return await self.get(path)
        except Refused as refused:
            if refused.status == HTTPStatus.NOT_FOUND:
                return None
            raise

    async def list(self, path: str) -> list[Json]:
        """Reads all objects of a kind."""
        items: list[Json] = (await self.get(path)).get("items") or []
        return items

    async def apply(self, manifest: Json, *, namespace: str = "") -> Json:
        """Makes or changes an object by server-side apply, whoever set its fields before."""
        query = f"fieldManager={_FIELD_MANAGER}&force=true"
        return await self.request("PATCH", f"{path_of(manifest, namespace)}?{query}", manifest, content_type=APPLY)

    async def create(self, path: str, manifest: Json) -> Json:
        """Makes an object that must not be there yet; the path is that of its kind."""
        return await self.request("POST", path, manifest)

    async def patch(self, path: str, changes: Json) -> Json:
        """Changes fields; ``None`` takes one away."""
        return await self.request("PATCH", path, changes, content_type=MERGE)

    async def delete(self, path: str, *, uid: str = "", grace_seconds: int | None = None) -> Json:
        """Deletes an object; with ``uid`` only that very one, with a grace of 0 at once and without its node's word."""
        options: Json = {"propagationPolicy": "Background"}
        if uid:
            options["preconditions"] = {"uid": uid}
        if grace_seconds is not None:
            options["gracePeriodSeconds"] = grace_seconds
        return await self.request("DELETE", path, options)

    async def request(
        self, method: str, path: str, body: Json | None = None, *, content_type: str = "application/json"
    ) -> Json:
        """Sends any request."""
        headers = {"Content-Type": content_type}
        async with self._open.request(method, path, json=body, headers=headers) as response:
            answer: Json = await response.json(content_type=None)
            if not response.ok:
                raise Refused(response.status, answer)
            return answer

    async def watch(self, path: str, resource_version: str) -> AsyncIterator[Json]:
        """Yields events since a version; ends when the server or the connection does."""
        query = f"watch=true&resourceVersion={resource_version}"
        separator = "&" if "?" in path else "?"
        timeout = aiohttp.ClientTimeout(total=None)
        async with self._open.get(f"{path}{separator}{query}", timeout=timeout) as response:
            if not response.ok:
                raise Refused(response.status, await response.json())
            async for line in response.content:
                event: Json = json.loads(line)
                if event["type"] == "ERROR":
                    raise Refused(event["object"].get("code", 0), event["object"])
                yield event

    async def wait_for(self, path: str, predicate: Callable[[Json | None], object], *, seconds: float) -> Json | None:
        """Returns the object as soon as the predicate holds for it; ``None`` stands for one that is not there.

        Looks every 50 ms. An AssertionError after so many seconds holds what was seen last.
        """
        seen: Json | None = None
        try:
            async with asyncio.timeout(seconds):
                while not predicate(seen := await self.find(path)):  # noqa: ASYNC110 - others change it
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise AssertionError(f"{path} after {seconds:g} s is not as awaited: {json.dumps(seen)}") from None
        return seen

    @property
    def _open(self) -> aiohttp.ClientSession:
        assert self._session is not None, "outside of its async with"
        return self._session


def path_of(manifest: Json, namespace: str = "") -> str:
    """Returns an object's path; in its own namespace where it names one, otherwise in ``namespace``."""
    group, _, version = manifest["apiVersion"].rpartition("/")
    resource = Resource(group, version, f"{manifest['kind'].lower()}s", manifest["kind"])
    metadata = manifest["metadata"]
    return resource.path(metadata.get("namespace", namespace), metadata["name"])


def condition(obj: Json | None, kind: str) -> Json:
    """Returns a condition of an object's status; empty where there is none."""
    conditions = ((obj or {}).get("status") or {}).get("conditions") or []
    return next((found for found in conditions if found["type"] == kind), {})
