"""Now and then everything is listed and compared: what watching missed is mended, and that it misses nothing is shown.

Liveness follows from it. Where one LIST after another finds something that watching never told, watching is broken
beyond repair and the process should be started anew. An API server that is away is no reason to: nothing would be
better afterwards.
"""

import asyncio
import logging
import random
from collections.abc import Callable

from qdm_cluster.api import ApiError, KubeApi
from qdm_cluster.names import DEVICES, SIDECAR_LABELS, Resource, selector
from qdm_common.backoff import restart_delay
from qdm_operator import metrics
from qdm_operator.definition import outdated
from qdm_operator.index import Index
from qdm_operator.store import Store

# How long a watch may take to tell what a LIST has shown.
_PATIENCE_SECONDS = 5.0

# So many looks at everything in a row that each found something untold.
_HOPELESS = 5

_log = logging.getLogger(__name__)


class Resync:
    """``done`` is called after every look at everything."""

    def __init__(self, api: KubeApi, index: Index, *, namespace: str, seconds: float, done: Callable[[], None]) -> None:
        self._api = api
        self._index = index
        self._namespace = namespace
        self._seconds = seconds
        self._done = done
        self._missed_in_a_row = 0
        self.synced = asyncio.Event()

    @property
    def alive(self) -> bool:
        """Whether watching can be trusted, as far as the last looks tell."""
        return self._missed_in_a_row < _HOPELESS

    async def run(self) -> None:
        """Looks at everything again and again, until cancelled."""
        failures = 0
        while True:
            asked_for = 0.0
            try:
                await self._look()
                failures = 0
            except ApiError as error:
                failures += 1
                asked_for = error.retry_after or 0.0
                _log.warning("cannot list: %s", error, extra={"fields": {"stage": "resync"}})
            pause = restart_delay(failures) if failures else self._seconds
            await asyncio.sleep(max(pause * random.uniform(0.5, 1.0), asked_for))  # noqa: S311 - spreads load

    async def _look(self) -> None:
        missed = sum([await self._compare(resource, store) for resource, store in self._index.stores.items()])
        try:
            self._index.outdated = await outdated(self._api)
        except ApiError as error:  # what is known of it stands: nothing else depends on it
            _log.warning("cannot read the definition: %s", error, extra={"fields": {"stage": "resync"}})
        metrics.DEFINITION_OUTDATED.set(bool(self._index.outdated))
        metrics.DEVICES.set(len(self._index.devices))
        if self.synced.is_set():
            metrics.RESYNC_CORRECTIONS.inc(missed)
            self._missed_in_a_row = self._missed_in_a_row + 1 if missed else 0
            if missed:
                _log.warning("watching had missed %d changes", missed, extra={"fields": {"stage": "resync"}})
        self.synced.set()
        self._done()

    async def _compare(self, resource: Resource, store: Store) -> int:
        since = store.mark()
        labels = "" if resource is DEVICES else selector(SIDECAR_LABELS)
        listing = await self._api.list(resource, namespace=self._namespace, selector=labels)
        differences = store.differences(listing.items, since)
        if differences and self.synced.is_set():
            await asyncio.sleep(_PATIENCE_SECONDS)
        return store.mend(differences, since)
