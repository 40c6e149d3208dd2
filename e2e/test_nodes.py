"""A node is lost: the device has one writer at every moment, and the way in docs/operations.md brings it back.

The writers are watched by what they write: a ledger outside of the cluster, see ``drivers/ledger_driver.py``.
"""

from collections.abc import AsyncIterator

import pytest

from api_tier.client import NODES, Client
from api_tier.devices import Devices
from e2e_tier.cluster import Cluster
from e2e_tier.ledger import Ledger

READY_SECONDS = 60.0

# A kubelet that says nothing is taken for dead after 40 to 50 s.
UNKNOWN_SECONDS = 90.0

# A lost node's pods are collected within 60 s; the next pod waits 20 s more.
BACK_SECONDS = 180.0

pytestmark = pytest.mark.timeout(600)


@pytest.fixture
async def ledger(cluster: Cluster) -> AsyncIterator[Ledger]:
    async with Ledger(await cluster.gateway()) as ledger:
        yield ledger


@pytest.fixture
async def device(devices: Devices, ledger: Ledger, ledger_image: str) -> str:
    """A device whose driver keeps the ledger, and that works."""
    await devices.apply(
        "ledger", driver="ledger", image=ledger_image, driverConfig={"host": ledger.host, "port": ledger.port}
    )
    await devices.until_ready("ledger", seconds=READY_SECONDS)
    return "ledger"


async def lost(client: Client, devices: Devices, device: str) -> None:
    """Waits until the device is said to be silent, and deletes its node, as the documentation tells."""
    obj = await devices.get(device)
    node = obj["status"]["pod"]["node"]
    await devices.until(device, "Ready", "SidecarSilent", seconds=UNKNOWN_SECONDS)
    await client.delete(NODES.path("", node))


async def test_a_node_that_lost_its_power(
    cluster: Cluster, client: Client, devices: Devices, ledger: Ledger, device: str
) -> None:
    pod = await devices.until_pod(device)
    node = pod["spec"]["nodeName"]
    async with cluster.node_off(client, node):
        await lost(client, devices, device)
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
        await client.delete(NODES.path("", node))
        await devices.until_pod(device, other_than=pod["metadata"]["uid"], seconds=BACK_SECONDS)
        await devices.until_ready(device, seconds=READY_SECONDS)
        assert pod["metadata"]["uid"] in await cluster.in_node(node, "crictl", "pods", "-o", "json")
    assert len(ledger.uses) == 2
    ledger.assert_one_writer_at_every_moment()
