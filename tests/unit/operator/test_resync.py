import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import pytest
from operator_scenes import device_object, pod_object
from prometheus_client import REGISTRY

from qdm_cluster.api import ApiError, KubeApi, Listing
from qdm_cluster.names import DEVICES, PODS, Resource
from qdm_cluster.objects import Json, Key
from qdm_common.manifest import SCHEMA_REVISION, SCHEMA_REVISION_ANNOTATION
from qdm_operator.index import Index
from qdm_operator.resync import Resync

pytestmark = pytest.mark.looptime(noop_cycles=1)

SECONDS = 60.0
LAB_SIM = Key("lab", "sim")


class FakeApi:
    """Lists what a test puts there; ``meanwhile`` is done before an answer comes."""

    def __init__(self) -> None:
        self.objects: dict[Resource, list[Json]] = {DEVICES: [device_object()], PODS: [pod_object(device_object())]}
        self.asked: list[tuple[str, str, str]] = []
        self.trouble: ApiError | None = None
        self.definition_trouble: ApiError | None = None
        self.meanwhile: Callable[[], None] = lambda: None
        self.revision = SCHEMA_REVISION

    async def list(self, resource: Resource, *, namespace: str, selector: str) -> Listing:
        self.asked.append((resource.plural, namespace, selector))
        items = list(self.objects.get(resource, []))
        await asyncio.sleep(0.1)
        if self.trouble is not None:
            raise self.trouble
        self.meanwhile()
        return Listing(items, "1")

    async def get(self, path: str) -> Json:
        if self.definition_trouble is not None:
            raise self.definition_trouble
        assert path.endswith("/customresourcedefinitions/quantumdevices.qdm.eigen-os.io")
        return {"metadata": {"annotations": {SCHEMA_REVISION_ANNOTATION: str(self.revision)}}}


class Scene:
    """A resync on a fake API, and when it was done."""

    def __init__(self) -> None:
        self.api = FakeApi()
        self.index = Index(lambda _key: None)
        self.done: list[float] = []
        api: Any = self.api
        kube_api: KubeApi = api
        self.resync = Resync(kube_api, self.index, namespace="lab", seconds=SECONDS, done=self._done)

    def _done(self) -> None:
        self.done.append(asyncio.get_running_loop().time())

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.resync.run())
        try:
            async with asyncio.timeout(5.0):
                await self.resync.synced.wait()
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    def edit(self) -> Json:
        """Changes the device without anybody telling of it."""
        (former,) = self.api.objects[DEVICES]
        version = str(int(former["metadata"]["resourceVersion"]) + 1)
        after = {**former, "metadata": former["metadata"] | {"resourceVersion": version}}
        self.api.objects[DEVICES] = [after]
        return after

    def knows_the_truth(self) -> bool:
        return self.index.devices.all() == self.api.objects[DEVICES]


def corrections() -> float:
    value = REGISTRY.get_sample_value("qdm_operator_resync_corrections_total")
    assert value is not None
    return value


@pytest.fixture
def scene() -> Scene:
    return Scene()


async def test_the_first_look_fills_the_index_at_once_and_counts_as_no_correction(scene: Scene) -> None:
    before = corrections()
    async with scene.running():
        assert asyncio.get_running_loop().time() < 1.0
        assert scene.knows_the_truth()
        assert scene.index.pod_of(LAB_SIM) is not None
    assert corrections() == before
    labels = "app.kubernetes.io/managed-by=qdm-operator,app.kubernetes.io/name=qdm-sidecar"
    assert scene.api.asked == [
        ("quantumdevices", "lab", ""),
        ("pods", "lab", labels),
        ("configmaps", "lab", labels),
        ("services", "lab", labels),
    ]


async def test_looks_come_again_and_again_and_never_together(scene: Scene) -> None:
    async with scene.running():
        await asyncio.sleep(30 * SECONDS)
    pauses = [later - sooner for sooner, later in zip(scene.done, scene.done[1:], strict=False)]
    assert all(SECONDS / 2 <= pause <= SECONDS + 1.0 for pause in pauses)
    assert len({round(pause, 1) for pause in pauses}) > 10


