import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from refused_calls import refusal

from qdm_common.rpc import status_of
from qdm_common.sidecar_watch import watch_sidecar
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2

Start = Callable[..., Awaitable[Any]]

POD = "7c1d9e1c-0000-4000-8000-000000000001"
FENCE_SECONDS = 1.0


@pytest.fixture
async def start_fenced(start_sidecar: Start) -> Start:
    """Starts a sidecar that knows its pod; one after another, as a container that restarts."""

    async def start(spec: dict[str, object] | None = None, *, instance: str = POD, **settings: str) -> Any:
        fence = {"QDM_INSTANCE": instance, "QDM_FENCE_SECONDS": str(FENCE_SECONDS)}
        return await start_sidecar(spec, until="Fenced", **fence, **settings)

    return start


@asynccontextmanager
async def confirmed(sidecar: Any, instance: str = POD, *, grace_seconds: int = 0) -> AsyncIterator[None]:
    """Acknowledges every beat, as a facade does, or an operator that tells a grace, on a connection of its own."""

    async def acknowledge() -> None:
        async with grpc.aio.insecure_channel(
            f"unix:{sidecar.folder}/s", [("grpc.use_local_subchannel_pool", 1)]
        ) as own:
            async for _ in watch_sidecar(own, instance, grace_seconds=lambda: grace_seconds):
                pass

    task = asyncio.create_task(acknowledge())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def told(sidecar: Any) -> sidecar_pb2.WatchResponse:
    return await anext(sidecar.watch())


async def until_held(sidecar: Any, *, held: bool) -> sidecar_pb2.WatchResponse:
    async for report in sidecar.watch():
        if report.held == held:
            return report
    raise AssertionError


async def test_a_pod_that_nobody_confirmed_starts_neither_job_nor_calibration_nor_driver(start_fenced: Start) -> None:
    sidecar = await start_fenced()
    for call in (sidecar.execute(), sidecar.manager.CalibrateDevice(pb.CalibrateDeviceRequest(device_id="probe:1"))):
        error = await refusal(call)
        assert error.code() is grpc.StatusCode.UNAVAILABLE
        assert "confirmed" in str(error.details())
        assert any(detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR) for detail in status_of(error).details)
    status = await sidecar.manager.GetDeviceStatus(pb.DeviceStatusRequest(device_id="probe:1"))
    assert (status.status, status.metadata["reason"]) == (pb.DEVICE_STATUS_OFFLINE, "Fenced")
    assert not (await told(sidecar)).held
    assert sidecar.ledger() == []


async def test_a_confirmed_pod_works_and_says_that_it_is_held(start_fenced: Start) -> None:
    sidecar = await start_fenced()
    async with confirmed(sidecar):
        report = await sidecar.until("Ready")
        assert report.held
        assert report.heartbeat_interval_sec == FENCE_SECONDS / 4
        assert (await sidecar.execute()).counts == {"0": 5}


async def test_a_lapse_ends_the_job_in_the_driver_and_a_new_confirmation_begins_anew(start_fenced: Start) -> None:
    sidecar = await start_fenced()
    async with confirmed(sidecar):
        await sidecar.until("Ready")
        running = sidecar.execute("running", block="true")
        waiting = sidecar.execute("waiting")
        await sidecar.noted("begin running")
    for call in (running, waiting):
        assert (await refusal(call)).code() is grpc.StatusCode.UNAVAILABLE
    await sidecar.noted("cancelled probe:1")
    report = await until_held(sidecar, held=False)
    assert report.metadata["reason"] == "Fenced"
    assert report.device.capabilities["max_qubits"] == "1"
    assert (await refusal(sidecar.execute("refused"))).code() is grpc.StatusCode.UNAVAILABLE
    async with confirmed(sidecar):
        await sidecar.until("Ready")
        assert (await sidecar.execute("after")).counts == {"0": 5}
    begun = [line for line in sidecar.ledger() if line.startswith(("initialize", "begin"))]
    assert begun == ["initialize", "begin running", "initialize", "begin after"]


async def check_its_job_ends_before_it_stops(sidecar: Any) -> None:
    await sidecar.until("Ready")
    running = sidecar.execute("running", seconds=str(2.5 * FENCE_SECONDS))
    await sidecar.noted("begin running")
    stopped = asyncio.create_task(sidecar.stop())
    assert (await running).counts == {"0": 5}
    assert await stopped == 0


async def test_a_pod_that_stops_is_confirmed_until_its_jobs_have_ended(start_fenced: Start) -> None:
    sidecar = await start_fenced()
    async with confirmed(sidecar):
        await check_its_job_ends_before_it_stops(sidecar)


async def test_a_pod_that_is_given_time_lets_its_jobs_take_it(start_fenced: Start) -> None:
    sidecar = await start_fenced(QDM_UNTOLD_GRACE_SECONDS="0")
    async with confirmed(sidecar, grace_seconds=60):
        await check_its_job_ends_before_it_stops(sidecar)


