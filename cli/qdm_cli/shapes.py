"""The stable shapes of ``--json``; docs/cli.md lists them."""

from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb


def status_name(status: pb.DeviceStatus) -> str:
    """Returns the status as programs read it, such as ONLINE or ERROR."""
    return pb.DeviceStatus.Name(status).removeprefix("DEVICE_STATUS_").removesuffix("_STATUS")


def device_json(device: pb.DeviceInfo) -> dict[str, object]:
    """One element of ``qdm devices --json``."""
    return {
        "device_id": device.device_id,
        "name": device.name,
        "backend_type": device.backend_type,
        "status": status_name(device.status),
        "queue_depth": device.queue_depth if device.HasField("queue_depth") else None,
        "estimated_wait_sec": device.estimated_wait_time if device.HasField("estimated_wait_time") else None,
        "capabilities": dict(sorted(device.capabilities.items())),
    }


def status_json(status: pb.DeviceStatusResponse) -> dict[str, object]:
    """The value of ``qdm status --json``."""
    return {
        "device_id": status.device_id,
        "status": status_name(status.status),
        "queue_depth": status.queue_depth if status.HasField("queue_depth") else None,
        "estimated_wait_sec": status.estimated_wait_time if status.HasField("estimated_wait_time") else None,
        "metadata": dict(sorted(status.metadata.items())),
    }


def result_json(file: str, device_id: str, answer: pb.ExecuteCircuitResponse, *, total_sec: float) -> dict[str, object]:
    """One line of ``qdm run --json``; ``total_sec`` is the time as the caller saw it."""
    return {
        "file": file,
        "device_id": device_id,
        "counts": dict(sorted(answer.counts.items())),
        "execution_time_sec": answer.execution_time_sec,
        "total_time_sec": total_sec,
        "metadata": dict(sorted(answer.metadata.items())),
    }
