"""The routes of a fleet on one machine, fixed for the life of the facade: the supervisor writes them before it starts.

A sidecar that is restarted listens at the same address again, so no route changes.
"""

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from typing import Self

from pydantic import BaseModel, ConfigDict, field_validator

from qdm_common.manifest import DeviceId
from qdm_common.settings import GrpcAddress
from qdm_facade.routes import Route


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    device_id: DeviceId
    display_name: str = ""
    address: GrpcAddress


class _RoutesFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    routes: tuple[_Entry, ...]

    @field_validator("routes")
    @classmethod
    def _one_route_a_device(cls, routes: tuple[_Entry, ...]) -> tuple[_Entry, ...]:
        repeated = [name for name, count in Counter(entry.device_id for entry in routes).items() if count > 1]
        if repeated:
            raise ValueError(f"more than one route to {', '.join(repeated)}")
        return routes


class LocalRoutes:
    """A RouteSource whose one snapshot is what a file says."""

    def __init__(self, routes: Sequence[Route]) -> None:
        self._routes = tuple(routes)

    @classmethod
    def parse(cls, data: bytes) -> Self:
        """Reads ``{"routes": [{"device_id": …, "display_name": …, "address": …}]}``.

        Raises pydantic.ValidationError where the bytes say something else.
        """
        entries = _RoutesFile.model_validate_json(data).routes
        return cls(
            [Route(entry.device_id, entry.display_name or entry.device_id, entry.address, "") for entry in entries]
        )

    async def snapshots(self) -> AsyncIterator[Sequence[Route]]:
        """Yields the one snapshot."""
        yield self._routes
