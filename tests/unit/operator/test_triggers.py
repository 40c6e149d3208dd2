import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest

from qdm_operator.triggers import follow

Life = Callable[[asyncio.Event], Any]


async def lives_on(stop: asyncio.Event) -> None:
    await stop.wait()


def ends_with(end: BaseException | None) -> Life:
    async def life(_stop: asyncio.Event) -> None:
        if end is not None:
            raise end

    return life


@pytest.fixture
def begins_again(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """Follows watches whose first life is the tasks given, and returns when there is a second one."""

    async def run(*first: Life) -> None:
        loop, lives, began_again = asyncio.get_running_loop(), 0, asyncio.Event()

        async def spawn(*, stop_flag: asyncio.Event, **_: Any) -> list[asyncio.Task[None]]:
            nonlocal lives
            lives += 1
            if lives == 2:
                loop.call_soon_threadsafe(began_again.set)
            return [asyncio.create_task(life(stop_flag)) for life in (first if lives == 1 else [lives_on])]

        async def defined(*_: object) -> None:
            assert lives <= 1

        api: Any = None
        monkeypatch.setattr("kopf.spawn_tasks", spawn)
        monkeypatch.setattr("qdm_operator.triggers.until_defined", defined)
        monkeypatch.setattr("qdm_operator.triggers.restart_delay", lambda _failures: 0.0)
        following = asyncio.create_task(follow(api, {}, namespace="lab"))
        async with asyncio.timeout(10.0):
            await began_again.wait()
        following.cancel()
        await asyncio.wait([following])

    return run


@pytest.mark.parametrize("end", [None, RuntimeError("no watch"), asyncio.CancelledError(), SystemExit(3)], ids=repr)
async def test_watching_begins_again_however_a_part_of_it_ended(
    begins_again: Callable[..., Any], caplog: pytest.LogCaptureFixture, end: BaseException | None
) -> None:
    await begins_again(ends_with(end), lives_on)
    assert [record.message for record in caplog.records].count("watching ended; it starts again") == 1


async def test_watching_begins_again_though_the_rest_of_it_never_ends(begins_again: Callable[..., Any]) -> None:
    let_go: list[Callable[[], object]] = []

    async def hangs(_stop: asyncio.Event) -> None:
        free = asyncio.Event()
        loop = asyncio.get_running_loop()
        let_go.append(lambda: loop.call_soon_threadsafe(free.set))
        while not free.is_set():
            with suppress(asyncio.CancelledError):
                await free.wait()

    await begins_again(ends_with(RuntimeError("no watch")), hangs)
    let_go[0]()
