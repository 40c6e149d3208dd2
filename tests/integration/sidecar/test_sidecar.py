import asyncio
import os
import signal
import sys
import urllib.request
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1.health_pb2 import HealthCheckRequest, HealthCheckResponse
from grpc_health.v1.health_pb2_grpc import HealthStub
from refused_calls import refusal

from qdm_common.rpc import status_of
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2

Start = Callable[..., Awaitable[Any]]


def process_gone(pid: int) -> asyncio.Future[None]:
    loop = asyncio.get_running_loop()
    descriptor, gone = os.pidfd_open(pid), loop.create_future()

    def ended() -> None:
        loop.remove_reader(descriptor)
        os.close(descriptor)
        gone.set_result(None)

    loop.add_reader(descriptor, ended)
    return gone


def parent_of(pid: int) -> int:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) for line in status.splitlines() if line.startswith("PPid:"))


def fetch(url: str) -> str:
    with urllib.request.urlopen(url) as page:  # noqa: S310 - the test's own URL
        return page.read().decode()


def details(error: grpc.aio.AioRpcError) -> dict[str, Any]:
    kinds = (
        error_details_pb2.ErrorInfo,
        error_details_pb2.RetryInfo,
        error_details_pb2.BadRequest,
        error_details_pb2.PreconditionFailure,
    )
    found: dict[str, Any] = {}
    for packed in status_of(error).details:
        for kind in kinds:
            message = kind()
            if packed.Unpack(message):
                found[kind.DESCRIPTOR.name] = message
    return found


async def test_a_circuit_is_run_and_the_driver_is_named(start_sidecar: Start) -> None:
    sidecar = await start_sidecar()
    response = await sidecar.execute(provider_profile="simulator")
    assert response.counts == {"0": 5}
    assert response.metadata["driver"] == "probe"


async def test_a_driver_that_crashes_costs_its_job_and_nothing_else(start_sidecar: Start) -> None:
    sidecar = await start_sidecar()
    error = await refusal(sidecar.execute(crash="true"))
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert details(error)["RetryInfo"].retry_delay.seconds == 1
    assert (await sidecar.execute()).counts == {"0": 5}


async def test_a_worker_killed_in_mid_job_costs_that_job_and_nothing_else(start_sidecar: Start) -> None:
    sidecar = await start_sidecar()
    pid = int((await sidecar.execute("first")).metadata["pid"])
    call = sidecar.execute("second", block="true")
    await sidecar.noted("begin second")
    os.kill(pid, signal.SIGKILL)
    assert (await refusal(call)).code() is grpc.StatusCode.UNAVAILABLE
    assert (await sidecar.execute()).metadata["pid"] != str(pid)


async def test_workers_come_back_when_the_server_they_fork_from_is_killed(start_sidecar: Start) -> None:
    sidecar = await start_sidecar()
    pid = int((await sidecar.execute()).metadata["pid"])
    gone = process_gone(pid)
    os.kill(parent_of(pid), signal.SIGKILL)
    await gone
    assert (await sidecar.execute()).metadata["pid"] != str(pid)


async def test_a_job_lost_on_hardware_is_aborted_and_not_run_again(start_sidecar: Start) -> None:
    sidecar = await start_sidecar({"driverConfig": {"repeatable": False}})
    for _ in range(2):
        error = await refusal(sidecar.execute("lost", job_id="j", crash="true"))
        assert error.code() is grpc.StatusCode.ABORTED
        assert details(error)["ErrorInfo"].reason == "EIGEN_BACKEND_OUTCOME_UNKNOWN"
    assert sidecar.ledger().count("begin lost") == 1


async def test_a_job_over_its_memory_is_refused_and_the_next_one_runs(start_sidecar: Start) -> None:
    sidecar = await start_sidecar()
    error = await refusal(sidecar.execute(hog_bytes=str(64 * 1024**3)))
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert details(error)["RetryInfo"].retry_delay.seconds == 5
    assert (await sidecar.execute()).counts == {"0": 5}


async def test_a_result_larger_than_any_message_is_refused_with_what_to_do(start_sidecar: Start) -> None:
    sidecar = await start_sidecar(QDM_MAX_MESSAGE_BYTES="70000")
    assert len((await sidecar.execute(told_bytes="60000")).metadata["told"]) == 60000
    error = await refusal(sidecar.execute(told_bytes="70000"))
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "ask for fewer shots" in (error.details() or "")
    assert details(error)["ErrorInfo"].reason == "EIGEN_BACKEND_CAPACITY"
    assert "RetryInfo" not in details(error)


