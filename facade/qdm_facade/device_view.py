"""What the facade answers about a device, as pure functions of its route and of what its sidecar said last."""

from qdm_common.sidecar_health import Heard, Trouble
from qdm_facade.routes import Route
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2


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
