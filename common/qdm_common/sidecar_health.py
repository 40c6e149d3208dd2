"""What a client of a sidecar makes of what it last heard: whether the last report still holds, and if not, why."""

from dataclasses import dataclass

from qdm_proto.qdm.sidecar.v1 import sidecar_pb2


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of a sidecar at one moment.

    ``report`` is the last message of its Watch stream, ``connected`` whether that stream is open, and
    ``silent_seconds`` the time since the last message or, where there was none, since it was first listened for.
    """

    report: sidecar_pb2.WatchResponse | None
    connected: bool
    silent_seconds: float


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why the sidecar's last report does not hold: a stable word for programs and a sentence for people.

    ``worth_a_try`` tells whether a call may be sent all the same: where nothing is connected, gRPC finds out at once
    and perhaps earlier than the Watch stream does; into a connection that is open and dead, a call would hang.
    """

    reason: str
    message: str
    worth_a_try: bool


_STARTING = Trouble("SidecarStarting", "the device's sidecar has not answered yet", worth_a_try=True)
_NEVER_HEARD = Trouble("SidecarUnreachable", "the device's sidecar has never answered", worth_a_try=True)
_LOST = Trouble("SidecarUnreachable", "the connection to the device's sidecar is lost", worth_a_try=True)
_SILENT = Trouble("SidecarUnreachable", "the device's sidecar has gone silent", worth_a_try=False)
_ANOTHER = Trouble("SidecarUnreachable", "another device's sidecar answers at its address", worth_a_try=False)


def trouble_of(device_id: str, heard: Heard, *, silence_seconds: float) -> Trouble | None:
    """Returns what is wrong between a client and the sidecar of a device; ``None`` where the last report holds."""
    silent = heard.silent_seconds > silence_seconds
    if heard.report is None:
        return _NEVER_HEARD if silent else _STARTING
    if not heard.connected:
        return _LOST
    if silent:
        return _SILENT
    if heard.report.device.device_id != device_id:
        return _ANOTHER
    return None
