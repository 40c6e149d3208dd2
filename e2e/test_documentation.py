"""Every command of docs/install.md and docs/operations.md, run as it stands there."""

from collections.abc import AsyncIterator
from contextlib import ExitStack

import pytest

from api_tier.client import NAMESPACES, Client
from api_tier.devices import Devices
from e2e_tier.cluster import Cluster
from e2e_tier.documentation import Shell, blocks
from e2e_tier.release import Release

READY_SECONDS = 60.0

pytestmark = pytest.mark.timeout(900)

OPERATIONS = blocks("operations.md")


@pytest.fixture
async def nothing_installed(release: Release, client: Client) -> AsyncIterator[None]:
    """No release and no namespace; afterwards both are there again."""
    await release.uninstall(seconds=READY_SECONDS)
    await client.delete(NAMESPACES.path("", release.namespace))
    await client.wait_for(NAMESPACES.path("", release.namespace), lambda obj: obj is None, seconds=READY_SECONDS)
    yield
    await release.set_up()


@pytest.mark.usefixtures("nothing_installed")
async def test_the_page_on_installing_works_from_top_to_bottom(cluster: Cluster) -> None:
    shell = Shell(cluster)
    with ExitStack() as forwardings:
        for block in blocks("install.md"):
            if "port-forward" in block.commands:
                forwardings.enter_context(shell.forwarding(block.commands))
            else:
                await shell.run(block.commands)


@pytest.mark.parametrize("heading", sorted({block.heading for block in OPERATIONS} - {"A node is lost"}))
async def test_the_page_on_operating_works(cluster: Cluster, devices: Devices, heading: str) -> None:
    """What it says of a lost node is tried with one: in test_nodes.py."""
    await devices.apply("sim-local", deviceId="sim:local")
    await devices.until_ready("sim-local", seconds=READY_SECONDS)
    for block in OPERATIONS:
        if block.heading == heading:
            await Shell(cluster).run(block.commands)