@pytest.mark.parametrize("option", ["bug", "wrong_counts", "cancels_itself"])
async def test_a_bug_of_the_driver_is_internal_with_an_id_that_the_log_has(start_sidecar: Start, option: str) -> None:
    sidecar = await start_sidecar()
    error = await refusal(sidecar.execute(**{option: "true"}))
    assert error.code() is grpc.StatusCode.INTERNAL
    told = f"{error.details()} {status_of(error)}"
    assert "secret" not in told
    assert "Error:" not in told
    error_id = details(error)["ErrorInfo"].metadata["error_id"]
    assert [line["stack"] for line in sidecar.log() if line.get("error_id") == error_id]


async def test_a_cancelled_call_stops_the_driver_which_may_clean_up(start_sidecar: Start) -> None:
    sidecar = await start_sidecar()
    call = sidecar.execute("long", block="true")
    await sidecar.noted("begin long")
    call.cancel()
    await sidecar.noted("cancelled probe:1")
    assert (await sidecar.execute()).counts == {"0": 5}
    assert sidecar.ledger().count("initialize") == 1


async def test_a_driver_that_ignores_its_cancellation_is_replaced(start_sidecar: Start) -> None:
    sidecar = await start_sidecar()
    call = sidecar.execute("long", stubborn="true")
    await sidecar.noted("begin long")
    call.cancel()
    assert (await sidecar.execute()).counts == {"0": 5}
    assert sidecar.ledger().count("initialize") == 2


async def test_a_passed_deadline_stops_the_driver(start_sidecar: Start) -> None:
    sidecar = await start_sidecar()
    request = pb.ExecuteCircuitRequest(device_id="probe:1", shots=5, options={"block": "true"})
    request.payload.format, request.payload.data = pb.CIRCUIT_FORMAT_AQO_JSON, b"long"
    error = await refusal(sidecar.manager.ExecuteCircuit(request, timeout=0.5))
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    await sidecar.noted("cancelled probe:1")


async def test_the_devices_execution_limit_stops_the_driver_and_says_so(start_sidecar: Start) -> None:
    sidecar = await start_sidecar({"limits": {"executionSeconds": 1}})
    error = await refusal(sidecar.execute(block="true"))
    assert error.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert details(error)["ErrorInfo"].reason == "EIGEN_BACKEND_TIMEOUT"
    assert (await sidecar.execute()).counts == {"0": 5}


async def test_a_full_queue_refuses_and_its_depth_is_told(start_sidecar: Start) -> None:
    sidecar = await start_sidecar({"queue": {"maxDepth": 1}})
    running = sidecar.execute("running", block="true")
    await sidecar.noted("begin running")
    waiting = sidecar.execute("waiting")
    async for message in sidecar.watch():
        if message.device.queue_depth == 1:
            break
    error = await refusal(sidecar.execute("refused"))
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert "RetryInfo" in details(error)
    running.cancel()
    assert (await waiting).counts == {"0": 5}
    assert "begin refused" not in sidecar.ledger()


async def test_status_answers_while_a_job_runs(start_sidecar: Start) -> None:
    sidecar = await start_sidecar()
    running = sidecar.execute("running", block="true")
    await sidecar.noted("begin running")
    status = await sidecar.manager.GetDeviceStatus(pb.DeviceStatusRequest(device_id="probe:1"))
    assert status.status == pb.DEVICE_STATUS_ONLINE
    assert status.metadata["driver_version"] == "7.0"
    assert not status.HasField("estimated_wait_time")
    running.cancel()


async def test_a_repeated_job_joins_and_then_gets_the_stored_answer_also_after_a_restart(start_sidecar: Start) -> None:
    sidecar = await start_sidecar()
    first, second = sidecar.execute("once", job_id="j"), sidecar.execute("once", job_id="j")
    assert await first == await second
    assert await sidecar.stop() == 0
    restarted = await start_sidecar()
    assert (await restarted.execute("once", job_id="j")) == await first
    assert restarted.ledger().count("begin once") == 1


