import asyncio

import pytest

from qdm_common.server import working


async def test_work_goes_on_while_the_program_does_and_not_after() -> None:
    begun, left = asyncio.Event(), asyncio.Event()

    async def work() -> None:
        begun.set()
        try:
            await asyncio.get_running_loop().create_future()
        finally:
            left.set()

    async with working(work(), asyncio.Event()):
        await begun.wait()
        assert not left.is_set()
    assert left.is_set()


async def test_work_that_is_done_stops_nothing() -> None:
    stop = asyncio.Event()
    async with working(asyncio.sleep(0), stop):
        for _ in range(5):
            await asyncio.sleep(0)
    assert not stop.is_set()


async def test_work_that_fails_stops_the_program_with_exit_code_1_and_its_stack_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    async def work() -> None:
        raise OSError("bug")

    stop = asyncio.Event()

    async def program() -> None:
        async with working(work(), stop):
            await stop.wait()

    with pytest.raises(SystemExit) as ended:
        await program()
    assert ended.value.code == 1
    (record,) = caplog.records
    assert record.exc_info is not None
    assert repr(record.exc_info[1]) == "OSError('bug')"
