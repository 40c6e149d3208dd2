import pytest

from qdm_common.sidecar_health import Heard, trouble_of
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2


def report(device_id: str = "sim:a") -> sidecar_pb2.WatchResponse:
    return sidecar_pb2.WatchResponse(device=pb.DeviceInfo(device_id=device_id))


TROUBLES = {
    "not heard yet": (Heard(None, connected=False, silent_seconds=1), "SidecarStarting", True),
    "never heard": (Heard(None, connected=False, silent_seconds=11), "SidecarUnreachable", True),
    "lost just now": (Heard(report(), connected=False, silent_seconds=0), "SidecarUnreachable", True),
    "lost long ago": (Heard(report(), connected=False, silent_seconds=99), "SidecarUnreachable", True),
    "silent": (Heard(report(), connected=True, silent_seconds=10.1), "SidecarUnreachable", False),
    "another device": (Heard(report("sim:b"), connected=True, silent_seconds=0), "SidecarUnreachable", False),
}


@pytest.mark.parametrize(("heard", "reason", "worth_a_try"), TROUBLES.values(), ids=TROUBLES.keys())
def test_trouble_has_a_stable_reason_and_says_whether_a_call_may_be_tried(
    heard: Heard, reason: str, *, worth_a_try: bool
) -> None:
    trouble = trouble_of("sim:a", heard, silence_seconds=10)
    assert trouble is not None
    assert (trouble.reason, trouble.worth_a_try) == (reason, worth_a_try)


@pytest.mark.parametrize("silent_seconds", [0, 9.9, 10])
def test_a_report_holds_up_to_the_silence(silent_seconds: float) -> None:
    heard = Heard(report(), connected=True, silent_seconds=silent_seconds)
    assert trouble_of("sim:a", heard, silence_seconds=10) is None
