"""What authors of drivers get wrong costs the job that it happens in, and is told as what it is."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import grpc
import pytest
from refused_calls import refusal

from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb

Start = Callable[..., Awaitable[Any]]

CARELESS = {"driver": "careless"}


@pytest.mark.parametrize(
    "mistake",
    [
        "raise_text",
        "raise_error_as_message",
        "raise_endless_wait",
        "raise_base",
        "raise_unprepared",
        "leave",
        "cancel_itself",
    ],
)
async def test_an_error_that_a_driver_makes_wrongly_is_its_bug_and_its_process_lives_on(
    start_sidecar: Start, mistake: str
) -> None:
    sidecar = await start_sidecar(CARELESS)
    pid = (await sidecar.execute()).metadata["pid"]
    assert (await refusal(sidecar.execute(mistake=mistake))).code() is grpc.StatusCode.INTERNAL
    assert (await sidecar.execute()).metadata["pid"] == pid


async def test_a_driver_that_leaves_the_program_in_a_calibration_is_told_as_its_bug(start_sidecar: Start) -> None:
    sidecar = await start_sidecar(CARELESS)
    pid = (await sidecar.execute()).metadata["pid"]
    calibration = sidecar.manager.CalibrateDevice(pb.CalibrateDeviceRequest(device_id="probe:1"))
    assert (await refusal(calibration)).code() is grpc.StatusCode.INTERNAL
    assert (await sidecar.execute()).metadata["pid"] == pid


async def test_a_driver_that_leaves_the_program_when_it_starts_is_told_as_its_bug(start_sidecar: Start) -> None:
    sidecar = await start_sidecar({**CARELESS, "driverConfig": {"mistake": "leave"}}, until="DriverUnusable")
    status = await sidecar.manager.GetDeviceStatus(pb.DeviceStatusRequest(device_id="probe:1"))
    assert "internal error" in status.metadata["message"]


async def test_the_same_bug_at_each_start_is_told_in_the_same_words(start_sidecar: Start) -> None:
    sidecar = await start_sidecar({**CARELESS, "driverConfig": {"mistake": "leave"}}, until="DriverUnusable")
    told = set()
    while sum("error_id" in line for line in sidecar.log()) < 3:
        status = await sidecar.manager.GetDeviceStatus(pb.DeviceStatusRequest(device_id="probe:1"))
        told.add(status.metadata["message"])
        await asyncio.sleep(0.01)
    assert told == {"internal error of the driver; the sidecar's log has the details"}


async def test_a_copy_of_the_drivers_process_that_its_job_left_answers_nobody(start_sidecar: Start) -> None:
    sidecar = await start_sidecar(CARELESS)
    for tag in ("first", "second", "third"):
        assert (await sidecar.execute(tag, mistake="fork")).metadata["tag"] == tag


async def test_a_copy_of_the_drivers_process_that_its_start_left_answers_nobody(start_sidecar: Start) -> None:
    sidecar = await start_sidecar({**CARELESS, "driverConfig": {"mistake": "fork"}})
    assert (await sidecar.execute("job")).metadata["tag"] == "job"


async def test_a_job_that_its_driver_lost_track_of_is_not_run_again(start_sidecar: Start) -> None:
    sidecar = await start_sidecar(CARELESS)
    errors = [await refusal(sidecar.execute(job_id="j", mistake="lose_track")) for _ in range(2)]
    assert [error.code() for error in errors] == [grpc.StatusCode.ABORTED] * 2
    assert "was begun before" in (errors[1].details() or "")


async def test_a_job_that_its_driver_lost_track_of_when_its_time_was_up_is_told_so_and_not_run_again(
    start_sidecar: Start,
) -> None:
    sidecar = await start_sidecar({**CARELESS, "limits": {"executionSeconds": 1}})
    errors = [await refusal(sidecar.execute(job_id="j", mistake="lose_track_when_cancelled")) for _ in range(2)]
    assert [error.code() for error in errors] == [grpc.StatusCode.ABORTED] * 2
    assert "was begun before" in (errors[1].details() or "")


async def test_a_driver_that_left_a_thread_when_it_failed_to_start_is_told_and_ends(start_sidecar: Start) -> None:
    mistake = {"driverConfig": {"mistake": "leave_thread"}}
    sidecar = await start_sidecar({**CARELESS, **mistake}, until="BackendUnavailable")
    status = await sidecar.manager.GetDeviceStatus(pb.DeviceStatusRequest(device_id="probe:1"))
    assert status.metadata["message"] == "the backend does not answer"


async def test_a_driver_may_compute_in_processes_of_its_own(start_sidecar: Start) -> None:
    sidecar = await start_sidecar(CARELESS)
    assert (await sidecar.execute("job", mistake="use_processes")).metadata["tag"] == "job"


async def test_a_driver_that_ends_while_it_starts_beside_a_process_of_its_own_is_told(start_sidecar: Start) -> None:
    mistake = {"driverConfig": {"mistake": "end_beside_child"}}
    sidecar = await start_sidecar({**CARELESS, **mistake}, until="DriverUnusable")
    status = await sidecar.manager.GetDeviceStatus(pb.DeviceStatusRequest(device_id="probe:1"))
    assert status.metadata["message"] == "the driver's process ended while it started (exit code 3)"


async def test_a_driver_that_tells_more_of_its_device_than_can_be_sent_is_told_what_to_mend(
    start_sidecar: Start,
) -> None:
    sidecar = await start_sidecar({**CARELESS, "driverConfig": {"told_bytes": 2**24}}, until="DriverUnusable")
    status = await sidecar.manager.GetDeviceStatus(pb.DeviceStatusRequest(device_id="probe:1"))
    assert "no more than 65536" in status.metadata["message"]
    assert "get_device_status" in status.metadata["message"]
