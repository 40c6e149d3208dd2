"""The Kubernetes API by raw paths: JSON in, JSON out, every failure an ApiError.

The official client brings connections and authentication. Its generated classes are left out: they would take 155 MB
and three seconds, and hide the two things a controller lives on, server-side apply and watches that end.
"""

import asyncio
import json
import os
from collections.abc import AsyncGenerator
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
from kubernetes.aio import config
from kubernetes.aio.client import ApiClient, Configuration
from prometheus_client import Counter

from qdm_cluster.names import FIELD_MANAGER, Resource
from qdm_cluster.objects import Json

_REQUESTS = Counter("rest_client_requests_total", "Requests to the API server, by HTTP status.", ["code", "method"])

_REQUEST_SECONDS = 15.0
_PAGE = 500
_JSON = "application/json"
_APPLY = "application/apply-patch+yaml"
_NOT_FOUND = 404


class ApiError(Exception):
    """A request failed: ``status`` is HTTP's, 0 where no answer came; ``retry_after`` is in seconds."""

    def __init__(self, status: int, reason: str, message: str, retry_after: float | None = None) -> None:
        super().__init__(f"{status or 'no answer'} {reason}: {message}")
        self.status = status
        self.reason = reason
        self.message = message
        self.retry_after = retry_after

    @property
    def not_found(self) -> bool:
        """Whether the API server says that there is no such object, or no such kind."""
        return self.status == _NOT_FOUND


class Listing(NamedTuple):
    """All objects of a kind at one moment, and that moment, from which a watch goes on."""

    items: list[Json]
    resource_version: str


class KubeApi:
    """A connection pool to one API server. Every method raises ApiError."""

    def __init__(self, client: ApiClient) -> None:
        self._client = client

    @property
    def configuration(self) -> Configuration:
        """Where the API server is, and how this program proves who it is."""
        return self._client.configuration

    async def close(self) -> None:
        """Closes all connections."""
        await self._client.close()

    async def get(self, path: str) -> Json:
        """Reads one object."""
        return await self._call("GET", path)

    async def find(self, path: str) -> Json | None:
        """Reads one object, ``None`` where there is none."""
        try:
            return await self.get(path)
        except ApiError as error:
            if error.not_found:
                return None
            raise

    async def list(self, resource: Resource, *, namespace: str = "", selector: str = "") -> Listing:
        """Reads all objects of a kind, page by page; each with its kind, which in a list stands at the top alone."""
        items: list[Json] = []
        kind = {"apiVersion": resource.api_version, "kind": resource.kind}
        query = {"limit": str(_PAGE)} | ({"labelSelector": selector} if selector else {})
        while True:
            page = await self.get(resource.path(namespace, **query))
            metadata = page.get("metadata") or {}
            if "items" not in page or not metadata.get("resourceVersion"):  # it must not pass for an empty list
                raise _nonsense(f"the list of {resource.plural} is none")
            items += [kind | item for item in page["items"] or []]
            if not (following := metadata.get("continue")):
                return Listing(items, metadata["resourceVersion"])
            query["continue"] = following

    async def create(self, path: str, body: Json, *, dry_run: bool = False) -> Json:
        """Makes an object that must not be there yet; as a dry run it is checked and not made."""
        return await self._call("POST", _managed(path) + ("&dryRun=All" if dry_run else ""), body)

    async def replace(self, path: str, body: Json) -> Json:
        """Overwrites an object; where the body has a resourceVersion, only that version."""
        return await self._call("PUT", _managed(path), body)

    async def apply(self, path: str, body: Json) -> Json:
        """Makes or changes an object by server-side apply, taking over fields that somebody else had set."""
        return await self._call("PATCH", f"{_managed(path)}&force=true", body, content_type=_APPLY)

    async def delete(self, path: str, *, uid: str, grace_seconds: int | None = None) -> None:
        """Deletes the object only if it is the very one meant; a pod within a grace that may differ from its own.

        One that is gone already is as it should be.
        """
        options: Json = {"preconditions": {"uid": uid}, "propagationPolicy": "Background"}
        if grace_seconds is not None:
            options["gracePeriodSeconds"] = grace_seconds
        try:
            await self._call("DELETE", path, options)
        except ApiError as error:
            if not error.not_found:
                raise

    async def watch(
        self, resource: Resource, *, namespace: str, selector: str, resource_version: str, seconds: int
    ) -> AsyncGenerator[Json, None]:
        """Yields changes since a version, for so many seconds at the most, even where the server falls silent.

        A change has its ``type``, ADDED, MODIFIED or DELETED, and its ``object``.
        """
        query = {"watch": "true", "resourceVersion": resource_version, "timeoutSeconds": str(seconds)}
        path = resource.path(namespace, **query, **({"labelSelector": selector} if selector else {}))
        response = await self._send("GET", path, None, content_type=_JSON, seconds=seconds + _REQUEST_SECONDS)
        try:
            async with response:
                async for line in response.content:
                    if (change := _change(line)) is not None:
                        yield change
        except _BROKEN as error:
            raise _no_answer(error) from None

    async def _call(self, method: str, path: str, body: Json | None = None, *, content_type: str = _JSON) -> Json:
        response = await self._send(method, path, body, content_type=content_type, seconds=_REQUEST_SECONDS)
        try:
            async with response:
                answer = _object(await response.read())
        except _BROKEN as error:
            raise _no_answer(error) from None
        if answer is None:
            raise _nonsense("the answer is no JSON object")
        return answer

    async def _send(
        self, method: str, path: str, body: Json | None, *, content_type: str, seconds: float
    ) -> aiohttp.ClientResponse:
        headers = {"Accept": _JSON, "Content-Type": content_type, "User-Agent": FIELD_MANAGER}
        try:
            headers |= await self._authorization()
            sent = await self._client.rest_client.request(
                method,
                f"{self.configuration.host}{path}",
                headers=headers,
                body=body,
                _request_timeout=aiohttp.ClientTimeout(total=seconds),
            )
            response: aiohttp.ClientResponse = sent.response
            _REQUESTS.labels(response.status, method).inc()
            if response.ok:
                return response
            async with response:
                said = _object(await response.read()) or {}
                raise _error_of(response.status, said, response.headers.get("Retry-After"))
        except _BROKEN as error:
            _REQUESTS.labels("<error>", method).inc()
            raise _no_answer(error) from None

    async def _authorization(self) -> dict[str, str]:
        """Returns the header that says who this program is; a token may have to be read or asked for."""
        try:
            async with asyncio.timeout(_REQUEST_SECONDS):
                settings = await self.configuration.auth_settings()
        except Exception as error:  # noqa: BLE001 - what it is depends on how this program proves who it is
            raise ApiError(0, type(error).__name__, "the credentials for the cluster cannot be read") from None
        return {setting["key"]: setting["value"] for setting in settings.values()}