async def test_a_job_id_with_other_content_is_refused(start_sidecar: Start) -> None:
    sidecar = await start_sidecar()
    await sidecar.execute("one", job_id="j")
    error = await refusal(sidecar.execute("other", job_id="j"))
    assert error.code() is grpc.StatusCode.ALREADY_EXISTS
    assert details(error)["ErrorInfo"].metadata["job_id"] == "j"


async def test_a_job_that_is_being_cancelled_is_not_joined_but_run_again(start_sidecar: Start) -> None:
    sidecar = await start_sidecar({"limits": {"executionSeconds": 2}})
    leaving = sidecar.execute("again", job_id="j", stubborn="true")
    await sidecar.noted("begin again")
    leaving.cancel()
    await sidecar.noted("cancelled probe:1")
    staying = sidecar.execute("again", job_id="j", stubborn="true")
    assert (await refusal(staying)).code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert sidecar.ledger().count("begin again") == 2


async def test_a_joined_job_goes_on_when_one_of_its_callers_leaves(start_sidecar: Start) -> None:
    sidecar = await start_sidecar({"limits": {"executionSeconds": 1}})
    leaving = sidecar.execute("joint", job_id="j", block="true")
    await sidecar.noted("begin joint")
    staying = sidecar.execute("joint", job_id="j", block="true")
    await sidecar.manager.ListDevices(pb.ListDevicesRequest())  # by now the sidecar has seen the second call
    leaving.cancel()
    assert (await refusal(staying)).code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert sidecar.ledger().count("begin joint") == 1


async def test_calibration_waits_for_the_running_job_and_returns_a_reference(start_sidecar: Start) -> None:
    sidecar = await start_sidecar({"limits": {"executionSeconds": 1}})
    running = sidecar.execute("running", block="true")
    await sidecar.noted("begin running")
    calibration = sidecar.manager.CalibrateDevice(pb.CalibrateDeviceRequest(device_id="probe:1"))
    assert (await calibration).calibration_ref.startswith("qdm-artifact:sha256:")
    await refusal(running)
    assert sidecar.ledger()[-2:] == ["cancelled probe:1", "calibrate"]


@pytest.mark.parametrize(
    ("spec", "reason", "code", "words"),
    [
        ({"driverConfig": {"threads": 3}}, "ConfigInvalid", "FAILED_PRECONDITION", "driverConfig.threads"),
        ({"driverConfig": {"other_id": "x"}}, "ConfigInvalid", "FAILED_PRECONDITION", "'probe:1'"),
        ({"driverConfig": {"backend_down": True}}, "BackendUnavailable", "UNAVAILABLE", "does not answer"),
        ({"driverConfig": {"wrong_types": True}}, "DriverUnusable", "FAILED_PRECONDITION", "internal error"),
        ({"driver": "nonesuch"}, "DriverUnusable", "FAILED_PRECONDITION", "no driver 'nonesuch' is installed"),
        ({"driver": "unimportable"}, "DriverUnusable", "FAILED_PRECONDITION", "'unimportable' cannot be loaded"),
    ],
)
async def test_a_device_that_cannot_work_says_why_and_keeps_serving_its_status(
    start_sidecar: Start, spec: dict[str, object], reason: str, code: str, words: str
) -> None:
    sidecar = await start_sidecar(spec, until=reason)
    status = await sidecar.manager.GetDeviceStatus(pb.DeviceStatusRequest(device_id="probe:1"))
    assert words in status.metadata["message"]
    error = await refusal(sidecar.execute())
    assert error.code().name == code
    assert words in (error.details() or "")


async def test_a_refused_secret_is_shown_nowhere(start_sidecar: Start) -> None:
    sidecar = await start_sidecar({"driverConfig": {"token": "HUSH-7"}}, until="ConfigInvalid")
    status = await sidecar.manager.GetDeviceStatus(pb.DeviceStatusRequest(device_id="probe:1"))
    assert "driverConfig.token" in status.metadata["message"]
    assert "HUSH-7" not in f"{status} {(sidecar.folder / 'log').read_text()}"


async def test_a_candidate_configuration_is_checked_without_being_applied(start_sidecar: Start) -> None:
    sidecar = await start_sidecar()
    good = sidecar_pb2.ValidateRequest(driver_config_json='{"ledger": "/tmp/x"}')
    bad = sidecar_pb2.ValidateRequest(driver_config_json='{"ledger": 3, "more": 1}')
    assert not (await sidecar.internal.Validate(good)).violations
    fields = [violation.field for violation in (await sidecar.internal.Validate(bad)).violations]
    assert fields == ["driverConfig.ledger", "driverConfig.more"]
    for text in ("{", "[]", '"x"'):
        error = await refusal(sidecar.internal.Validate(sidecar_pb2.ValidateRequest(driver_config_json=text)))
        assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert sidecar.ledger() == ["initialize"]


