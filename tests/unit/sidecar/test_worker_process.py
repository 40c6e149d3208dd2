import asyncio
import os
from unittest.mock import Mock

import pytest
from google.rpc import status_pb2

from qdm_driver import Code
from qdm_sidecar import worker_process as module
from qdm_sidecar.worker.frames import HEADER, Kind
from qdm_sidecar.worker_process import WorkerFailureError, WorkerProcess


class Drained(Mock):
    """A stream's writer that is never full."""

    async def drain(self) -> None: ...


class Rig:
    """A worker whose answers are fed by hand, in the middle of a request."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(module, "CLEAN_UP_SECONDS", 60.0)
        monkeypatch.setattr(os, "kill", Mock())
        monkeypatch.setattr(os, "killpg", Mock())
        self.reader = asyncio.StreamReader()
        self.worker = WorkerProcess(Mock(pid=7), self.reader, Drained())
        self.answers: list[bytes] = []

    async def begin(self, received: bytes = b"") -> asyncio.Task[bytes]:
        request = asyncio.create_task(self.worker.request(Kind.EXECUTE, b"job", answered=self.answers.append))
        self.reader.feed_data(received)
        await self.settle()
        return request

    async def settle(self) -> None:
        for _ in range(5):
            await asyncio.sleep(0)

    async def cancelled(self, request: asyncio.Task[bytes]) -> None:
        request.cancel()
        await self.settle()


def frame(kind: Kind, body: bytes) -> bytes:
    return HEADER.pack(kind, len(body)) + body


@pytest.fixture
async def rig(monkeypatch: pytest.MonkeyPatch) -> Rig:
    return Rig(monkeypatch)


async def test_an_answer_is_told_and_returned(rig: Rig) -> None:
    assert await (await rig.begin(frame(Kind.RESPONSE, b"counts"))) == b"counts"
    assert rig.answers == [b"counts"]


@pytest.mark.parametrize("received", [0, 3, HEADER.size, HEADER.size + 2])
async def test_an_answer_that_comes_while_its_caller_leaves_is_told_before_the_request_ends(
    rig: Rig, received: int
) -> None:
    answer = frame(Kind.RESPONSE, b"counts")
    request = await rig.begin(answer[:received])
    await rig.cancelled(request)
    rig.reader.feed_data(answer[received:])
    with pytest.raises(asyncio.CancelledError):
        await request
    assert rig.answers == [b"counts"]
    assert rig.worker.alive
    assert await (await rig.begin(frame(Kind.RESPONSE, b"next"))) == b"next"


async def test_an_answer_that_is_here_when_the_time_is_up_is_told(rig: Rig) -> None:
    request = await rig.begin()
    rig.reader.feed_data(frame(Kind.RESPONSE, b"counts"))
    await rig.cancelled(request)
    assert request.cancelled()
    assert rig.answers == [b"counts"]


async def test_a_job_that_stopped_as_it_was_told_has_no_answer(rig: Rig) -> None:
    request = await rig.begin()
    await rig.cancelled(request)
    status = status_pb2.Status(code=Code.CANCELLED.value)
    rig.reader.feed_data(frame(Kind.FAILURE, status.SerializeToString()))
    with pytest.raises(asyncio.CancelledError):
        await request
    assert rig.answers == []
    assert rig.worker.alive


async def test_a_job_whose_driver_lost_track_of_it_when_it_was_told_to_stop_ends_so(rig: Rig) -> None:
    request = await rig.begin()
    await rig.cancelled(request)
    status = status_pb2.Status(code=Code.ABORTED.value)
    rig.reader.feed_data(frame(Kind.FAILURE, status.SerializeToString()))
    with pytest.raises(WorkerFailureError):
        await request
    assert rig.worker.alive


async def test_a_worker_that_ends_while_its_caller_leaves_has_no_answer(rig: Rig) -> None:
    request = await rig.begin()
    await rig.cancelled(request)
    rig.reader.feed_eof()
    with pytest.raises(asyncio.CancelledError):
        await request
    assert rig.answers == []
    assert not rig.worker.alive
