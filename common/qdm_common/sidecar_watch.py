"""Listens to one sidecar for as long as it is wanted: one Watch stream after another, every report acknowledged.

The acknowledgement says "I mean this very pod, and I heard you then": it is what a sidecar's fence is held open by.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import suppress

import grpc

from qdm_common.rpc import SIDECAR, caller_left
from qdm_common.sidecar_health import Heard
from qdm_common.status import log_bug
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2

# Between a Watch stream that ended and the next: doubles from the first to the second.
_MIN_PAUSE_SECONDS = 0.1
_MAX_PAUSE_SECONDS = 5.0

_log = logging.getLogger(__name__)

Clock = Callable[[], float]


async def watch_sidecar(
    channel: grpc.aio.Channel,
    instance: str,
    *,
    observe: bool = False,
    grace_seconds: Callable[[], int] = lambda: 0,
) -> AsyncIterator[sidecar_pb2.WatchResponse]:
    """Waits for the sidecar, yields what it reports, and ends when the stream does, for whatever cause.

    Acknowledges each report to the pod of this UID before it yields it, unless it is only to ``observe``, and tells it
    how long its jobs may take where it is to stop (0: not known). Another pod that answers there is not listened to;
    ``instance`` "" observes whoever answers.
    """
    watch: grpc.aio.StreamStreamMultiCallable[sidecar_pb2.WatchRequest, sidecar_pb2.WatchResponse]
    watch = channel.stream_stream(
        f"/{SIDECAR}/Watch",
        request_serializer=sidecar_pb2.WatchRequest.SerializeToString,
        response_deserializer=sidecar_pb2.WatchResponse.FromString,
    )
    try:
        stream = watch(wait_for_ready=True)
    except grpc.aio.UsageError:  # the channel is closed
        return
    try:
        await stream.write(sidecar_pb2.WatchRequest(instance=instance))
        async for report in stream:
            if not observe:
                beat, grace = report.beat, grace_seconds()
                await stream.write(sidecar_pb2.WatchRequest(instance=instance, beat=beat, grace_sec=grace))
            yield report
    except grpc.aio.AioRpcError as error:
        _log.debug("watch ended: %s: %s", error.code().name, error.details())
    except asyncio.InvalidStateError:
        _log.debug("watch ended before its report was acknowledged")
    except asyncio.CancelledError:
        if caller_left():
            raise
    finally:
        stream.cancel()


def next_pause(pause_seconds: float, *, heard: bool) -> float:
    """Returns the pause after the next stream, given this one's: short again after a stream that said something."""
    return _MIN_PAUSE_SECONDS if heard else min(2 * pause_seconds, _MAX_PAUSE_SECONDS)


class SidecarWatch:
    """Keeps a Watch stream to one sidecar open until it is closed; needs a running loop.

    ``open_stream`` makes the next stream, which ends; one that raises is logged. ``changed`` is called, from the loop,
    after a report that differs from the last in more than its beat, and after the stream was lost or is back: silence
    is no event, so whoever cares looks at ``heard`` now and then. ``device_id`` is for the log.
    """

    def __init__(
        self,
        open_stream: Callable[[], AsyncIterator[sidecar_pb2.WatchResponse]],
        *,
        device_id: str,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        self._open_stream = open_stream
        self._device_id = device_id
        self._clock = clock
        self._changed = changed
        self._report: sidecar_pb2.WatchResponse | None = None
        self._connected = False
        self._heard_at = clock()
        self._watching = asyncio.create_task(self._keep_watching(), name=f"watch {device_id}")

    @property
    def report(self) -> sidecar_pb2.WatchResponse | None:
        """The last report, whether or not it still holds."""
        return self._report

    @property
    def driver(self) -> str:
        """The name of the device's driver; empty while it is unknown."""
        return self._report.metadata["driver"] if self._report is not None and "driver" in self._report.metadata else ""

    def heard(self) -> Heard:
        """Returns what is known of the sidecar now."""
        return Heard(self._report, self._connected, self._clock() - self._heard_at)

    async def close(self) -> None:
        """Stops watching, for good."""
        self._watching.cancel()
        with suppress(asyncio.CancelledError):
            await self._watching

    async def _keep_watching(self) -> None:
        pause = _MIN_PAUSE_SECONDS
        while True:
            try:
                async for report in self._open_stream():
                    self._take(report)
            except Exception as error:  # noqa: BLE001 - whatever it is, the sidecar is listened to again
                log_bug(error)
            pause = next_pause(pause, heard=self._connected)
            if self._connected:
                self._connected = False
                self._log("sidecar lost")
                self._changed()
            await asyncio.sleep(pause)

    def _take(self, report: sidecar_pb2.WatchResponse) -> None:
        known, self._report = self._report, report
        self._heard_at = self._clock()
        back = not self._connected
        self._connected = True
        if back:
            self._log("sidecar connected")
        if back or known is None or _but_the_beat(known) != _but_the_beat(report):
            self._changed()

    def _log(self, message: str) -> None:
        fields = {"stage": "watch", "device_id": self._device_id, "driver_name": self.driver}
        _log.info(message, extra={"fields": fields})


def _but_the_beat(report: sidecar_pb2.WatchResponse) -> sidecar_pb2.WatchResponse:
    copy = sidecar_pb2.WatchResponse()
    copy.CopyFrom(report)
    copy.ClearField("beat")
    return copy
