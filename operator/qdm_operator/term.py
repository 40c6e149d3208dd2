"""One term of leading, and work that takes no step after its end.

A process that was stopped and goes on a minute later knows nothing of that minute: its event loop first hands out
whatever arrived meanwhile, and only later fires the timer that would have ended the work. So guarded work asks the
clock before every one of its steps.

What no process can do about itself remains: a step that has begun goes on until it next waits, a request that was sent
may take effect later, and the clock stands still while a whole machine is suspended. What is written must be harmless
then too: preconditions, fixed names and the sidecars' own fence see to that.
"""

import asyncio
from collections.abc import Coroutine, Generator
from typing import Any, Generic, TypeVar

ResultT = TypeVar("ResultT")


class Term:
    """Lasts ``until`` a time of the running loop's clock, in seconds; whoever renews it moves that."""

    def __init__(self, until: float) -> None:
        self.until = until
        self._loop = asyncio.get_running_loop()

    @property
    def over(self) -> bool:
        """Whether another replica may lead by now, or soon."""
        return self._loop.time() >= self.until

    async def guard(self, work: Coroutine[Any, Any, ResultT]) -> ResultT:
        """Does the work. Where the term ends meanwhile, CancelledError is raised in place of the work's next step.

        What the work does to clean up after that is not kept from it.
        """
        return await _Guarded(self, work)


class _Guarded(Generic[ResultT]):
    """Passes on what the work waits for, and what it is told in answer, unless the term is over by then."""

    def __init__(self, term: Term, work: Coroutine[Any, Any, ResultT]) -> None:
        self._term = term
        self._work = work

    def __await__(self) -> Generator[Any, Any, ResultT]:
        ended = False
        answer: BaseException | None = None
        while True:
            if self._term.over and not ended:
                ended, answer = True, asyncio.CancelledError()
            try:
                awaited = self._work.send(None) if answer is None else self._work.throw(answer)
            except StopIteration as stop:
                result: ResultT = stop.value
                return result
            answer = None
            try:
                yield awaited
            except BaseException as error:  # noqa: BLE001 - the work's to handle, whatever it is
                answer = error