async def test_availability_changes_without_a_restart_and_lets_running_jobs_end(start_sidecar: Start) -> None:
    sidecar = await start_sidecar({"limits": {"executionSeconds": 1}})
    running = sidecar.execute("running", block="true")
    await sidecar.noted("begin running")
    await sidecar.internal.SetAvailability(
        sidecar_pb2.SetAvailabilityRequest(availability=sidecar_pb2.AVAILABILITY_MAINTENANCE)
    )
    error = await refusal(sidecar.execute())
    assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert details(error)["PreconditionFailure"].violations[0].type == "DEVICE_MAINTENANCE"
    assert (await refusal(running)).code() is grpc.StatusCode.DEADLINE_EXCEEDED
    await sidecar.internal.SetAvailability(
        sidecar_pb2.SetAvailabilityRequest(availability=sidecar_pb2.AVAILABILITY_ONLINE)
    )
    assert (await sidecar.execute()).counts == {"0": 5}
    assert sidecar.ledger().count("initialize") == 1


async def test_in_maintenance_a_repeat_joins_its_running_job_and_then_gets_the_stored_answer(
    start_sidecar: Start,
) -> None:
    sidecar = await start_sidecar()
    first = sidecar.execute("once", job_id="j", seconds="1")
    await sidecar.noted("begin once")
    await sidecar.internal.SetAvailability(
        sidecar_pb2.SetAvailabilityRequest(availability=sidecar_pb2.AVAILABILITY_MAINTENANCE)
    )
    joined = await sidecar.execute("once", job_id="j", seconds="1")
    assert joined == await first == await sidecar.execute("once", job_id="j", seconds="1")
    assert (await refusal(sidecar.execute("new", job_id="k"))).code() is grpc.StatusCode.FAILED_PRECONDITION
    assert sidecar.ledger().count("begin once") == 1


async def test_a_watch_sends_at_once_and_then_a_heartbeat(start_sidecar: Start) -> None:
    sidecar = await start_sidecar(QDM_HEARTBEAT_SECONDS="0.2")
    stream = sidecar.watch()
    first, second = await anext(stream), await anext(stream)
    assert 0 < first.beat < second.beat
    first.beat = second.beat
    assert first == second
    assert first.heartbeat_interval_sec == 0.2


async def test_a_first_start_with_a_wrong_configuration_serves_its_status_and_checks_others(
    start_sidecar: Start,
) -> None:
    sidecar = await start_sidecar({"driverConfig": {"threads": 3}}, until="ConfigInvalid")
    report = await anext(sidecar.watch())
    assert not report.config_valid
    assert "driverConfig.threads" in report.metadata["message"]
    good = sidecar_pb2.ValidateRequest(driver_config_json='{"ledger": "/tmp/x"}')
    bad = sidecar_pb2.ValidateRequest(driver_config_json='{"ledger": "/tmp/x", "colour": 1}')
    assert not (await sidecar.internal.Validate(good)).violations
    (violation,) = (await sidecar.internal.Validate(bad)).violations
    assert violation.field == "driverConfig.colour"


async def test_when_it_last_calibrated_is_told_and_known_after_a_restart(start_sidecar: Start) -> None:
    sidecar = await start_sidecar()
    assert not (await anext(sidecar.watch())).HasField("last_calibration")
    began = datetime.now(UTC)
    await sidecar.manager.CalibrateDevice(pb.CalibrateDeviceRequest(device_id="probe:1"))
    report = await anext(sidecar.watch())
    assert began <= report.last_calibration.ToDatetime(UTC) <= datetime.now(UTC)
    await sidecar.stop()
    assert (await anext((await start_sidecar()).watch())).last_calibration == report.last_calibration


async def test_sigterm_lets_the_running_job_end_and_leaves_no_process(start_sidecar: Start) -> None:
    sidecar = await start_sidecar({"limits": {"executionSeconds": 2}})
    gone = process_gone(int((await sidecar.execute("first")).metadata["pid"]))
    running = sidecar.execute("running", block="true")
    await sidecar.noted("begin running")
    exit_code = asyncio.create_task(sidecar.stop())
    assert (await refusal(running)).code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert await exit_code == 0
    await gone


