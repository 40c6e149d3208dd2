import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import grpc
import pytest

from qdm_common.sidecar_health import Heard
from qdm_common.sidecar_watch import SidecarWatch, next_pause, watch_sidecar
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2


def report(beat: int = 0, *, depth: int = 0) -> sidecar_pb2.WatchResponse:
    device = pb.DeviceInfo(device_id="d", queue_depth=depth)
    return sidecar_pb2.WatchResponse(device=device, metadata={"driver": "probe"}, beat=beat)


@dataclass
class Rig:
    """A watch of streams that a test plays, on a clock that stands still."""

    now: float = 1000.0
    changes: int = 0
    _said: asyncio.Queue[sidecar_pb2.WatchResponse | Exception | None] = field(default_factory=asyncio.Queue)

    def __post_init__(self) -> None:
        self.watch = SidecarWatch(self._stream, device_id="d", clock=lambda: self.now, changed=self._count)

    async def say(self, *reports: sidecar_pb2.WatchResponse | Exception | None) -> int:
        """Sends reports, each ``None`` or error an end of the stream; returns how many of them were changes."""
        before = self.changes
        for said in reports:
            await self._said.put(said)
        await self._said.join()
        return self.changes - before

    def _count(self) -> None:
        self.changes += 1

    async def _stream(self) -> AsyncIterator[sidecar_pb2.WatchResponse]:
        while True:
            said = await self._said.get()
            # Marked as done only when this stream, or the next one, is asked for more.
            asyncio.get_running_loop().call_soon(self._said.task_done)
            if said is None:
                return
            if isinstance(said, Exception):
                raise said
            yield said


@pytest.fixture
async def rig() -> AsyncIterator[Rig]:
    rig = Rig()
    yield rig
    await rig.watch.close()


async def test_at_first_nothing_is_known(rig: Rig) -> None:
    rig.now += 3
    assert rig.watch.heard() == Heard(None, connected=False, silent_seconds=3)
    assert (rig.watch.report, rig.watch.driver) == (None, "")


async def test_what_was_heard_last_is_told_with_its_age(rig: Rig) -> None:
    await rig.say(report(1), report(2, depth=7))
    rig.now += 4
    assert rig.watch.heard() == Heard(report(2, depth=7), connected=True, silent_seconds=4)


async def test_a_driver_once_named_stays_known(rig: Rig) -> None:
    await rig.say(report(1), None)
    assert rig.watch.driver == "probe"
    assert not rig.watch.heard().connected


async def test_a_change_is_told_and_a_mere_beat_is_not(rig: Rig) -> None:
    assert await rig.say(report(1)) == 1
    assert await rig.say(report(2), report(3)) == 0
    assert await rig.say(report(4, depth=1)) == 1


async def test_a_lost_stream_is_a_change_and_so_is_its_return_with_the_same_news(rig: Rig) -> None:
    await rig.say(report(1))
    assert await rig.say(None) == 1
    assert await rig.say(report(1)) == 1


async def test_a_bug_in_a_stream_is_logged_with_an_error_id_and_the_next_stream_is_heard(
    rig: Rig, caplog: pytest.LogCaptureFixture
) -> None:
    await rig.say(report(1))
    assert await rig.say(RuntimeError("bug")) == 1
    assert not rig.watch.heard().connected
    assert await rig.say(report(2)) == 1
    (record,) = [record for record in caplog.records if record.exc_info]
    assert record.fields["error_id"] in record.getMessage()  # type: ignore[attr-defined]


async def test_streams_that_end_unheard_are_no_change(rig: Rig) -> None:
    assert await rig.say(None, None) == 0


async def test_after_its_close_nothing_goes_on(rig: Rig) -> None:
    await rig.say(report(1))
    await rig.watch.close()
    assert asyncio.all_tasks() == {asyncio.current_task()}


def test_streams_that_say_nothing_are_opened_ever_more_slowly() -> None:
    pauses = [0.1]
    while pauses[-1] != next_pause(pauses[-1], heard=False):
        pauses.append(next_pause(pauses[-1], heard=False))
    assert pauses == [0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 5.0]
    assert next_pause(5, heard=True) == 0.1


async def test_a_stream_on_a_closed_channel_ends_at_once() -> None:
    channel = grpc.aio.insecure_channel("unix:/nonexistent/s")
    await channel.close()
    assert [report async for report in watch_sidecar(channel, "")] == []
