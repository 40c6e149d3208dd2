"""What is rolled out, and what is not replaced by it."""

import pytest

from api_tier.client import Client
from api_tier.devices import Devices
from e2e_tier.cluster import Cluster
from e2e_tier.command import run
from e2e_tier.kernel import Kernel, streaming
from e2e_tier.release import Release, lives

READY_SECONDS = 60.0


@pytest.fixture
async def changed_operator(cluster: Cluster, tag: str) -> str:
    """Another image of the operator, on every node."""
    changed = f"qdm-operator:{tag}-changed"
    container = (await run("docker", "create", f"qdm-operator:{tag}")).strip()
    try:
        await run("docker", "commit", "--change", "LABEL changed=yes", container, changed)
    finally:
        await run("docker", "rm", container)
    await cluster.load(changed)
    return changed


async def test_an_operator_of_another_image_restarts_no_sidecar(
    devices: Devices, release: Release, caller: Kernel, changed_operator: str
) -> None:
    for name in ("one", "two"):
        await devices.apply(name)
        await devices.until_ready(name, seconds=READY_SECONDS)
    pods = [await devices.until_pod(name) for name in ("one", "two")]
    try:
        await release.install(f"operator.image={changed_operator}")
        await devices.apply("three")
        await devices.until_ready("three", seconds=READY_SECONDS)
        assert lives([await devices.until_pod(name) for name in ("one", "two")]) == lives(pods)
        assert await caller.run("bell.qasm", "one", shots=10)
    finally:
        await release.install()


async def test_a_changed_spec_replaces_exactly_its_pod(devices: Devices) -> None:
    for name in ("one", "two"):
        await devices.apply(name)
        await devices.until_ready(name, seconds=READY_SECONDS)
    one, two = await devices.until_pod("one"), await devices.until_pod("two")
    await devices.apply("two", concurrency=2)
    await devices.until_pod("two", other_than=two["metadata"]["uid"], seconds=READY_SECONDS)
    await devices.until_ready("two", seconds=READY_SECONDS)
    assert lives([await devices.until_pod("one")]) == lives([one])


@pytest.mark.timeout(400)
async def test_a_roll_of_the_facade_costs_no_call(
    cluster: Cluster, client: Client, devices: Devices, release: Release, facade_image: str
) -> None:
    await devices.apply("sim")
    await devices.until_ready("sim", seconds=READY_SECONDS)
    async with (
        streaming(cluster, client, release.namespace, facade_image, "sim") as ordinary,
        streaming(cluster, client, release.namespace, facade_image, "sim", never_retry=True) as strict,
    ):
        await release.restart("facade")
        for stream in (ordinary, strict):
            await stream.until_served(seconds=20.0)
            assert (await stream.ended()).keys() == {"OK"}, await stream.failures()
