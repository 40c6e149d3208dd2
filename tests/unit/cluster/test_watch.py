import asyncio
import itertools
import math
from collections.abc import AsyncGenerator, AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager, suppress
from typing import Any

import pytest

from qdm_cluster.api import ApiError, KubeApi, Listing
from qdm_cluster.names import PODS
from qdm_cluster.objects import Json
from qdm_cluster.watch import snapshots

pytestmark = pytest.mark.looptime(noop_cycles=1)

GONE = ApiError(410, "Expired", "too old resource version")
AWAY = ApiError(0, "ClientConnectorError", "refused")


def pod(name: str, version: int = 1) -> Json:
    return {"metadata": {"namespace": "lab", "name": name, "resourceVersion": str(version)}}


class ScriptedApi:
    """Answers each LIST and each watch by the next of a script, and by its last one ever after.

    A LIST is names or an error. A watch is a list of (seconds until then, what happens): a change, an error to fail
    with, or ``None`` to end; ``SILENCE`` lasts as long as the client lets it.
    """

    def __init__(self, lists: list[list[str] | ApiError], watches: list[list[tuple[float, Any]]]) -> None:
        self.requests: list[tuple[str, float]] = []
        self.open_watches = 0
        self.versions: list[str] = []
        self._lists = and_so_on(lists)
        self._watches = and_so_on(watches)
        self._numbers = itertools.count(1)

    async def list(self, resource: Any, *, namespace: str, selector: str) -> Listing:
        assert (resource, namespace, selector) == (PODS, "lab", "a=b")
        self.requests.append(("list", now()))
        await asyncio.sleep(0.01)
        answer = next(self._lists)
        if isinstance(answer, ApiError):
            raise answer
        return Listing([pod(name) for name in answer], str(next(self._numbers)))

    async def watch(self, _: Any, *, resource_version: str, seconds: int, **__: Any) -> AsyncGenerator[Json, None]:
        self.requests.append(("watch", now()))
        self.versions.append(resource_version)
        until = now() + seconds
        self.open_watches += 1
        try:
            for after, happening in next(self._watches):
                if now() + after > until:
                    await asyncio.sleep(until - now())
                    raise ApiError(0, "TimeoutError", "no answer in time")
                await asyncio.sleep(after)
                if isinstance(happening, ApiError):
                    raise happening
                if happening is None:
                    return
                yield happening
        finally:
            self.open_watches -= 1

    def count(self, kind: str) -> int:
        return len([request for request in self.requests if request[0] == kind])


SILENCE = [(math.inf, None)]


def and_so_on(script: list[Any]) -> Iterator[Any]:
    return itertools.chain(script, itertools.repeat(script[-1]))


def now() -> float:
    return asyncio.get_running_loop().time()


def change(kind: str, name: str, version: int = 2) -> Json:
    return {"type": kind, "object": pod(name, version)}


class Seen:
    """Snapshots as they came: when, and which names in which versions."""

    def __init__(self) -> None:
        self.snapshots: list[tuple[float, dict[str, str]]] = []

    @property
    def states(self) -> list[dict[str, str]]:
        return [state for _, state in self.snapshots]


@asynccontextmanager
async def following(api: ScriptedApi) -> AsyncIterator[Seen]:
    seen, untyped = Seen(), api

    async def follow(kube_api: Any) -> None:
        checked: KubeApi = kube_api
        async for objects in snapshots(checked, PODS, namespace="lab", selector="a=b"):
            state = {key.name: obj["metadata"]["resourceVersion"] for key, obj in objects.items()}
            seen.snapshots.append((now(), state))

    task = asyncio.create_task(follow(untyped))
    try:
        yield seen
        assert not task.done()
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task
    assert api.open_watches == 0