async def test_a_change_that_nobody_told_of_is_mended_and_counted(scene: Scene) -> None:
    before = corrections()
    async with scene.running():
        scene.edit()
        await asyncio.sleep(SECONDS + 10.0)
        assert scene.knows_the_truth()
        assert corrections() - before == 1
        scene.api.objects[DEVICES] = []
        await asyncio.sleep(SECONDS + 10.0)
        assert scene.knows_the_truth()
        assert corrections() - before == 2
        assert scene.resync.alive


async def test_a_change_that_is_told_of_a_little_after_its_list_is_no_correction(scene: Scene) -> None:
    before = corrections()
    loop = asyncio.get_running_loop()

    def tell_soon() -> None:
        if not scene.knows_the_truth():
            loop.call_later(2.0, scene.index.devices.put, scene.api.objects[DEVICES][0])

    async with scene.running():
        scene.api.meanwhile = tell_soon
        for _ in range(10):
            scene.edit()
            await asyncio.sleep(SECONDS)
        assert scene.resync.alive
    assert corrections() == before


async def test_where_look_after_look_finds_something_untold_the_process_is_no_longer_alive(scene: Scene) -> None:
    async with scene.running():
        looks, alive_after = len(scene.done), []
        while len(scene.done) - looks < 6:
            scene.edit()
            done = len(scene.done)
            await asyncio.sleep(SECONDS / 2 + 1.0)
            if len(scene.done) > done:
                alive_after.append(scene.resync.alive)
        assert alive_after == [True, True, True, True, False, False]
        await asyncio.sleep(3 * SECONDS)
        assert scene.resync.alive


async def test_an_api_server_that_is_away_is_no_death_and_no_reason_for_haste(scene: Scene) -> None:
    async with scene.running():
        scene.api.trouble = ApiError(0, "ClientConnectorError", "refused")
        requests = len(scene.api.asked)
        await asyncio.sleep(600.0)
        assert scene.resync.alive
        assert len(scene.api.asked) - requests < 60
        scene.api.trouble = None
        scene.edit()
        await asyncio.sleep(SECONDS)
        assert scene.knows_the_truth()


async def test_a_pause_that_the_api_server_asks_for_is_kept(scene: Scene) -> None:
    async with scene.running():
        scene.api.trouble = ApiError(429, "TooManyRequests", "slow down", 300.0)
        requests = len(scene.api.asked)
        await asyncio.sleep(250.0)
        assert len(scene.api.asked) - requests == 1


async def test_nothing_is_synced_before_everything_was_listed_once(scene: Scene) -> None:
    scene.api.trouble = ApiError(503, "", "starting")
    task = asyncio.create_task(scene.resync.run())
    await asyncio.sleep(100.0)
    assert not scene.resync.synced.is_set()
    assert scene.done == []
    scene.api.trouble = None
    await asyncio.sleep(SECONDS)
    assert scene.resync.synced.is_set()
    task.cancel()


async def test_an_older_definition_is_noticed_and_its_update_too(scene: Scene) -> None:
    scene.api.revision = SCHEMA_REVISION - 1
    async with scene.running():
        assert "kubectl apply" in scene.index.outdated
        scene.api.revision = SCHEMA_REVISION
        await asyncio.sleep(SECONDS + 1.0)
        assert scene.index.outdated == ""


@pytest.mark.parametrize("status", [0, 403, 404, 500])
async def test_a_definition_that_cannot_be_read_keeps_no_replica_from_its_work(scene: Scene, status: int) -> None:
    scene.api.definition_trouble = ApiError(status, "", "no")
    async with scene.running():
        assert scene.index.outdated == ""
        assert len(scene.done) == 1


async def test_what_was_known_of_the_definition_stands_while_it_cannot_be_read(scene: Scene) -> None:
    scene.api.revision = SCHEMA_REVISION - 1
    async with scene.running():
        scene.api.definition_trouble = ApiError(500, "", "no")
        await asyncio.sleep(SECONDS + 1.0)
        assert len(scene.done) > 1
        assert "kubectl apply" in scene.index.outdated
