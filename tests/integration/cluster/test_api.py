"""The client against a real HTTP server that answers as API servers do on good days and bad ones."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from kubernetes.aio.client import ApiClient, Configuration

from qdm_cluster.api import ApiError, KubeApi
from qdm_cluster.names import PODS
from qdm_cluster.objects import Json

PATH = "/api/v1/namespaces/lab/pods"
POD: Json = {"metadata": {"name": "a", "namespace": "lab", "resourceVersion": "7"}}

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Scene:
    """A client, and the server that it talks to: each request is answered by the next of ``answers``."""

    def __init__(self, api: KubeApi) -> None:
        self.api = api
        self.answers: list[Answer] = []
        self.requests: list[web.Request] = []
        self.bodies: list[bytes] = []

    async def handle(self, request: web.Request) -> web.StreamResponse:
        self.requests.append(request)
        self.bodies.append(await request.read())
        return await self.answers.pop(0)(request)

    def says(self, body: Any, status: int = 200, **headers: str) -> None:
        async def answer(_: web.Request) -> web.StreamResponse:
            text = body if isinstance(body, str) else json.dumps(body)
            return web.Response(text=text, status=status, headers={k.replace("_", "-"): v for k, v in headers.items()})

        self.answers.append(answer)

    def streams(self, *lines: Any, then: str = "end") -> None:
        """Answers with lines; ``then`` the answer ends, is cut, or falls silent."""

        async def answer(request: web.Request) -> web.StreamResponse:
            response = web.StreamResponse()
            await response.prepare(request)
            for line in lines:
                await response.write(line if isinstance(line, bytes) else json.dumps(line).encode() + b"\n")
            if then == "cut":
                assert request.transport is not None
                request.transport.abort()
            if then == "silence":
                await asyncio.sleep(60.0)
            return response

        self.answers.append(answer)

    async def watched(self, seconds: int = 30) -> tuple[list[Any], ApiError | None]:
        events: list[Any] = []
        try:
            watching = self.api.watch(PODS, namespace="lab", selector="a=b", resource_version="7", seconds=seconds)
            async with aclosing(watching) as changes:
                async for event in changes:
                    events.append(event)  # noqa: PERF401 - those before an error count
        except ApiError as error:
            return events, error
        return events, None


@pytest.fixture
async def scene() -> AsyncIterator[Scene]:
    configuration = Configuration()
    api = KubeApi(ApiClient(configuration))
    scene = Scene(api)
    application = web.Application()
    application.router.add_route("*", "/{path:.*}", scene.handle)
    server = TestServer(application)
    await server.start_server()
    configuration.host = str(server.make_url("")).rstrip("/")
    yield scene
    await api.close()
    await server.close()


async def failure(call: Awaitable[object]) -> ApiError:
    with pytest.raises(ApiError) as caught:
        await call
    return caught.value


STATUS = {"kind": "Status", "reason": "TooManyRequests", "message": "slow down"}


@pytest.mark.parametrize(
    ("status", "body", "headers", "expected"),
    [
        (429, STATUS, {"Retry_After": "7"}, (429, "TooManyRequests", "slow down", 7.0)),
        (429, STATUS, {"Retry_After": "Wed, 21 Oct 2026 07:28:00 GMT"}, (429, "TooManyRequests", "slow down", None)),
        (404, {"reason": "NotFound", "message": "no pods"}, {}, (404, "NotFound", "no pods", None)),
        (500, "<html>oops</html>", {}, (500, "", "", None)),
        (503, "", {}, (503, "", "", None)),
        (403, [1, 2], {}, (403, "", "", None)),
        (409, {"reason": None}, {}, (409, "", "", None)),
    ],
)
async def test_a_refusal_says_what_the_server_said(
    scene: Scene, status: int, body: Any, headers: dict[str, str], expected: tuple[Any, ...]
) -> None:
    scene.says(body, status, **headers)
    error = await failure(scene.api.get(f"{PATH}/a"))
    assert (error.status, error.reason, error.message, error.retry_after) == expected


MISSING = {"kind": "Status", "reason": "NotFound", "message": "no pods"}


async def test_what_is_not_there_is_none_to_find_and_done_to_delete(scene: Scene) -> None:
    scene.says(POD)
    assert await scene.api.find(f"{PATH}/a") == POD
    scene.says(MISSING, 404)
    assert await scene.api.find(f"{PATH}/a") is None
    scene.says(MISSING, 404)
    await scene.api.delete(f"{PATH}/a", uid="uid-1")
    assert [request.method for request in scene.requests] == ["GET", "GET", "DELETE"]


@pytest.mark.parametrize(("status", "not_found"), [(404, True), (403, False), (409, False), (500, False)])
async def test_only_what_is_not_there_is_not_found(scene: Scene, status: int, *, not_found: bool) -> None:
    scene.says(MISSING, status)
    assert (await failure(scene.api.get(f"{PATH}/a"))).not_found is not_found
    if not not_found:
        scene.says(MISSING, status)
        assert (await failure(scene.api.find(f"{PATH}/a"))).status == status
        scene.says(MISSING, status)
        assert (await failure(scene.api.delete(f"{PATH}/a", uid="uid-1"))).status == status


@pytest.mark.parametrize("body", ["<html>a proxy's page</html>", "", "[]", "null", '{"metadata": '])
async def test_an_answer_that_is_no_object_is_a_failure_and_not_an_empty_object(scene: Scene, body: str) -> None:
    scene.says(body)
    assert (await failure(scene.api.get(f"{PATH}/a"))).status == 0


async def test_a_request_that_is_cut_or_refused_is_no_answer(scene: Scene) -> None:
    scene.streams(b'{"metadata"', then="cut")
    assert (await failure(scene.api.get(f"{PATH}/a"))).status == 0
    scene.api.configuration.host = "http://127.0.0.1:1"
    assert (await failure(scene.api.get(f"{PATH}/a"))).status == 0


async def test_an_answer_that_does_not_come_is_no_answer_in_time(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("qdm_cluster.api._REQUEST_SECONDS", 0.2)
    scene.streams(b'{"metadata": {}', then="silence")
    error = await failure(scene.api.get(f"{PATH}/a"))
    assert (error.status, str(error)) == (0, "no answer TimeoutError: no answer in time")


async def test_a_list_is_read_page_by_page(scene: Scene) -> None:
    scene.says({"metadata": {"resourceVersion": "7", "continue": "more&more"}, "items": [POD]})
    scene.says({"metadata": {"resourceVersion": "7"}, "items": None})
    listing = await scene.api.list(PODS, namespace="lab", selector="a=b,c=d")
    assert (listing.items, listing.resource_version) == ([{"apiVersion": "v1", "kind": "Pod"} | POD], "7")
    first, second = (dict(request.query) for request in scene.requests)
    assert first == {"limit": "500", "labelSelector": "a=b,c=d"}
    assert second == first | {"continue": "more&more"}


async def test_a_list_whose_later_page_is_gone_is_no_list(scene: Scene) -> None:
    scene.says({"metadata": {"resourceVersion": "7", "continue": "more"}, "items": [POD]})
    scene.says({"reason": "Expired", "message": "too old"}, 410)
    assert (await failure(scene.api.list(PODS))).status == 410


@pytest.mark.parametrize(
    "page", [{}, {"metadata": {}}, {"items": []}, {"metadata": {"resourceVersion": ""}, "items": []}]
)
async def test_an_answer_that_is_no_list_never_passes_for_an_empty_one(scene: Scene, page: Json) -> None:
    scene.says(page)
    assert (await failure(scene.api.list(PODS))).status == 0


async def test_writes_name_their_manager_and_deletions_the_very_object(scene: Scene) -> None:
    for _ in range(4):
        scene.says(POD)
    await scene.api.create(PATH, POD)
    await scene.api.replace(f"{PATH}/a", POD)
    await scene.api.apply(f"{PATH}/a", POD)
    await scene.api.delete(f"{PATH}/a", uid="uid-1")
    sent = [(request.method, request.query_string, request.content_type) for request in scene.requests]
    assert sent == [
        ("POST", "fieldManager=qdm-operator", "application/json"),
        ("PUT", "fieldManager=qdm-operator", "application/json"),
        ("PATCH", "fieldManager=qdm-operator&force=true", "application/apply-patch+yaml"),
        ("DELETE", "", "application/json"),
    ]
    assert json.loads(scene.bodies[3])["preconditions"] == {"uid": "uid-1"}


async def test_a_watch_yields_changes_until_it_ends(scene: Scene) -> None:
    added, bookmark = {"type": "ADDED", "object": POD}, {"type": "BOOKMARK", "object": {"metadata": {}}}
    scene.streams(added, bookmark, b"\n", {"type": "DELETED", "object": POD})
    events, error = await scene.watched()
    assert ([event["type"] for event in events], error) == (["ADDED", "DELETED"], None)
    assert dict(scene.requests[0].query) == {
        "watch": "true",
        "resourceVersion": "7",
        "timeoutSeconds": "30",
        "labelSelector": "a=b",
    }


async def test_a_change_as_large_as_objects_get_is_read(scene: Scene) -> None:
    large = {"type": "ADDED", "object": {"metadata": {"name": "a"}, "data": "x" * 1_500_000}}
    scene.streams(large, large)
    events, error = await scene.watched()
    assert (len(events), error) == (2, None)


@pytest.mark.parametrize(
    ("line", "status"),
    [
        ({"type": "ERROR", "object": {"kind": "Status", "code": 410, "reason": "Expired", "message": "too old"}}, 410),
        ({"type": "ERROR", "object": {}}, 0),
        ({"type": "ERROR"}, 0),
        ({"object": POD}, 0),
        ({"type": "ADDED", "object": {"metadata": {}}}, 0),
        ({"type": "ADDED", "object": None}, 0),
        ([], 0),
        (b"<html>\n", 0),
        (b'{"type": "ADD', 0),
    ],
)
async def test_a_watch_that_tells_of_an_error_or_nonsense_fails_after_what_it_told(
    scene: Scene, line: Any, status: int
) -> None:
    scene.streams({"type": "ADDED", "object": POD}, line)
    events, error = await scene.watched()
    assert len(events) == 1
    assert error is not None
    assert error.status == status


async def test_a_watch_that_is_refused_or_cut_or_silent_fails(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    scene.says({"reason": "Expired", "message": "too old"}, 410)
    scene.streams({"type": "ADDED", "object": POD}, then="cut")
    scene.streams({"type": "ADDED", "object": POD}, then="silence")
    _, error = await scene.watched()
    assert error is not None
    assert error.status == 410
    events, error = await scene.watched()
    assert (len(events), error and error.status) == (1, 0)
    monkeypatch.setattr("qdm_cluster.api._REQUEST_SECONDS", 0.1)
    events, error = await scene.watched(seconds=0)
    assert (len(events), error and error.status) == (1, 0)


@pytest.mark.parametrize("error", [OSError("no file"), Exception("bearer secret is no token")])
async def test_a_token_that_cannot_be_read_is_no_answer_and_shows_nowhere(scene: Scene, error: Exception) -> None:
    def refresh(_: Configuration) -> None:
        raise error

    scene.api.configuration.api_key = {"BearerToken": "bearer secret"}
    scene.api.configuration.refresh_api_key_hook = refresh
    failed = await failure(scene.api.get(f"{PATH}/a"))
    assert failed.status == 0
    assert "secret" not in str(failed)


async def test_the_token_in_force_is_sent(scene: Scene) -> None:
    scene.api.configuration.api_key = {"BearerToken": "bearer one"}
    scene.api.configuration.refresh_api_key_hook = lambda settings: settings.api_key.update(BearerToken="bearer two")
    scene.says(POD)
    await scene.api.get(f"{PATH}/a")
    assert scene.requests[0].headers["Authorization"] == "bearer two"
