import asyncio

import pytest

from qdm_operator.term import Term

pytestmark = pytest.mark.looptime(noop_cycles=1)


def now() -> float:
    return asyncio.get_running_loop().time()


async def test_work_within_its_term_gives_its_result_and_its_errors() -> None:
    async def work() -> str:
        async with asyncio.timeout(5.0):
            await asyncio.sleep(1.0)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1.0):
                await asyncio.sleep(5.0)
        return "done"

    term = Term(now() + 10.0)
    assert await term.guard(work()) == "done"

    async def fail() -> None:
        await asyncio.sleep(0.0)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await term.guard(fail())


async def test_work_takes_no_step_after_its_term_but_may_clean_up() -> None:
    said = []

    async def work() -> None:
        try:
            await asyncio.sleep(5.0)
            said.append("too late")
        finally:
            await asyncio.sleep(1.0)
            said.append("cleaned up")

    with pytest.raises(asyncio.CancelledError):
        await Term(now() + 3.0).guard(work())
    assert said == ["cleaned up"]


async def test_a_term_that_is_renewed_lasts_longer() -> None:
    term = Term(now() + 3.0)
    asyncio.get_running_loop().call_later(2.0, setattr, term, "until", now() + 10.0)
    await term.guard(asyncio.sleep(5.0))
    assert not term.over


async def test_guarded_work_can_be_cancelled() -> None:
    task = asyncio.create_task(Term(now() + 10.0).guard(asyncio.sleep(5.0)))
    await asyncio.sleep(1.0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
