"""What people see of devices."""

from collections.abc import Iterable, Mapping

from rich.table import Table
from rich.text import Text

from qdm_cli.shapes import status_name
from qdm_common.manifest import HostedDevice
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb

_STYLES = {"ONLINE": "green", "CALIBRATING": "yellow", "MAINTENANCE": "yellow", "OFFLINE": "red", "ERROR": "bold red"}
_UNKNOWN = "-"


def devices_table(devices: Iterable[pb.DeviceInfo]) -> Table:
    """Returns the fleet, a device a row."""
    table = Table(
        "device", "name", "status", "backend", "waiting", "wait", "qubits", "formats", box=None, pad_edge=False
    )
    for device in devices:
        table.add_row(
            device.device_id,
            device.name,
            _status_text(device.status),
            device.backend_type or _UNKNOWN,
            _waiting(device),
            _wait(device),
            device.capabilities.get("max_qubits", _UNKNOWN),
            device.capabilities.get("formats", _UNKNOWN).replace(",", " "),
        )
    return table


def status_table(status: pb.DeviceStatusResponse) -> Table:
    """Returns one device, a fact a row."""
    table = Table.grid(padding=(0, 2, 0, 0))
    table.add_row("device", status.device_id)
    table.add_row("status", _status_text(status.status))
    table.add_row("waiting", _waiting(status))
    table.add_row("wait", _wait(status))
    for key, value in sorted(status.metadata.items()):
        table.add_row(key, value)
    return table


def fleet_table(devices: Iterable[HostedDevice], statuses: Mapping[str, pb.DeviceStatusResponse]) -> Table:
    """Returns a fleet as it came up, with the reason of every state."""
    table = Table("device", "driver", "status", "reason", box=None, pad_edge=False)
    for device in devices:
        status = statuses[device.device_id]
        reason = ": ".join(filter(None, (status.metadata.get("reason"), status.metadata.get("message"))))
        table.add_row(device.device_id, device.driver, _status_text(status.status), reason)
    return table


def _waiting(device: pb.DeviceInfo | pb.DeviceStatusResponse) -> str:
    return str(device.queue_depth) if device.HasField("queue_depth") else _UNKNOWN


def _wait(device: pb.DeviceInfo | pb.DeviceStatusResponse) -> str:
    return f"{device.estimated_wait_time} s" if device.HasField("estimated_wait_time") else _UNKNOWN


def _status_text(status: pb.DeviceStatus) -> Text:
    name = status_name(status)
    return Text(name.lower(), style=_STYLES.get(name, ""))