async def test_at_a_stop_jobs_that_wait_are_refused_at_once_and_the_running_one_ends(start_sidecar: Start) -> None:
    sidecar = await start_sidecar(QDM_GRACE_SECONDS="60")
    running = sidecar.execute("running", seconds="2")
    await sidecar.noted("begin running")
    waiting = sidecar.execute("waiting", job_id="j")
    async for message in sidecar.watch():
        if message.device.queue_depth == 1:
            break
    exit_code = asyncio.create_task(sidecar.stop())
    error = await refusal(waiting)
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert "RetryInfo" in details(error)
    assert not running.done()
    assert (await running).counts == {"0": 5}
    assert await exit_code == 0
    assert "begin waiting" not in sidecar.ledger()


async def test_a_job_that_outlives_the_grace_is_cancelled_in_its_driver_and_told_unavailable(
    start_sidecar: Start,
) -> None:
    sidecar = await start_sidecar(QDM_GRACE_SECONDS="0")
    running = sidecar.execute("running", block="true")
    await sidecar.noted("begin running")
    exit_code = asyncio.create_task(sidecar.stop())
    error = await refusal(running)
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert "RetryInfo" in details(error)
    assert await exit_code == 0
    assert sidecar.ledger()[-1] == "cancelled probe:1"


async def test_jobs_get_the_longest_grace_only_where_somebody_says_that_the_pod_is_given_it(
    start_sidecar: Start,
) -> None:
    sidecar = await start_sidecar(QDM_GRACE_SECONDS="600", QDM_UNTOLD_GRACE_SECONDS="0")
    running = sidecar.execute("running", block="true")
    await sidecar.noted("begin running")
    exit_code = asyncio.create_task(sidecar.stop())
    assert (await refusal(running)).code() is grpc.StatusCode.UNAVAILABLE
    assert await exit_code == 0
    assert sidecar.ledger()[-1] == "cancelled probe:1"


BROKEN = """
import asyncio
from qdm_sidecar import driver_life, main

async def keep_fresh(pool, queue):
    while queue.idle:
        await asyncio.sleep(0.01)
    raise KeyError("a bug")

driver_life.keep_fresh = keep_fresh
main.main()
"""


async def test_a_sidecar_whose_background_work_ends_by_an_error_says_so_and_ends(start_sidecar: Start) -> None:
    sidecar = await start_sidecar(program=BROKEN, QDM_GRACE_SECONDS="60")
    calls = [sidecar.execute(block="true"), sidecar.execute()]
    for call in calls:
        assert (await refusal(call)).code() is grpc.StatusCode.UNAVAILABLE
    assert await asyncio.to_thread(sidecar.process.wait) == 1
    assert [line["level"] for line in sidecar.log() if "KeyError: 'a bug'" in line.get("stack", "")] == ["ERROR"]


async def test_a_client_that_watches_the_health_holds_up_no_stop(start_sidecar: Start) -> None:
    sidecar = await start_sidecar(QDM_GRACE_SECONDS="60")
    health = HealthStub(sidecar.channel).Watch(HealthCheckRequest())  # type: ignore[attr-defined]
    assert (await health.read()).status == HealthCheckResponse.SERVING
    assert await sidecar.stop() == 0


async def test_a_sidecar_that_is_killed_takes_its_workers_with_it(start_sidecar: Start) -> None:
    sidecar = await start_sidecar()
    gone = process_gone(int((await sidecar.execute()).metadata["pid"]))
    sidecar.execute("running", stubborn="true")
    await sidecar.noted("begin running")
    sidecar.process.kill()
    await gone


@pytest.mark.parametrize("end", [{"stubborn": "true"}, {"crash": "true"}])
async def test_what_a_driver_started_ends_with_its_process(start_sidecar: Start, end: dict[str, str]) -> None:
    sidecar = await start_sidecar({"limits": {"executionSeconds": 1}})
    ended = sidecar.execute(helper="true", **end)
    while not (helpers := [line for line in sidecar.ledger() if line.startswith("helper ")]):  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    helper = int(helpers[0].split()[1])
    assert os.getsid(helper) == os.getsid(sidecar.process.pid)  # where qdm up finds it if the sidecar is killed
    gone = process_gone(helper)
    await refusal(ended)
    await gone