async def test_a_driver_that_ignores_the_lapse_is_killed_and_its_job_stays_unknown_on_hardware(
    start_fenced: Start,
) -> None:
    sidecar = await start_fenced({"driverConfig": {"repeatable": False}})
    async with confirmed(sidecar):
        await sidecar.until("Ready")
        running = sidecar.execute("running", job_id="j", stubborn="true")
        await sidecar.noted("begin running")
    assert (await refusal(running)).code() is grpc.StatusCode.ABORTED
    await until_held(sidecar, held=False)
    async with confirmed(sidecar):
        await sidecar.until("Ready")
        error = await refusal(sidecar.execute("running", job_id="j", stubborn="true"))
    assert error.code() is grpc.StatusCode.ABORTED
    assert sidecar.ledger().count("begin running") == 1


async def test_who_only_observes_or_acknowledges_nobody_holds_nothing_open(start_fenced: Start) -> None:
    sidecar = await start_fenced()
    observing = watch_sidecar(sidecar.channel, POD, observe=True)
    async with confirmed(sidecar, ""):
        reports = [await anext(observing) for _ in range(4)]
    assert [report.held for report in reports] == [False] * 4
    assert sidecar.ledger() == []


@pytest.mark.parametrize("instance", [POD, ""])
async def test_who_means_another_pod_is_refused_before_anything_is_told(start_sidecar: Start, instance: str) -> None:
    sidecar = await start_sidecar(until="Fenced" if instance else "Ready", QDM_INSTANCE=instance)
    stream = sidecar.internal.Watch()
    await stream.write(sidecar_pb2.WatchRequest(instance="of its predecessor"))
    error = await refusal(stream.read())
    assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert [report async for report in watch_sidecar(sidecar.channel, "of its predecessor")] == []


@pytest.mark.parametrize(
    ("then", "code"),
    [
        (sidecar_pb2.WatchRequest(instance="of its predecessor"), grpc.StatusCode.FAILED_PRECONDITION),
        (b"\xff\xff", grpc.StatusCode.INVALID_ARGUMENT),
    ],
)
async def test_a_stream_that_begins_well_and_goes_wrong_is_ended(
    start_fenced: Start, then: sidecar_pb2.WatchRequest | bytes, code: grpc.StatusCode
) -> None:
    sidecar = await start_fenced()
    stream: grpc.aio.StreamStreamCall[bytes, bytes]
    stream = sidecar.channel.stream_stream("/qdm.sidecar.v1.SidecarService/Watch")()
    await stream.write(sidecar_pb2.WatchRequest(instance=POD).SerializeToString())
    await stream.read()
    await stream.write(then if isinstance(then, bytes) else then.SerializeToString())

    async def to_the_end() -> None:
        while await stream.read() is not grpc.aio.EOF:
            pass
        raise AssertionError

    assert (await refusal(to_the_end())).code() is code


async def test_a_client_that_hangs_up_without_a_word_more_still_hears(start_fenced: Start) -> None:
    sidecar = await start_fenced()
    stream = sidecar.internal.Watch(iter([sidecar_pb2.WatchRequest()]))
    assert [(await stream.read()).held for _ in range(2)] == [False, False]
    stream.cancel()


async def test_a_candidate_configuration_is_checked_behind_a_closed_fence_too(start_fenced: Start) -> None:
    sidecar = await start_fenced()
    request = sidecar_pb2.ValidateRequest(driver_config_json='{"ledger": 3}')
    (violation,) = (await sidecar.internal.Validate(request)).violations
    assert violation.field == "driverConfig.ledger"
    assert sidecar.ledger() == []


async def test_it_stops_at_once_behind_a_closed_fence(start_fenced: Start) -> None:
    sidecar = await start_fenced()
    assert await sidecar.stop() == 0


async def test_what_a_pod_was_told_survives_its_container_and_ends_with_the_pod(start_fenced: Start) -> None:
    wanted = sidecar_pb2.SetAvailabilityRequest(availability=sidecar_pb2.AVAILABILITY_MAINTENANCE)
    sidecar = await start_fenced()
    assert (await told(sidecar)).availability == sidecar_pb2.AVAILABILITY_ONLINE
    await sidecar.internal.SetAvailability(wanted)
    assert (await told(sidecar)).availability == sidecar_pb2.AVAILABILITY_MAINTENANCE
    for instance, kept in (
        (POD, sidecar_pb2.AVAILABILITY_MAINTENANCE),
        ("its successor", sidecar_pb2.AVAILABILITY_ONLINE),
    ):
        sidecar.process.kill()
        sidecar.process.wait()
        sidecar = await start_fenced(instance=instance)
        assert (await told(sidecar)).availability == kept
