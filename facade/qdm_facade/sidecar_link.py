"""One sidecar as the facade sees it: its connection, and what its Watch stream said last."""

import asyncio
import logging
from collections.abc import Callable
from contextlib import suppress

from qdm_facade.device_view import Heard, Trouble, trouble_of
from qdm_facade.relay import Relay
from qdm_facade.routes import Route
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2

# Between a Watch stream that ended and the next: doubles from the first to the second.
_MIN_PAUSE_SECONDS = 0.1
_MAX_PAUSE_SECONDS = 5.0

_log = logging.getLogger(__name__)

Clock = Callable[[], float]


def next_pause(pause_seconds: float, *, heard: bool) -> float:
    """Returns the pause after the next stream, given this one's: short again after a stream that said something."""
    return _MIN_PAUSE_SECONDS if heard else min(2 * pause_seconds, _MAX_PAUSE_SECONDS)


class SidecarLink:
    """Keeps a Watch stream to one sidecar open until it is closed; needs a running loop."""

    def __init__(self, route: Route, relay: Relay, *, silence_seconds: float, clock: Clock) -> None:
        self.route = route
        self.relay = relay
        self._silence_seconds = silence_seconds
        self._clock = clock
        self._report: sidecar_pb2.WatchResponse | None = None
        self._connected = False
        self._heard_at = clock()
        self._watching = asyncio.create_task(self._keep_watching(), name=f"watch {route.device_id}")

    def heard(self) -> Heard:
        """Returns what is known of the sidecar now."""
        return Heard(self._report, self._connected, self._clock() - self._heard_at)

    def trouble(self) -> Trouble | None:
        """Returns what is wrong with the sidecar now."""
        return trouble_of(self.route, self.heard(), silence_seconds=self._silence_seconds)

    @property
    def driver(self) -> str:
        """The name of the device's driver; empty while it is unknown."""
        return self._report.metadata["driver"] if self._report is not None and "driver" in self._report.metadata else ""

    async def close(self, grace_seconds: float | None) -> None:
        """Stops watching and closes the connection once its calls have ended, or after the grace."""
        self._watching.cancel()
        with suppress(asyncio.CancelledError):
            await self._watching
        await self.relay.close(grace_seconds)

    async def _keep_watching(self) -> None:
        pause = _MIN_PAUSE_SECONDS
        while True:
            async for report in self.relay.watch():
                self._take(report)
            pause = next_pause(pause, heard=self._connected)
            if self._connected:
                self._connected = False
                self._log("sidecar lost")
            await asyncio.sleep(pause)

    def _take(self, report: sidecar_pb2.WatchResponse) -> None:
        self._report = report
        self._heard_at = self._clock()
        if not self._connected:
            self._connected = True
            self._log("sidecar connected")

    def _log(self, message: str) -> None:
        fields = {"stage": "watch", "device_id": self.route.device_id, "driver_name": self.driver}
        _log.info(message, extra={"fields": fields})