async def test_everything_is_told_at_first_and_after_every_change() -> None:
    changes = [(1.0, change("ADDED", "b")), (1.0, change("MODIFIED", "a", 3)), (1.0, change("DELETED", "a", 4))]
    api = ScriptedApi([["a"]], [[*changes, *SILENCE]])
    async with following(api) as seen:
        await asyncio.sleep(10.0)
    assert seen.states == [{"a": "1"}, {"a": "1", "b": "2"}, {"a": "3", "b": "2"}, {"b": "2"}]
    assert api.versions == ["1"]


async def test_a_snapshot_stays_as_it_was_told_and_whoever_stops_following_leaves_no_watch_open() -> None:
    api: Any = ScriptedApi([["a"]], [[(1.0, change("DELETED", "a")), *SILENCE]])
    async with aclosing(snapshots(api, PODS, namespace="lab", selector="a=b")) as following:
        told = [await anext(following), await anext(following)]
        assert api.open_watches == 1
    assert [len(objects) for objects in told] == [1, 0]
    assert api.open_watches == 0


async def test_what_a_silent_watch_hides_it_hides_for_a_minute_at_the_most() -> None:
    api = ScriptedApi([["a"], ["a", "b"]], [SILENCE])
    async with following(api) as seen:
        await asyncio.sleep(600.0)
    assert seen.snapshots[1][0] <= 61.0
    assert seen.states[1] == {"a": "1", "b": "1"}
    assert api.count("list") <= 600.0 / 30.0 + 1


@pytest.mark.parametrize(
    ("lists", "watches"),
    [
        ([["a"]], [[(0.0, None)]]),  # watches that end at once
        ([["a"]], [[(0.0, GONE)]]),
        ([["a"]], [[(0.0, change("ADDED", "b")), (0.0, GONE)]]),
        ([["a"], GONE], [[(0.0, GONE)]]),
        ([AWAY], [SILENCE]),
        ([ApiError(429, "TooManyRequests", "slow down", 1.0)], [SILENCE]),
        ([["a"]], [[(0.0, ApiError(500, "", ""))]]),
    ],
)
async def test_trouble_makes_no_hot_loop(
    lists: list[list[str] | ApiError], watches: list[list[tuple[float, Any]]]
) -> None:
    api = ScriptedApi(lists, watches)
    async with following(api):
        await asyncio.sleep(600.0)
    assert api.count("list") <= 60
    assert api.count("list") >= 20


async def test_a_pause_that_the_api_server_asks_for_is_kept() -> None:
    api = ScriptedApi([ApiError(429, "TooManyRequests", "slow down", 100.0)], [SILENCE])
    async with following(api):
        await asyncio.sleep(450.0)
    assert api.count("list") == 5


async def test_a_forgotten_past_is_mended_soon_by_a_new_list() -> None:
    api = ScriptedApi([["a"], ["b"], GONE, ["c"]], [[(40.0, GONE)], [(0.0, GONE)], SILENCE])
    async with following(api) as seen:
        await asyncio.sleep(45.0)
    assert seen.states == [{"a": "1"}, {"b": "1"}, {"c": "1"}]
    assert api.versions == ["1", "2", "3"]


async def test_while_the_server_is_away_nothing_is_told_and_soon_after_it_is_back_everything() -> None:
    away: list[list[str] | ApiError] = [AWAY] * 8
    api = ScriptedApi([["a"], *away, ["b"]], [[(5.0, AWAY)], SILENCE])
    async with following(api) as seen:
        await asyncio.sleep(130.0)
    assert seen.states[:2] == [{"a": "1"}, {"b": "1"}]
    back = [at for kind, at in api.requests if kind == "list"]
    assert all(later - sooner <= 30.1 for sooner, later in itertools.pairwise(back[:10]))


async def test_a_watch_that_went_well_leaves_no_failures_behind() -> None:
    api = ScriptedApi([["a"]], [[(0.0, AWAY)]] * 6 + [[(29.99, change("ADDED", "b")), (5.0, AWAY)], [(0.0, AWAY)]])
    async with following(api):
        await asyncio.sleep(300.0)
    at = [at for kind, at in api.requests if kind == "watch"]
    assert at[7] - at[6] <= 35.1
    assert at[8] - at[7] <= 0.6
