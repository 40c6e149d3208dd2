"""When a fleet is ready: its facade serves, and every device has said what it is."""

import asyncio
from collections.abc import Callable, Mapping, Sequence

from qdm_cli.client import Client
from qdm_cli.failures import CallError
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb

_POLL_SECONDS = 0.1

Statuses = Mapping[str, pb.DeviceStatusResponse]


def settled(status: pb.DeviceStatusResponse) -> bool:
    """Tells whether the device's sidecar has spoken; reasons such as SidecarStarting say it has not."""
    return not status.metadata.get("reason", "").startswith("Sidecar")


async def until_ready(
    client: Client,
    device_ids: Sequence[str],
    progress: Callable[[int], None],
    *,
    facade_runs: Callable[[], bool],
    seconds: float,
) -> Statuses:
    """Waits until all devices are settled, or ``seconds`` after the facade began to serve; returns where they are.

    Answers do not count while the fleet's own facade does not run: they are another one's.
    """
    while not await client.serving():  # noqa: ASYNC110 - another process begins to serve
        await asyncio.sleep(_POLL_SECONDS)
    loop = asyncio.get_running_loop()
    end = loop.time() + seconds
    while True:
        try:
            statuses = {device_id: await client.status(device_id) for device_id in device_ids}
        except CallError:
            statuses = {}
        done = sum(map(settled, statuses.values()))
        progress(done)
        if facade_runs() and statuses and (done == len(device_ids) or loop.time() > end):
            return statuses
        await asyncio.sleep(_POLL_SECONDS)
