"""The HTTP session of kopf's watches, which keeps them from being begun in a hot loop.

kopf waits after a watch that failed, but begins one anew at once where it ended in peace: against an API server, or
something before it, that ends every watch at once, these would be hundreds of requests a second.
"""

import asyncio
import time
from types import SimpleNamespace

import aiohttp
import kopf

from qdm_cluster.api import KubeApi

# A watch lives for minutes; this delays only what follows one that lived for less.
_PAUSE_SECONDS = 1.0


async def watch_session(api: KubeApi) -> kopf.AiohttpSession:
    """Opens a session to where ``api`` goes, with the same proof of who this program is."""
    connection = await _connection(api)
    session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, ssl=connection.as_ssl_context()),
        headers=connection.as_http_headers(),
        trace_configs=[_paced()],
    )
    return kopf.AiohttpSession(server=connection.server, aiohttp_session=session)


async def _connection(api: KubeApi) -> kopf.ConnectionInfo:
    configuration = api.configuration
    authorization = await configuration.auth_settings()
    scheme, _, token = (authorization["BearerToken"]["value"] if authorization else "").partition(" ")
    return kopf.ConnectionInfo(
        server=configuration.host,
        ca_path=configuration.ssl_ca_cert,
        insecure=not configuration.verify_ssl,
        scheme=scheme or None,
        token=token or None,
        certificate_path=configuration.cert_file,
        private_key_path=configuration.key_file,
    )


def _paced() -> aiohttp.TraceConfig:
    """Returns what lets a watch of each kind begin once in a while only; other requests go at once."""
    free_at: dict[str, float] = {}

    async def wait(_: aiohttp.ClientSession, __: SimpleNamespace, request: aiohttp.TraceRequestStartParams) -> None:
        if "watch" in request.url.query:
            now = time.monotonic()
            start = max(now, free_at.get(request.url.path, now))
            free_at[request.url.path] = start + _PAUSE_SECONDS
            await asyncio.sleep(start - now)

    trace = aiohttp.TraceConfig()
    trace.on_request_start.append(wait)
    return trace
