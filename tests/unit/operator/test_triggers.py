import asyncio
from typing import Any

import pytest

from qdm_operator.triggers import follow


@pytest.mark.parametrize("end", [None, RuntimeError("no watch"), asyncio.CancelledError(), SystemExit(3)], ids=repr)
async def test_watching_begins_again_however_it_ended(
    monkeypatch: pytest.MonkeyPatch, end: BaseException | None
) -> None:
    loop, lives, began_again = asyncio.get_running_loop(), 0, asyncio.Event()

    async def live(*, stop_flag: asyncio.Event, **_: Any) -> None:
        nonlocal lives
        lives += 1
        if lives == 1:
            if end is not None:
                raise end
            return
        loop.call_soon_threadsafe(began_again.set)
        await stop_flag.wait()

    api: Any = None
    monkeypatch.setattr("kopf.operator", live)
    monkeypatch.setattr("qdm_operator.triggers.restart_delay", lambda _failures: 0.0)
    following = asyncio.create_task(follow(api, {}, namespace="lab"))
    async with asyncio.timeout(10.0):
        await began_again.wait()
    following.cancel()
    await asyncio.wait([following])
