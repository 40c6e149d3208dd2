"""Where the sidecar of each device is, and how the facade learns it."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Route:
    """The way to one device's sidecar.

    ``address`` is a gRPC target, empty while the device has no sidecar. ``instance`` is the UID of the sidecar's pod:
    the facade means this one, not another at the same address, and holds its fence open; empty where there is no
    fence. A route that differs in anything is another sidecar, with a connection of its own.
    """

    device_id: str
    display_name: str
    address: str
    instance: str


class RouteSource(Protocol):
    """Knows which devices there are."""

    def snapshots(self) -> AsyncIterator[Sequence[Route]]:
        """Yields all routes there are, at first and after every change; ends where nothing can change any more.

        No device_id appears twice in one snapshot. What the source itself depends on may fail: then it keeps its last
        snapshot and tries again; it never raises.
        """
        ...
