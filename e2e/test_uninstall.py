"""Uninstalling ends, and leaves what it says it leaves."""

from collections.abc import AsyncIterator

import pytest

from api_tier.client import NAMESPACES, Client, Json
from api_tier.devices import Devices
from e2e_tier.release import Release, lives
from qdm_cluster.names import DEVICES, PODS

READY_SECONDS = 60.0

# For `helm uninstall`, and for the end of the namespace.
END_SECONDS = 60.0


@pytest.fixture
async def release(release: Release) -> AsyncIterator[Release]:
    """The release, which is there again afterwards."""
    yield release
    await release.set_up()


async def test_uninstalling_ends_in_time_and_leaves_devices_with_their_pods_and_then_the_namespace_does(
    client: Client, release: Release, devices: Devices
) -> None:
    for name in ("one", "two"):
        await devices.apply(name)
        await devices.until_ready(name, seconds=READY_SECONDS)
    sidecars = [await devices.until_pod(name) for name in ("one", "two")]
    await release.uninstall(seconds=END_SECONDS)
    assert {obj["metadata"]["name"] for obj in await client.list(DEVICES.path(release.namespace))} == {"one", "two"}
    await client.wait_for(PODS.path(release.namespace), _only_sidecars_are_left, seconds=END_SECONDS)
    for name, pod in zip(("one", "two"), sidecars, strict=True):
        assert lives([await devices.until_pod(name)]) == lives([pod])
    await client.delete(NAMESPACES.path("", release.namespace))
    await client.wait_for(NAMESPACES.path("", release.namespace), lambda obj: obj is None, seconds=END_SECONDS)


def _only_sidecars_are_left(listing: Json | None) -> bool:
    running = [pod for pod in (listing or {}).get("items") or [] if pod["status"]["phase"] != "Succeeded"]
    return {pod["metadata"]["labels"].get("app.kubernetes.io/name") for pod in running} == {"qdm-sidecar"}
