import pytest

from qdm_cli.client import Client
from qdm_cli.fleet.readiness import until_ready
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb


class Settled(Client):
    """A facade all of whose devices have spoken."""

    def __init__(self) -> None:
        pass

    async def serving(self) -> bool:
        return True

    async def status(self, device_id: str) -> pb.DeviceStatusResponse:
        return pb.DeviceStatusResponse(device_id=device_id, metadata={"reason": "Ready"})


@pytest.mark.looptime
async def test_a_fleet_is_not_ready_while_another_facade_answers_in_place_of_its_own() -> None:
    runs = iter((False, False, True))
    statuses = await until_ready(Settled(), ["d"], lambda _done: None, facade_runs=lambda: next(runs), seconds=60)
    assert list(statuses) == ["d"]
    assert list(runs) == []
