"""What the facade answers about a device, as pure functions of its route and of what its sidecar said last."""

from dataclasses import dataclass

from qdm_facade.routes import Route
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2


@dataclass(frozen=True, slots=True)
class Heard:
    """What is known of a sidecar at one moment.

    ``report`` is the last message of its Watch stream, ``connected`` whether that stream is open, and
    ``silent_seconds`` the time since the last message or, where there was none, since the route became known.
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


def trouble_of(route: Route, heard: Heard, *, silence_seconds: float) -> Trouble | None:
    """Returns what is wrong between facade and sidecar; ``None`` where the last report holds."""
    silent = heard.silent_seconds > silence_seconds
    if heard.report is None:
        return _NEVER_HEARD if silent else _STARTING
    if not heard.connected:
        return _LOST
    if silent:
        return _SILENT
    if _own_report(route, heard) is None:
        return _ANOTHER
    return None


def device_info(route: Route, heard: Heard, trouble: Trouble | None) -> pb.DeviceInfo:
    """Returns what ListDevices shows: the last report, in trouble OFFLINE and without what may have changed since."""
    info = pb.DeviceInfo()
    report = _own_report(route, heard)
    if report is not None:
        info.CopyFrom(report.device)
    info.device_id = route.device_id
    info.name = info.name or route.display_name
    if trouble is not None:
        info.status = pb.DEVICE_STATUS_OFFLINE
        info.ClearField("queue_depth")
        info.ClearField("estimated_wait_time")
    return info


def device_status(route: Route, heard: Heard, trouble: Trouble | None) -> pb.DeviceStatusResponse:
    """Returns what GetDeviceStatus shows; in trouble OFFLINE, with its ``reason`` and ``message`` in the metadata."""
    info = device_info(route, heard, trouble)
    status = pb.DeviceStatusResponse(device_id=info.device_id, status=info.status)
    if info.HasField("queue_depth"):
        status.queue_depth = info.queue_depth
    if info.HasField("estimated_wait_time"):
        status.estimated_wait_time = info.estimated_wait_time
    report = _own_report(route, heard)
    if report is not None:
        status.metadata.update(report.metadata)
    if trouble is not None:
        status.metadata.update({"reason": trouble.reason, "message": trouble.message})
    return status


def _own_report(route: Route, heard: Heard) -> sidecar_pb2.WatchResponse | None:
    report = heard.report
    return report if report is not None and report.device.device_id == route.device_id else None