async def test_what_a_driver_prints_never_reaches_standard_output(
    start_sidecar: Start, capfd: pytest.CaptureFixture[str]
) -> None:
    sidecar = await start_sidecar()
    await sidecar.execute()
    assert not capfd.readouterr().out


async def test_every_line_about_a_call_names_job_device_driver_and_trace(start_sidecar: Start) -> None:
    sidecar = await start_sidecar()
    trace_id = "0123456789abcdef0123456789abcdef"
    request = pb.ExecuteCircuitRequest(job_id="j-7", device_id="probe:1", shots=5, options={"bug": "true"})
    request.payload.format, request.payload.data = pb.CIRCUIT_FORMAT_AQO_JSON, b"x"
    metadata = (("traceparent", f"00-{trace_id}-0123456789abcdef-01"),)
    await refusal(sidecar.manager.ExecuteCircuit(request, metadata=metadata))
    lines = [line for line in sidecar.log() if line.get("trace_id") == trace_id]
    assert {line["logger"] for line in lines} == {"qdm_sidecar.service", "qdm_common.status"}
    for line in lines:
        assert (line["job_id"], line["device_id"], line["driver_name"]) == ("j-7", "probe:1", "probe")


async def test_a_job_id_over_its_limit_is_refused_and_logged_no_longer_than_the_limit(start_sidecar: Start) -> None:
    sidecar = await start_sidecar()
    error = await refusal(sidecar.execute(job_id="j" * 100_000))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    (line,) = [line for line in sidecar.log() if line.get("stage") == "execute_circuit"]
    assert line["job_id"] == "j" * 256


async def test_bytes_that_are_no_protobuf_are_refused(start_sidecar: Start) -> None:
    sidecar = await start_sidecar()
    call = sidecar.channel.unary_unary("/eigen.internal.v1.DriverManagerService/ExecuteCircuit")
    error = await refusal(call(b"\xff\xff\xff"))
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert "BadRequest" in details(error)
    assert (await sidecar.execute()).counts == {"0": 5}


async def test_a_sidecar_with_a_wrong_device_file_says_which_variable(tmp_path: Path) -> None:
    file = tmp_path / "device.json"
    file.write_text('{"deviceId": "x", "driver": "probe", "concurrency": 0}')
    environment = os.environ | {"QDM_DEVICE_FILE": str(file), "QDM_DATA_DIR": str(tmp_path)}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-c",
        "from qdm_sidecar.main import main; main()",
        env=environment,
        stderr=asyncio.subprocess.PIPE,
    )
    _, stderr = await process.communicate()
    assert process.returncode == 2
    assert stderr.decode() == "QDM_DEVICE_FILE: the file.concurrency: Input should be greater than or equal to 1\n"


async def metrics_of(sidecar: Any) -> list[str]:
    """The lines of /metrics."""
    told = [line["message"] for line in sidecar.log()]
    (address,) = [message.removeprefix("metrics on ") for message in told if message.startswith("metrics on ")]
    return (await asyncio.to_thread(fetch, f"http://{address}/metrics")).splitlines()


async def test_metrics_count_requests_by_driver_and_outcome_and_tell_the_wait(start_sidecar: Start) -> None:
    sidecar = await start_sidecar()
    await sidecar.execute()
    await refusal(sidecar.execute(bug="true"))
    lines = await metrics_of(sidecar)
    labels = 'device_id="probe:1",driver="probe"'
    for sample in (
        f'eigen_driver_requests_total{{code="OK",{labels},op="execute_circuit"}} 1.0',
        f'eigen_driver_requests_total{{code="INTERNAL",{labels},op="execute_circuit"}} 1.0',
        f'eigen_driver_request_duration_seconds_count{{{labels},op="execute_circuit"}} 2.0',
        f"eigen_driver_backend_wait_seconds_count{{{labels}}} 2.0",
        f"eigen_driver_queue_depth{{{labels}}} 0.0",
        f'eigen_driver_gauge{{{labels},name="calls"}} 3.0',
    ):
        assert sample in lines
    assert not any("job_id" in line for line in lines)


async def test_a_sidecar_serves_no_metrics_of_the_facade(start_sidecar: Start) -> None:
    sidecar = await start_sidecar()
    assert not any("qdm_facade" in line for line in await metrics_of(sidecar))
