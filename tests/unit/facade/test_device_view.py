import pytest

from qdm_common.sidecar_health import Heard, trouble_of
from qdm_facade.device_view import device_info, device_status
from qdm_facade.routes import Route
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2

ROUTE = Route("sim:a", "Simulator A", "unix:/a", "")


def report(device_id: str = "sim:a") -> sidecar_pb2.WatchResponse:
    device = pb.DeviceInfo(
        device_id=device_id,
        name="Told",
        backend_type="simulator",
        status=pb.DEVICE_STATUS_CALIBRATING,
        queue_depth=0,
        estimated_wait_time=3,
        capabilities={"max_qubits": "30"},
    )
    metadata = {"driver": "simulator", "reason": "Calibrating", "message": "calibrates; jobs wait"}
    return sidecar_pb2.WatchResponse(device=device, metadata=metadata, config_valid=True)


TROUBLES = {
    "not heard yet": (Heard(None, connected=False, silent_seconds=1), "SidecarStarting"),
    "never heard": (Heard(None, connected=False, silent_seconds=11), "SidecarUnreachable"),
    "lost just now": (Heard(report(), connected=False, silent_seconds=0), "SidecarUnreachable"),
    "lost long ago": (Heard(report(), connected=False, silent_seconds=99), "SidecarUnreachable"),
    "silent": (Heard(report(), connected=True, silent_seconds=10.1), "SidecarUnreachable"),
    "another device": (Heard(report("sim:b"), connected=True, silent_seconds=0), "SidecarUnreachable"),
}


@pytest.mark.parametrize(("heard", "reason"), TROUBLES.values(), ids=TROUBLES.keys())
def test_in_trouble_a_device_is_offline_with_the_reason_and_an_unknown_queue(heard: Heard, reason: str) -> None:
    trouble = trouble_of(ROUTE.device_id, heard, silence_seconds=10)
    assert trouble is not None
    status, info = device_status(ROUTE, heard, trouble), device_info(ROUTE, heard, trouble)
    assert status.device_id == info.device_id == "sim:a"
    assert status.status == info.status == pb.DEVICE_STATUS_OFFLINE
    assert (status.metadata["reason"], status.metadata["message"]) == (reason, trouble.message)
    for message in (status, info):
        assert not message.HasField("queue_depth")
        assert not message.HasField("estimated_wait_time")


def test_while_the_report_holds_it_is_passed_on_as_it_is() -> None:
    heard = Heard(report(), connected=True, silent_seconds=0)
    assert device_info(ROUTE, heard, None) == report().device
    assert device_status(ROUTE, heard, None) == pb.DeviceStatusResponse(
        device_id="sim:a",
        status=pb.DEVICE_STATUS_CALIBRATING,
        queue_depth=0,
        estimated_wait_time=3,
        metadata=dict(report().metadata),
    )


def test_what_an_unreachable_device_is_stays_known() -> None:
    heard = Heard(report(), connected=False, silent_seconds=0)
    trouble = trouble_of(ROUTE.device_id, heard, silence_seconds=10)
    info = device_info(ROUTE, heard, trouble)
    assert (info.name, info.backend_type, info.capabilities["max_qubits"]) == ("Told", "simulator", "30")
    assert device_status(ROUTE, heard, trouble).metadata["driver"] == "simulator"


@pytest.mark.parametrize("connected", [True, False])
def test_nothing_is_said_of_a_device_by_the_report_of_another(*, connected: bool) -> None:
    heard = Heard(report("sim:b"), connected=connected, silent_seconds=0)
    trouble = trouble_of(ROUTE.device_id, heard, silence_seconds=10)
    assert device_info(ROUTE, heard, trouble) == pb.DeviceInfo(
        device_id="sim:a", name="Simulator A", status=pb.DEVICE_STATUS_OFFLINE
    )
    assert "driver" not in device_status(ROUTE, heard, trouble).metadata


def test_a_view_leaves_the_report_alone() -> None:
    heard = Heard(report(), connected=False, silent_seconds=0)
    device_info(ROUTE, heard, trouble_of(ROUTE.device_id, heard, silence_seconds=10))
    assert heard.report == report()
