import asyncio
from dataclasses import replace
from typing import Any

import pytest

from qdm_driver import DeviceNotFoundError
from qdm_facade.routes import Route
from qdm_facade.sidecar_link import SidecarLink
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2

A = Route("a", "A", "unix:/a", "1")
B = Route("b", "B", "unix:/b", "1")


def report(device_id: str) -> sidecar_pb2.WatchResponse:
    return sidecar_pb2.WatchResponse(device=pb.DeviceInfo(device_id=device_id), metadata={"driver": "probe"})


async def left(fake: Any) -> None:
    await asyncio.gather(*fake.fleet._leaving)


async def test_devices_come_and_go_with_the_routes(fake: Any) -> None:
    fake.fleet.update([B, A])
    assert [link.route for link in fake.fleet.links()] == [A, B]
    fake.fleet.update([B])
    assert [link.route for link in fake.fleet.links()] == [B]
    with pytest.raises(DeviceNotFoundError):
        fake.fleet.find("a")


async def test_a_route_that_stays_keeps_its_connection(fake: Any) -> None:
    fake.fleet.update([A, B])
    kept = fake.fleet.find("b")
    fake.fleet.update([B])
    assert fake.fleet.find("b") is kept
    assert len(fake.relays["b"]) == 1
    assert fake.relay("b").closed_with == []


@pytest.mark.parametrize("successor", [replace(A, instance="2"), replace(A, address="unix:/c")])
async def test_a_new_instance_gets_a_connection_of_its_own_and_the_old_ones_calls_may_end(
    fake: Any, successor: Route
) -> None:
    fake.fleet.update([A])
    fake.fleet.update([successor])
    await left(fake)
    assert [relay.closed_with for relay in fake.relays["a"]] == [[7], []]
    assert fake.fleet.find("a").route == successor


async def test_a_fleet_that_closes_waits_for_nobody(fake: Any) -> None:
    fake.fleet.update([A, B])
    await fake.fleet.close()
    assert fake.relay("a").closed_with == fake.relay("b").closed_with == [None]
    assert asyncio.all_tasks() == {asyncio.current_task()}


async def test_sidecars_are_counted_while_routes_change(fake: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    fake.fleet.update([A, B])
    monkeypatch.setattr(SidecarLink, "trouble", lambda _: fake.fleet.update([B]))  # metrics are read by a thread
    assert fake.fleet.connected() == 2


async def test_a_sidecar_counts_as_connected_while_its_last_report_holds(fake: Any) -> None:
    fake.fleet.update([A, B])
    assert (len(fake.fleet), fake.fleet.connected()) == (2, 0)
    await fake.relay("a").say(report("a"))
    assert fake.fleet.connected() == 1
    fake.clock.now += 10.5
    assert fake.fleet.connected() == 0
    await fake.relay("a").say(report("a"))
    assert fake.fleet.connected() == 1
    await fake.relay("a").say(None)
    assert fake.fleet.connected() == 0


async def test_a_driver_once_named_stays_known(fake: Any) -> None:
    fake.fleet.update([A])
    link = fake.fleet.find("a")
    assert link.driver == ""
    await fake.relay("a").say(report("a"))
    await fake.relay("a").say(None)
    assert link.driver == "probe"


async def test_a_device_without_a_sidecar_is_in_trouble_at_once_and_for_as_long(fake: Any) -> None:
    fake.fleet.update([replace(A, address="", instance="")])
    trouble = fake.fleet.find("a").trouble()
    assert (trouble.reason, trouble.worth_a_try) == ("SidecarMissing", False)
    fake.clock.now += 99
    assert fake.fleet.find("a").trouble() == trouble
    fake.fleet.update([A])
    assert fake.fleet.find("a").trouble().reason == "SidecarStarting"
