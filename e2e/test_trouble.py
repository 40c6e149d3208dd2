"""Devices that cannot work say so, and others are none the worse for it."""

from collections.abc import AsyncIterator

import pytest

from api_tier.client import condition
from api_tier.devices import Devices
from e2e_tier.cluster import Cluster
from e2e_tier.kernel import Kernel
from e2e_tier.release import lives

SECONDS = 60.0


@pytest.fixture
async def well(devices: Devices, caller: Kernel) -> AsyncIterator[str]:
    """A device that works before, and works undisturbed after."""
    await devices.apply("well")
    await devices.until_ready("well", seconds=SECONDS)
    pod = await devices.until_pod("well")
    yield "well"
    assert await caller.run("bell.qasm", "well", shots=10)
    assert lives([await devices.until_pod("well")]) == lives([pod])


@pytest.mark.usefixtures("well")
async def test_a_driver_that_is_not_there_is_named(devices: Devices) -> None:
    await devices.apply("bad", driver="nonesuch")
    obj = await devices.until("bad", "Ready", "DriverUnusable", seconds=SECONDS)
    assert "nonesuch" in condition(obj, "Ready")["message"]


@pytest.mark.usefixtures("well")
async def test_a_wrong_configuration_is_named_by_its_field_and_once_corrected_works(devices: Devices) -> None:
    await devices.apply("bad", driverConfig={"max_qubits": -1})
    obj = await devices.until("bad", "ConfigValid", "ConfigInvalid", seconds=SECONDS)
    assert "max_qubits" in condition(obj, "ConfigValid")["message"]
    await devices.apply("bad", driverConfig={"max_qubits": 5})
    await devices.until_ready("bad", seconds=SECONDS)


async def test_a_wrong_change_of_the_configuration_leaves_the_running_pod_alone(
    devices: Devices, caller: Kernel, well: str
) -> None:
    await devices.apply(well, driverConfig={"max_qubits": -1})
    await devices.until(well, "ConfigValid", "ConfigInvalid", seconds=SECONDS)
    assert await caller.run("bell.qasm", well, shots=10)
    await devices.apply(well)
    await devices.until(well, "ConfigValid", "Accepted", seconds=SECONDS)


async def test_of_two_devices_with_one_id_the_older_works(devices: Devices, caller: Kernel, well: str) -> None:
    await devices.apply("younger", deviceId=well)
    await devices.until("younger", "Ready", "DuplicateDeviceId", seconds=SECONDS)
    assert (await devices.pod("younger")) is None
    assert (await caller.devices()).keys() == {well}


@pytest.mark.usefixtures("well")
async def test_an_image_that_cannot_be_pulled_is_named_and_once_corrected_works(
    devices: Devices, cluster: Cluster
) -> None:
    await devices.apply("bad", image="registry.invalid/none:1")
    await devices.until("bad", "Ready", "ImagePullFailed", seconds=SECONDS)
    assert "ImagePullFailed" in await cluster.kubectl("-n", devices.namespace, "get", "qdev", "bad")
    await devices.apply("bad")
    await devices.until_ready("bad", seconds=SECONDS)
