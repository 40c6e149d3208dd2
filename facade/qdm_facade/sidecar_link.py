"""One sidecar as the facade sees it: its connection, and what its Watch stream said last."""

from qdm_common.sidecar_health import Heard, Trouble, trouble_of
from qdm_common.sidecar_watch import Clock, SidecarWatch
from qdm_facade.device_view import device_info
from qdm_facade.relay import Relay
from qdm_facade.routes import Route
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb

_MISSING = Trouble(
    "SidecarMissing",
    "the device has no sidecar just now; the status of its QuantumDevice says why",
    worth_a_try=False,
)


def _nothing() -> None:
    """Leaves a change alone: the facade looks when it is asked."""


class SidecarLink:
    """Keeps a Watch stream to one sidecar open until it is closed; needs a running loop."""

    def __init__(self, route: Route, relay: Relay, *, silence_seconds: float, clock: Clock) -> None:
        self.route = route
        self.relay = relay
        self._silence_seconds = silence_seconds
        self._watch = SidecarWatch(relay.watch, device_id=route.device_id, clock=clock, changed=_nothing)
        self._listed: tuple[Heard, Trouble | None, bytes] | None = None

    def heard(self) -> Heard:
        """Returns what is known of the sidecar now."""
        return self._watch.heard()

    def trouble(self) -> Trouble | None:
        """Returns what is wrong with the sidecar now."""
        if not self.route.address:
            return _MISSING
        return trouble_of(self.route.device_id, self.heard(), silence_seconds=self._silence_seconds)

    def listing(self) -> bytes:
        """Returns a serialised ListDevicesResponse of this device alone; those of all devices, joined, are one of all.

        It is made anew only after the sidecar said something: fleets are large, and lists are asked for all the time.
        """
        heard, trouble = self.heard(), self.trouble()
        if self._listed is None or self._listed[0].report is not heard.report or self._listed[1] is not trouble:
            info = device_info(self.route, heard, trouble)
            self._listed = heard, trouble, pb.ListDevicesResponse(devices=[info]).SerializeToString()
        return self._listed[2]

    @property
    def driver(self) -> str:
        """The name of the device's driver; empty while it is unknown."""
        return self._watch.driver

    @property
    def repeatable(self) -> bool:
        """Whether a job whose outcome was lost may be run again; unknown counts as no."""
        report = self.heard().report
        return report is not None and report.repeatable

    async def close(self, grace_seconds: float | None) -> None:
        """Stops watching and closes the connection once its calls have ended, or after the grace."""
        await self._watch.close()
        await self.relay.close(grace_seconds)
