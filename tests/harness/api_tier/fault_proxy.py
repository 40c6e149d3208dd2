"""A proxy between a program and the API server that counts what is asked, and fails on demand.

It speaks plain HTTP towards the program. A fault concerns the requests that its Match fits, from the moment it is asked
for; connections that are open already are no way around it.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, NoReturn, Self, TypeVar

import aiohttp
from aiohttp import web

from api_tier.addresses import free_port
from api_tier.client import Client, connector
from api_tier.control_plane import ControlPlane

_GONE = 410
_NOT_PASSED_ON = {"connection", "host", "keep-alive", "transfer-encoding", "content-length"}


@dataclass(frozen=True, slots=True)
class Request:
    """One request: ``verb`` is HTTP's, ``path`` has no query, ``at`` is when it came, by the monotonic clock."""

    verb: str
    path: str
    is_watch: bool
    at: float


class Answered(NamedTuple):
    """A request and the HTTP status that the API server answered it with."""

    request: Request
    status: int


@dataclass(frozen=True, slots=True)
class Match:
    """Which requests are meant: ``path`` is a regular expression found anywhere in theirs; ``None`` means any."""

    verb: str | None = None
    path: str = ""
    is_watch: bool | None = None

    def fits(self, request: Request) -> bool:
        """Tells whether the request is one of those."""
        return (
            self.verb in (None, request.verb)
            and self.is_watch in (None, request.is_watch)
            and re.search(self.path, request.path) is not None
        )


ANYTHING = Match()
WATCHES = Match(is_watch=True)


@dataclass
class Answers:
    """Answers that are given instead of the API server's, as many as are ``left``."""

    match: Match
    status: int
    body: bytes
    headers: dict[str, str]
    left: int


@dataclass
class Losses:
    """Requests that are not handed on, or answers that are not handed back, as many as are ``left``."""

    match: Match
    left: int


@dataclass(eq=False)
class _BlackHole:
    """Takes requests until it is over."""

    match: Match
    over: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass(eq=False)
class _Watch:
    """A watch in progress."""

    request: Request
    silent: bool = False
    ended: asyncio.Event = field(default_factory=asyncio.Event)


