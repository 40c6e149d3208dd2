"""What goes missing comes back, and what is called meanwhile is answered."""

import asyncio
import time

from api_tier.client import Client, Json
from api_tier.devices import Devices
from e2e_tier.cluster import Cluster
from e2e_tier.kernel import Kernel, streaming
from e2e_tier.release import Release, lives
from qdm_cluster.names import DEVICES, PODS, pod_name

READY_SECONDS = 60.0

# Until a device whose pod was deleted is ready and routed again.
BACK_SECONDS = 30.0

# Until another operator leads.
TAKEOVER_SECONDS = 20.0

# No call of a small circuit may take longer, whatever happens to its sidecar.
HANG_SECONDS = 20.0


async def test_a_sidecar_pod_that_is_deleted_is_back_in_time_and_calls_meanwhile_are_told_to_try_again(
    cluster: Cluster, client: Client, devices: Devices, release: Release, facade_image: str
) -> None:
    await devices.apply("sim")
    await devices.until_ready("sim", seconds=READY_SECONDS)
    former = await devices.until_pod("sim")
    async with streaming(cluster, client, release.namespace, facade_image, "sim") as stream:
        began = time.monotonic()
        await client.delete(PODS.path(release.namespace, pod_name("sim")))
        await devices.until_pod("sim", other_than=former["metadata"]["uid"], seconds=BACK_SECONDS)
        await devices.until_ready("sim", seconds=BACK_SECONDS)
        await stream.until_served(seconds=BACK_SECONDS)
        assert time.monotonic() - began <= BACK_SECONDS
        assert (await stream.ended()).keys() <= {"OK", "UNAVAILABLE+RetryInfo"}, await stream.failures()
        assert await stream.slowest() <= HANG_SECONDS


async def test_when_the_leader_is_deleted_another_leads_in_time(client: Client, release: Release) -> None:
    leader = await release.until_led(seconds=TAKEOVER_SECONDS)
    await client.delete(PODS.path(release.namespace, leader))
    await release.until_led(other_than=leader, seconds=TAKEOVER_SECONDS)


async def test_when_the_leader_dies_without_a_word_another_leads_in_time_and_serves_what_was_applied_meanwhile(
    client: Client, release: Release, devices: Devices, caller: Kernel
) -> None:
    leader = await release.until_led(seconds=TAKEOVER_SECONDS)
    await client.delete(PODS.path(release.namespace, leader), grace_seconds=0)
    await devices.apply("sim")
    await release.until_led(other_than=leader, seconds=TAKEOVER_SECONDS)
    await devices.until_ready("sim", seconds=READY_SECONDS)
    assert await caller.run("bell.qasm", "sim", shots=10)


async def test_without_any_operator_calls_go_on_and_what_was_changed_is_caught_up_on(
    cluster: Cluster, client: Client, devices: Devices, release: Release, facade_image: str
) -> None:
    for name in ("kept", "changed", "deleted"):
        await devices.apply(name)
    for name in ("kept", "changed", "deleted"):
        await devices.until_ready(name, seconds=READY_SECONDS)
    kept, changed = await devices.until_pod("kept"), await devices.until_pod("changed")
    async with streaming(cluster, client, release.namespace, facade_image, "kept") as stream:
        await release.scale_operator(0)
        try:
            await devices.apply("changed", driverConfig={"max_qubits": 7})
            await devices.apply("added")
            await devices.delete("deleted")
            await stream.until_served(seconds=HANG_SECONDS)
        finally:
            await release.scale_operator(2)
        await devices.until_ready("changed", seconds=READY_SECONDS)
        await devices.until_ready("added", seconds=READY_SECONDS)
        assert (await devices.get("changed"))["status"]["qubits"] == 7
        await devices.until_pod("changed", other_than=changed["metadata"]["uid"])
        await client.wait_for(DEVICES.path(release.namespace, "deleted"), _is_gone, seconds=BACK_SECONDS)
        await client.wait_for(PODS.path(release.namespace, pod_name("deleted")), _is_gone, seconds=BACK_SECONDS)
        assert lives([await devices.until_pod("kept")]) == lives([kept])
        assert (await stream.ended()).keys() == {"OK"}, await stream.failures()


def _is_gone(obj: Json | None) -> bool:
    return obj is None


async def test_an_api_server_that_is_away_for_a_minute_costs_no_call_and_no_restart(
    cluster: Cluster, client: Client, devices: Devices, release: Release, facade_image: str
) -> None:
    for name in ("one", "two"):
        await devices.apply(name)
        await devices.until_ready(name, seconds=READY_SECONDS)
    async with (
        streaming(cluster, client, release.namespace, facade_image, "one") as one,
        streaming(cluster, client, release.namespace, facade_image, "two") as two,
    ):
        before = lives(await devices.pods())
        async with cluster.api_server_away():
            await asyncio.sleep(60.0)  # the absence itself
        for name in ("one", "two"):
            await devices.until_ready(name, seconds=READY_SECONDS)
        await devices.apply("three")
        await devices.until_ready("three", seconds=READY_SECONDS)
        for stream in (one, two):
            await stream.until_served(seconds=HANG_SECONDS)
            assert (await stream.ended()).keys() == {"OK"}, await stream.failures()
            assert await stream.slowest() <= HANG_SECONDS
        after = lives(await devices.pods())
        assert {uid: after.get(uid) for uid in before} == before
