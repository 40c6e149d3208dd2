"""All sidecars the facade knows, kept in step with the routes."""

import asyncio
from collections.abc import Callable, Sequence

from qdm_common.sidecar_watch import Clock
from qdm_driver import DeviceNotFoundError, UnavailableError
from qdm_facade.failures import retry_seconds
from qdm_facade.relay import Relay
from qdm_facade.routes import Route
from qdm_facade.sidecar_link import SidecarLink


class Fleet:
    """One link a route. ``connect`` makes the relay of a new route; calls to a route that goes may end in the grace.

    Until the first update nobody knows which devices there are, and none is denied.
    """

    def __init__(
        self, connect: Callable[[Route], Relay], *, silence_seconds: float, grace_seconds: float, clock: Clock
    ) -> None:
        self._connect = connect
        self._silence_seconds = silence_seconds
        self._grace_seconds = grace_seconds
        self._clock = clock
        self._links: dict[str, SidecarLink] = {}
        self._updated = False
        self._leaving: dict[asyncio.Task[None], SidecarLink] = {}

    def __len__(self) -> int:
        return len(self._links)

    def connected(self) -> int:
        """Counts the sidecars whose last report holds; any thread may ask."""
        return sum(link.trouble() is None for link in list(self._links.values()))

    def links(self) -> list[SidecarLink]:
        """Returns all links, sorted by device_id. Raises UnavailableError before the first update."""
        self._check_updated()
        return [link for _, link in sorted(self._links.items())]

    def find(self, device_id: str) -> SidecarLink:
        """Returns the link of a device. Raises DeviceNotFoundError, before the first update UnavailableError."""
        self._check_updated()
        link = self._links.get(device_id)
        if link is None:
            raise DeviceNotFoundError("there is no such device; ListDevices tells which there are")
        return link

    def update(self, routes: Sequence[Route]) -> None:
        """Connects to routes that are new and leaves those that are gone; the others notice nothing."""
        self._updated = True
        wanted = {route.device_id: route for route in routes}
        for device_id, link in list(self._links.items()):
            if wanted.get(device_id) != link.route:
                del self._links[device_id]
                self._leave(link)
        for device_id, route in wanted.items():
            if device_id not in self._links:
                self._links[device_id] = SidecarLink(
                    route, self._connect(route), silence_seconds=self._silence_seconds, clock=self._clock
                )

    async def close(self) -> None:
        """Leaves every sidecar at once, for good: calls in progress and later ones are answered CANCELLED."""
        links = [*self._links.values(), *self._leaving.values()]
        for task in self._leaving:
            task.cancel()
        await asyncio.gather(*self._leaving, *(link.close(None) for link in links), return_exceptions=True)

    def _check_updated(self) -> None:
        if not self._updated:
            text = "the facade has just started and does not know yet which devices there are; try again"
            raise UnavailableError(text, retry_after=retry_seconds())

    def _leave(self, link: SidecarLink) -> None:
        task = asyncio.create_task(link.close(self._grace_seconds), name=f"leave {link.route.device_id}")
        self._leaving[task] = link
        task.add_done_callback(self._leaving.pop)