class FaultProxy:
    """A proxy in front of a control plane, between ``async with`` and its end.

    ``kubeconfig`` is for the program; ``requests`` holds all it asked, in order, and ``answered`` what the API server
    said to it. With ``token`` the program is not the administrator, but whose token that is.
    """

    def __init__(self, plane: ControlPlane, folder: Path, *, token: str = "") -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.requests: list[Request] = []
        self.answered: list[Answered] = []
        self._port = free_port()
        self.kubeconfig = plane.credentials.write_kubeconfig(
            folder / "proxy.kubeconfig", f"http://127.0.0.1:{self._port}", token=token
        )
        self._upstream = Client(plane.kubeconfig)
        self._server = web.Server(self._handle, handler_cancellation=True)
        self._listener: asyncio.Server | None = None
        self._session: aiohttp.ClientSession | None = None
        self._watches: set[_Watch] = set()
        self._black_holes: list[_BlackHole] = []
        self._delays: list[tuple[Match, float]] = []
        self._late: list[tuple[Match, float]] = []
        self._short: list[Match] = []
        self._answers: list[Answers] = []
        self._losses: list[Losses] = []
        self._swallowed: list[Losses] = []

    async def __aenter__(self) -> Self:
        """Listens."""
        self._session = aiohttp.ClientSession(
            self._upstream.url,
            connector=connector(self._upstream.trust),
            timeout=aiohttp.ClientTimeout(total=None),
            auto_decompress=False,
            skip_auto_headers=["Accept-Encoding", "Content-Type", "User-Agent"],
        )
        await self._listen()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Closes all connections."""
        await self._hang_up()
        await self._server.shutdown()
        if self._session is not None:
            await self._session.close()
            await asyncio.sleep(0)  # aborted connections end in the loop's next round

    def count(self, match: Match = ANYTHING) -> int:
        """Returns how many such requests came since the start or the last ``forget``."""
        return sum(map(match.fits, self.requests))

    def writes(self) -> list[Request]:
        """Returns all requests that were to change something."""
        return [request for request in self.requests if request.verb != "GET"]

    def forget(self) -> None:
        """Begins to count anew."""
        self.requests.clear()
        self.answered.clear()

    @asynccontextmanager
    async def refusing(self) -> AsyncIterator[None]:
        """Refuses connections, and cuts those there are."""
        await self._hang_up()
        try:
            yield
        finally:
            await self._listen()

    @contextmanager
    def black_hole(self, match: Match = ANYTHING) -> Iterator[None]:
        """Takes requests and never answers; watches in progress fall silent. In the end their connections are cut."""
        black_hole = _BlackHole(match)
        self.silence_watches(match)
        self._black_holes.append(black_hole)
        try:
            yield
        finally:
            self._black_holes.remove(black_hole)
            black_hole.over.set()
            self.end_watches(match)

    @contextmanager
    def delay(self, seconds: float, match: Match = ANYTHING) -> Iterator[None]:
        """Hands requests on only after so many seconds."""
        delay = (match, seconds)
        self._delays.append(delay)
        try:
            yield
        finally:
            self._delays.remove(delay)

    @contextmanager
    def late_answers(self, seconds: float, match: Match = ANYTHING) -> Iterator[None]:
        """Hands requests on at once, and their answers back only after so many seconds."""
        late = (match, seconds)
        self._late.append(late)
        try:
            yield
        finally:
            self._late.remove(late)

    def answer(
        self, status: int, match: Match = ANYTHING, *, times: int = 1, retry_after_seconds: int | None = None
    ) -> Answers:
        """Answers the next so many such requests with an error of this HTTP status, and hands none of them on."""
        body = _error(status, f"injected {status}")
        headers = {} if retry_after_seconds is None else {"Retry-After": str(retry_after_seconds)}
        answers = Answers(match, status, json.dumps(body).encode(), headers, times)
        self._answers.append(answers)
        return answers

    def swallow(self, match: Match = ANYTHING, *, times: int = 1) -> Losses:
        """Takes the next so many such requests and never answers them."""
        losses = Losses(match, times)
        self._swallowed.append(losses)
        return losses

    def lose_answers(self, match: Match = ANYTHING, *, times: int = 1) -> Losses:
        """Hands the next so many such requests on, and cuts their connections when they have been answered."""
        losses = Losses(match, times)
        self._losses.append(losses)
        return losses

    def expire_watches(self, match: Match = WATCHES, *, times: int = 2) -> None:
        """Answers the next so many watches with the event that their version is too old, and ends those in progress."""
        event = {"type": "ERROR", "object": _error(_GONE, "too old resource version (injected)")}
        self._answers.append(Answers(match, 200, json.dumps(event).encode() + b"\n", {}, times))
        self.end_watches(match)

    def silence_watches(self, match: Match = WATCHES) -> None:
        """Keeps the watches in progress open and delivers nothing any more; new ones are as usual."""
        for watch in self._watches:
            watch.silent |= match.fits(watch.request)

    def end_watches(self, match: Match = WATCHES) -> None:
        """Ends the watches in progress, as the API server does every now and then."""
        for watch in self._watches:
            if match.fits(watch.request):
                watch.ended.set()

    @contextmanager
    def short_watches(self, match: Match = WATCHES) -> Iterator[None]:
        """Ends the watches in progress, and every new one as soon as it has begun."""
        self._short.append(match)
        self.end_watches(match)
        try:
            yield
        finally:
            self._short.remove(match)

    async def _listen(self) -> None:
        loop = asyncio.get_running_loop()
        self._listener = await loop.create_server(self._server, "127.0.0.1", self._port, reuse_address=True)

    async def _hang_up(self) -> None:
        if self._listener is not None:
            self._listener.close()
        for connection in self._server.connections:
            if connection.transport is not None:
                connection.transport.abort()
        # What was read already of those connections must not come in after this.
        await asyncio.sleep(0)

    async def _handle(self, incoming: web.BaseRequest) -> web.StreamResponse:
        is_watch = incoming.query.get("watch", "").lower() in {"true", "1"}
        request = Request(incoming.method, incoming.path, is_watch, time.monotonic())
        body = await incoming.read()
        self.requests.append(request)
        for match, seconds in [*self._delays]:
            if match.fits(request):
                await asyncio.sleep(seconds)
        for black_hole in [*self._black_holes]:
            if black_hole.match.fits(request):
                await black_hole.over.wait()
                await _cut(incoming)
        if _next(self._swallowed, request) is not None:
            await _until_cancelled()
        if (answers := _next(self._answers, request)) is not None:
            return web.Response(
                status=answers.status, body=answers.body, headers=answers.headers, content_type="application/json"
            )
        return await self._hand_on(incoming, request, body)

    async def _hand_on(self, incoming: web.BaseRequest, request: Request, body: bytes) -> web.StreamResponse:
        assert self._session is not None
        headers = {key: value for key, value in incoming.headers.items() if key.lower() not in _NOT_PASSED_ON}
        try:
            async with self._session.request(
                incoming.method, incoming.rel_url, data=body, headers=headers, allow_redirects=False
            ) as response:
                self.answered.append(Answered(request, response.status))
                for match, seconds in [*self._late]:
                    if match.fits(request):
                        await asyncio.sleep(seconds)
                if _next(self._losses, request) is not None:
                    await _cut(incoming)
                passed = {key: value for key, value in response.headers.items() if key.lower() not in _NOT_PASSED_ON}
                if not (request.is_watch and response.ok):
                    return web.Response(status=response.status, headers=passed, body=await response.read())
                outgoing = web.StreamResponse(status=response.status, headers=passed)
                await outgoing.prepare(incoming)
                await self._stream(request, response, outgoing)
                return outgoing
        except aiohttp.ClientError:  # no API server: to the program it is as if this one were not there
            await _cut(incoming)

    async def _stream(self, request: Request, response: aiohttp.ClientResponse, outgoing: web.StreamResponse) -> None:
        watch = _Watch(request)
        if any(match.fits(request) for match in self._short):
            watch.ended.set()
        self._watches.add(watch)
        pump = asyncio.ensure_future(_pump(watch, response, outgoing))
        ended = asyncio.ensure_future(watch.ended.wait())
        try:
            await asyncio.wait({pump, ended}, return_when=asyncio.FIRST_COMPLETED)
            if pump.done():
                pump.result()
            if watch.silent and not watch.ended.is_set():
                await ended
        finally:
            self._watches.discard(watch)
            pump.cancel()
            ended.cancel()
            await asyncio.gather(pump, ended, return_exceptions=True)


FaultT = TypeVar("FaultT", Answers, Losses)


def _next(faults: list[FaultT], request: Request) -> FaultT | None:
    """Returns the first of the faults that are left for a request, and counts that it came."""
    for fault in faults:
        if fault.left and fault.match.fits(request):
            fault.left -= 1
            return fault
    return None


async def _cut(incoming: web.BaseRequest) -> NoReturn:
    """Ends a connection without an answer."""
    if incoming.transport is not None:
        incoming.transport.abort()
    await _until_cancelled()


async def _until_cancelled() -> NoReturn:
    """Waits until the client hangs up, which cancels what is done for it."""
    await asyncio.Event().wait()
    raise AssertionError("an event came that nobody sets")


async def _pump(watch: _Watch, response: aiohttp.ClientResponse, outgoing: web.StreamResponse) -> None:
    async for chunk in response.content.iter_any():
        if not watch.silent:
            await outgoing.write(chunk)


def _error(status: int, message: str) -> dict[str, object]:
    reasons = {
        409: "Conflict",
        _GONE: "Expired",
        429: "TooManyRequests",
        500: "InternalError",
        503: "ServiceUnavailable",
        504: "Timeout",
    }
    return {
        "apiVersion": "v1",
        "kind": "Status",
        "metadata": {},
        "status": "Failure",
        "reason": reasons.get(status, ""),
        "message": message,
        "code": status,
    }
