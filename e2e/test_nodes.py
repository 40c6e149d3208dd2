"""A node is lost: the device has one writer at every moment, and what docs/operations.md says brings it back.

The writers are watched by what they write: a ledger outside of the cluster, see ``drivers/ledger_driver.py``.
"""

from collections.abc import AsyncIterator

import pytest

from api_tier.client import Client
from api_tier.devices import Devices
from e2e_tier.cluster import Cluster
from e2e_tier.documentation import Shell, blocks
from e2e_tier.ledger import Ledger

READY_SECONDS = 60.0

# A kubelet that says nothing is taken for dead after 40 to 50 s. Where all operators were on its node, others are made
# 30 s later, and the next leader listens for 15 s.
UNKNOWN_SECONDS = 180.0

# A lost node's pods are collected within 60 s; the next pod waits 20 s more.
BACK_SECONDS = 180.0

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
async def ledger(cluster: Cluster) -> AsyncIterator[Ledger]:
    async with Ledger(await cluster.gateway()) as ledger:
        yield ledger


@pytest.fixture
async def device(devices: Devices, ledger: Ledger, ledger_image: str) -> str:
    """A device whose driver writes in the ledger, and that works; it has the name that the page takes."""
    await devices.apply(
        "sim-local", driver="ledger", image=ledger_image, driverConfig={"host": ledger.host, "port": ledger.port}
    )
    await devices.until_ready("sim-local", seconds=READY_SECONDS)
    return "sim-local"


async def as_documented(cluster: Cluster) -> None:
    """Does what the page says, which ends when the device is ready."""
    (block,) = [block for block in blocks("operations.md") if block.heading == "A node is lost"]
    await Shell(cluster).run(block.commands, seconds=BACK_SECONDS)


async def test_a_node_that_lost_its_power(
    cluster: Cluster, client: Client, devices: Devices, ledger: Ledger, device: str
) -> None:
    pod = await devices.until_pod(device)
    node = pod["spec"]["nodeName"]
    async with cluster.node_off(client, node):
        await devices.until(device, "Ready", "SidecarSilent", seconds=UNKNOWN_SECONDS)
        await as_documented(cluster)
        await devices.until_pod(device, other_than=pod["metadata"]["uid"], seconds=BACK_SECONDS)
        await devices.until_ready(device, seconds=READY_SECONDS)
    assert len(ledger.uses) == 2
    ledger.assert_one_writer_at_every_moment()


async def test_a_node_whose_kubelet_died_while_its_containers_live_and_whose_object_is_deleted(
    cluster: Cluster, client: Client, devices: Devices, ledger: Ledger, device: str
) -> None:
    pod = await devices.until_pod(device)
    node = pod["spec"]["nodeName"]
    async with cluster.kubelet_dead(client, node):
        await as_documented(cluster)
        await devices.until_pod(device, other_than=pod["metadata"]["uid"], seconds=BACK_SECONDS)
        await devices.until_ready(device, seconds=READY_SECONDS)
        assert await cluster.runs_on(node, pod["metadata"]["uid"])
    assert len(ledger.uses) == 2
    ledger.assert_one_writer_at_every_moment()