async def connect() -> KubeApi:
    """Finds the cluster by KUBECONFIG where it is set, otherwise by the pod's service account.

    Raises OSError where there is neither, or what is there cannot be used.
    """
    configuration = Configuration()
    file = os.environ.get("KUBECONFIG", "")
    no_pod = "KUBECONFIG is not set, and this is no pod with a service account that can be used"
    where = f"KUBECONFIG: {file}" if file else no_pod
    try:
        if file:
            Path(file).read_bytes()  # noqa: ASYNC240 - once, at the start
            await config.load_kube_config(file, client_configuration=configuration, persist_config=False)
        else:
            config.load_incluster_config(configuration)
    except OSError as error:
        raise OSError(f"{where}: {error.strerror}") from None
    except config.ConfigException as error:
        raise OSError(f"{where}: {error}") from None
    except Exception:  # noqa: BLE001 - what the client raises for a file that is none depends on the file
        raise OSError(f"{where}: what is there makes no sense") from None
    return KubeApi(ApiClient(configuration))


_BROKEN = (aiohttp.ClientError, asyncio.TimeoutError, OSError, ValueError)


def _managed(path: str) -> str:
    return f"{path}{'&' if '?' in path else '?'}fieldManager={FIELD_MANAGER}"


def _object(data: bytes) -> Json | None:
    try:
        parsed: Any = json.loads(data)
    except ValueError:
        return None
    return parsed if isinstance(parsed, dict) else None


def _change(line: bytes) -> Json | None:
    """Returns what a line of a watch tells, ``None`` where it is no change."""
    if not line.strip():
        return None
    match _object(line):
        case {"type": "ADDED" | "MODIFIED" | "DELETED", "object": {"metadata": {"name": str()}}} as change:
            return change
        case {"type": "ERROR", "object": dict() as said}:
            raise _error_of(said.get("code", 0), said)
        case {"type": "BOOKMARK"}:
            return None
    raise _nonsense("a watch tells of no change")


def _error_of(status: int, body: Json, retry_after: str | None = None) -> ApiError:
    seconds = float(retry_after) if retry_after and retry_after.isdecimal() else None
    return ApiError(status, str(body.get("reason") or ""), str(body.get("message") or ""), seconds)


def _no_answer(error: Exception) -> ApiError:
    return ApiError(0, type(error).__name__, str(error) or "no answer in time")


def _nonsense(message: str) -> ApiError:
    return ApiError(0, "InvalidAnswer", message)
