import asyncio
import json
import logging
import sys
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2, status_pb2

from qdm_common.logging import JsonFormatter
from qdm_common.metrics import GRPC_HANDLED, GRPC_SECONDS
from qdm_common.rpc import DRIVER_MANAGER
from qdm_driver import Code
from qdm_facade.relay import Answer
from qdm_facade.routes import Route
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2

ROUTE = Route("sim:a", "Simulator A", "unix:/run/secret.sock", "")
EXECUTE = pb.ExecuteCircuitRequest(job_id="job-1", device_id="sim:a", shots=1).SerializeToString()
EXECUTE_WITHOUT_ID = pb.ExecuteCircuitRequest(device_id="sim:a", shots=1).SerializeToString()
CALIBRATE = pb.CalibrateDeviceRequest(device_id="sim:a").SerializeToString()
FORWARDED = [("ExecuteCircuit", EXECUTE), ("CalibrateDevice", CALIBRATE)]
PARENT = "00-0123456789abcdef0123456789abcdef-0123456789abcdef-01"

NewContext = Callable[..., Any]


def report(device_id: str = "sim:a", *, repeatable: bool = True) -> sidecar_pb2.WatchResponse:
    device = pb.DeviceInfo(device_id=device_id, name="A", status=pb.DEVICE_STATUS_ONLINE, queue_depth=2)
    metadata = {"driver": "probe", "reason": "Ready"}
    return sidecar_pb2.WatchResponse(device=device, metadata=metadata, repeatable=repeatable)


def details(context: Any) -> dict[str, Any]:
    status = status_pb2.Status.FromString(dict(context.trailing)["grpc-status-details-bin"])
    assert (status.code, status.message) == (context.code.value[0], context.message)
    found = {}
    for packed in status.details:
        message = getattr(error_details_pb2, packed.type_url.rpartition(".")[2])()
        packed.Unpack(message)
        found[message.DESCRIPTOR.name] = message
    return found


@pytest.mark.parametrize(("method", "request_bytes"), FORWARDED)
async def test_bytes_metadata_and_deadline_pass_through(
    fake: Any, context: NewContext, method: str, request_bytes: bytes
) -> None:
    fake.fleet.update([ROUTE])
    initial, trailing = (("x-a", "1"),), (("x-b-bin", b"\x00\xff"),)
    fake.relay("sim:a").answers(Answer(grpc.StatusCode.OK, b"any \xff bytes", "", initial, trailing))
    theirs = (("x-eigen-sub", "alice"), ("tracestate", "v=1"), ("y-bin", b"\x01"))
    response, ended = await fake.call(method, request_bytes, context(metadata=theirs, remaining=12.5))
    assert response == b"any \xff bytes"
    assert (ended.code, ended.initial, ended.trailing) == (grpc.StatusCode.OK, initial, trailing)
    ((called, sent, timeout_seconds, metadata),) = fake.relay("sim:a").calls
    assert (called, sent, timeout_seconds) == (method, request_bytes, 12.5)
    assert tuple(metadata)[:-1] == theirs


@pytest.mark.parametrize(("remaining", "timeout_seconds"), [(None, None), (3.0, 3.0), (-0.1, 0.0), (9.2e9, 1e9)])
async def test_no_deadline_is_none_and_a_passed_one_is_zero(
    fake: Any, context: NewContext, remaining: float | None, timeout_seconds: float | None
) -> None:
    fake.fleet.update([ROUTE])
    fake.relay("sim:a").answers(Answer(grpc.StatusCode.OK, b""))
    await fake.call("ExecuteCircuit", EXECUTE, context(remaining=remaining))
    assert fake.relay("sim:a").calls[0][2] == timeout_seconds


@pytest.mark.parametrize(
    ("metadata", "trace_id"), [((("traceparent", PARENT),), PARENT[3:35]), ((("traceparent", "x"),), None), ((), None)]
)
async def test_the_callers_trace_is_continued_or_one_is_begun(
    fake: Any, context: NewContext, metadata: Any, trace_id: str | None
) -> None:
    fake.fleet.update([ROUTE])
    fake.relay("sim:a").answers(Answer(grpc.StatusCode.OK, b""))
    await fake.call("ExecuteCircuit", EXECUTE, context(metadata=metadata))
    ((key, value),) = fake.relay("sim:a").calls[0][3]
    version, trace, span, _flags = value.split("-")
    assert (key, version, len(trace), len(span)) == ("traceparent", "00", 32, 16)
    assert trace_id in {None, trace}
    assert span != PARENT[36:52]


async def test_a_sidecars_own_failure_passes_untouched(fake: Any) -> None:
    fake.fleet.update([ROUTE])
    trailing = (("grpc-status-details-bin", b"packed"), ("x-b", "2"))
    fake.relay("sim:a").answers(Answer(grpc.StatusCode.UNAVAILABLE, b"", "starting", (("x-a", "1"),), trailing))
    _, ended = await fake.call("ExecuteCircuit", EXECUTE)
    assert (ended.code, ended.message) == (grpc.StatusCode.UNAVAILABLE, "starting")
    assert (ended.initial, ended.trailing) == ((("x-a", "1"),), trailing)


async def test_many_large_requests_are_refused_before_they_end_the_facade(fake: Any) -> None:
    fake.fleet.update([ROUTE, replace(ROUTE, device_id="sim:b")])
    answered = asyncio.Event()

    async def reply() -> Answer:
        await answered.wait()
        return Answer(grpc.StatusCode.OK, b"counts")

    fake.relay("sim:a").reply = reply
    fake.relay("sim:b").answers(Answer(grpc.StatusCode.OK, b"counts"))
    large = pb.ExecuteCircuitRequest(device_id="sim:a", payload=pb.CircuitPayload(data=b"x" * 900))
    waiting = asyncio.ensure_future(fake.call("ExecuteCircuit", large.SerializeToString()))
    await asyncio.sleep(0)
    large.device_id = "sim:b"
    _, refused = await fake.call("ExecuteCircuit", large.SerializeToString())
    assert refused.code is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert details(refused)["RetryInfo"].retry_delay.seconds == 1
    small = pb.ExecuteCircuitRequest(device_id="sim:b").SerializeToString()
    assert (await fake.call("ExecuteCircuit", small))[0] == b"counts"
    answered.set()
    assert (await waiting)[0] == b"counts"
    assert (await fake.call("ExecuteCircuit", large.SerializeToString()))[0] == b"counts"


@pytest.mark.parametrize("device_id", ["sim:a", "sim:unknown"])
async def test_a_call_that_failed_keeps_its_circuit_no_longer(fake: Any, device_id: str) -> None:
    fake.fleet.update([ROUTE])
    fake.relay("sim:a").answers(Answer(grpc.StatusCode.INVALID_ARGUMENT, b"", "wrong"))
    payload = pb.CircuitPayload(data=b"x" * 900)
    request = pb.ExecuteCircuitRequest(device_id=device_id, payload=payload).SerializeToString()
    references = sys.getrefcount(request)
    _, ended = await fake.call("ExecuteCircuit", request)
    fake.relay("sim:a").calls.clear()
    ended.error.__traceback__ = ended.error.__traceback__.tb_next  # without the frame of the fixture
    assert ended.error.__traceback__ is not None
    assert sys.getrefcount(request) == references


@pytest.mark.parametrize(("method", "request_bytes"), FORWARDED)
async def test_a_broken_connection_is_unavailable_and_tells_when_to_retry(
    fake: Any, method: str, request_bytes: bytes
) -> None:
    fake.fleet.update([ROUTE])
    await fake.relay("sim:a").say(report())
    fake.relay("sim:a").answers(Answer(grpc.StatusCode.UNAVAILABLE, b"", "unix:/run/secret.sock: Socket closed"))
    _, ended = await fake.call(method, request_bytes)
    assert ended.code is grpc.StatusCode.UNAVAILABLE
    assert "secret" not in ended.message
    told = details(ended)
    assert 1000 <= told["RetryInfo"].retry_delay.ToMilliseconds() <= 2000
    assert (told["ErrorInfo"].domain, told["ErrorInfo"].reason) == ("eigen.driver_manager", "EIGEN_BACKEND_UNAVAILABLE")
    assert told["ErrorInfo"].metadata["device_id"] == "sim:a"
    assert told["ErrorInfo"].metadata["driver"] == "probe"


@pytest.mark.parametrize(
    ("method", "request_bytes", "repeatable", "code"),
    [
        ("ExecuteCircuit", EXECUTE, False, grpc.StatusCode.UNAVAILABLE),
        ("ExecuteCircuit", EXECUTE_WITHOUT_ID, True, grpc.StatusCode.UNAVAILABLE),
        ("ExecuteCircuit", EXECUTE_WITHOUT_ID, False, grpc.StatusCode.ABORTED),
        ("CalibrateDevice", CALIBRATE, True, grpc.StatusCode.UNAVAILABLE),
        ("CalibrateDevice", CALIBRATE, False, grpc.StatusCode.ABORTED),
    ],
)
async def test_a_lost_call_is_worth_a_retry_where_it_has_a_job_id_or_may_run_twice(
    fake: Any, method: str, request_bytes: bytes, *, repeatable: bool, code: grpc.StatusCode
) -> None:
    fake.fleet.update([ROUTE])
    await fake.relay("sim:a").say(report(repeatable=repeatable))
    fake.relay("sim:a").answers(Answer(grpc.StatusCode.UNAVAILABLE, b"", "Socket closed"))
    _, ended = await fake.call(method, request_bytes)
    assert ended.code is code
    assert ("RetryInfo" in details(ended)) == (code is grpc.StatusCode.UNAVAILABLE)


@pytest.mark.parametrize("told", ["silence", "another device"])
async def test_a_call_that_would_hang_or_go_astray_is_refused_without_a_try(fake: Any, told: str) -> None:
    fake.fleet.update([ROUTE])
    await fake.relay("sim:a").say(report("sim:a" if told == "silence" else "sim:b"))
    fake.clock.now += 11 if told == "silence" else 0
    _, ended = await fake.call("ExecuteCircuit", EXECUTE)
    assert ended.code is grpc.StatusCode.UNAVAILABLE
    assert 1000 <= details(ended)["RetryInfo"].retry_delay.ToMilliseconds() <= 2000
    assert fake.relay("sim:a").calls == []


@pytest.mark.parametrize(("method", "request_bytes"), FORWARDED)
async def test_a_device_without_a_sidecar_is_unavailable_says_so_and_is_listed(
    fake: Any, method: str, request_bytes: bytes
) -> None:
    fake.fleet.update([Route("sim:a", "Simulator A", "", "")])
    _, ended = await fake.call(method, request_bytes)
    assert ended.code is grpc.StatusCode.UNAVAILABLE
    assert 1000 <= details(ended)["RetryInfo"].retry_delay.ToMilliseconds() <= 2000
    response, _ = await fake.call("GetDeviceStatus", pb.DeviceStatusRequest(device_id="sim:a").SerializeToString())
    status = pb.DeviceStatusResponse.FromString(response)
    assert (status.status, status.metadata["reason"]) == (pb.DEVICE_STATUS_OFFLINE, "SidecarMissing")
    response, _ = await fake.call("ListDevices", b"")
    assert [device.name for device in pb.ListDevicesResponse.FromString(response).devices] == ["Simulator A"]


@pytest.mark.parametrize("told", ["nothing yet", "lost", "nothing for long"])
async def test_a_call_to_a_sidecar_that_may_be_back_is_tried(fake: Any, told: str) -> None:
    fake.fleet.update([ROUTE])
    relay = fake.relay("sim:a")
    if told == "lost":
        await relay.say(report())
        await relay.say(None)
    if told == "nothing for long":
        fake.clock.now += 99
    relay.answers(Answer(grpc.StatusCode.OK, b"here"))
    assert (await fake.call("ExecuteCircuit", EXECUTE))[0] == b"here"


REFUSED = {
    "execute, no id": ("ExecuteCircuit", pb.ExecuteCircuitRequest(), Code.INVALID_ARGUMENT),
    "calibrate, no id": ("CalibrateDevice", pb.CalibrateDeviceRequest(), Code.INVALID_ARGUMENT),
    "status, no id": ("GetDeviceStatus", pb.DeviceStatusRequest(), Code.INVALID_ARGUMENT),
    "execute, long id": ("ExecuteCircuit", pb.ExecuteCircuitRequest(device_id="x" * 9999), Code.INVALID_ARGUMENT),
    "execute, unknown id": ("ExecuteCircuit", pb.ExecuteCircuitRequest(device_id="sim:b"), Code.NOT_FOUND),
    "calibrate, unknown id": ("CalibrateDevice", pb.CalibrateDeviceRequest(device_id="sim:b"), Code.NOT_FOUND),
    "status, unknown id": ("GetDeviceStatus", pb.DeviceStatusRequest(device_id="sim:b"), Code.NOT_FOUND),
}


@pytest.mark.parametrize(("method", "message", "code"), REFUSED.values(), ids=REFUSED.keys())
async def test_no_device_is_refused_with_details(fake: Any, method: str, message: Any, code: Code) -> None:
    fake.fleet.update([ROUTE])
    _, ended = await fake.call(method, message.SerializeToString())
    assert ended.code.name == code.name
    told = details(ended)
    if code is Code.NOT_FOUND:
        assert told["ErrorInfo"].metadata["device_id"] == "sim:b"
    else:
        assert [violation.field for violation in told["BadRequest"].field_violations] == ["device_id"]


@pytest.mark.parametrize("method", ["ListDevices", "GetDeviceStatus", "ExecuteCircuit", "CalibrateDevice"])
async def test_bytes_that_are_no_protobuf_are_refused(fake: Any, method: str) -> None:
    _, ended = await fake.call(method, b"\xff\xff")
    assert ended.code is grpc.StatusCode.INVALID_ARGUMENT
    assert "BadRequest" in details(ended)


BEFORE_ANY_ROUTE = [
    *FORWARDED,
    ("ListDevices", b""),
    ("GetDeviceStatus", pb.DeviceStatusRequest(device_id="sim:a").SerializeToString()),
]


@pytest.mark.parametrize(("method", "request_bytes"), BEFORE_ANY_ROUTE)
async def test_no_device_is_denied_before_it_is_known_which_there_are(
    fake: Any, method: str, request_bytes: bytes
) -> None:
    _, ended = await fake.call(method, request_bytes)
    assert ended.code is grpc.StatusCode.UNAVAILABLE
    assert 1000 <= details(ended)["RetryInfo"].retry_delay.ToMilliseconds() <= 2000
    fake.fleet.update([])
    _, ended = await fake.call(method, request_bytes)
    assert ended.code is (grpc.StatusCode.OK if method == "ListDevices" else grpc.StatusCode.NOT_FOUND)


async def test_the_fleet_is_listed_in_order_from_memory(fake: Any) -> None:
    fake.fleet.update([Route(name, name.upper(), f"unix:/{name}", "") for name in ("c", "sim:a", "b")])
    await fake.relay("sim:a").say(report())
    response, _ = await fake.call("ListDevices", b"")
    devices = pb.ListDevicesResponse.FromString(response).devices
    assert [(device.device_id, device.status, device.HasField("queue_depth")) for device in devices] == [
        ("b", pb.DEVICE_STATUS_OFFLINE, False),
        ("c", pb.DEVICE_STATUS_OFFLINE, False),
        ("sim:a", pb.DEVICE_STATUS_ONLINE, True),
    ]


async def test_a_list_follows_what_a_sidecar_says_and_that_it_says_nothing(fake: Any) -> None:
    async def listed() -> tuple[int, int]:
        response, _ = await fake.call("ListDevices", b"")
        (device,) = pb.ListDevicesResponse.FromString(response).devices
        return device.status, device.queue_depth

    fake.fleet.update([ROUTE])
    assert await listed() == (pb.DEVICE_STATUS_OFFLINE, 0)
    await fake.relay("sim:a").say(report())
    assert await listed() == (pb.DEVICE_STATUS_ONLINE, 2)
    busier = report()
    busier.device.queue_depth = 3
    await fake.relay("sim:a").say(busier)
    assert await listed() == (pb.DEVICE_STATUS_ONLINE, 3)
    fake.clock.now += 99
    assert await listed() == (pb.DEVICE_STATUS_OFFLINE, 0)


async def test_a_known_device_always_has_a_status(fake: Any) -> None:
    fake.fleet.update([ROUTE])
    relay = fake.relay("sim:a")

    async def status() -> tuple[int, str]:
        response, ended = await fake.call(
            "GetDeviceStatus", pb.DeviceStatusRequest(device_id="sim:a").SerializeToString()
        )
        assert ended.code is grpc.StatusCode.OK
        message = pb.DeviceStatusResponse.FromString(response)
        return message.status, message.metadata["reason"]

    assert await status() == (pb.DEVICE_STATUS_OFFLINE, "SidecarStarting")
    await relay.say(report())
    assert await status() == (pb.DEVICE_STATUS_ONLINE, "Ready")
    fake.clock.now += 11
    assert await status() == (pb.DEVICE_STATUS_OFFLINE, "SidecarUnreachable")
    await relay.say(report())
    assert await status() == (pb.DEVICE_STATUS_ONLINE, "Ready")
    await relay.say(None)
    assert await status() == (pb.DEVICE_STATUS_OFFLINE, "SidecarUnreachable")


async def test_a_caller_who_leaves_takes_the_call_along(fake: Any) -> None:
    fake.fleet.update([ROUTE])
    began, cancelled = asyncio.Event(), asyncio.Event()

    async def forever() -> Answer:
        began.set()
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        raise AssertionError

    fake.relay("sim:a").reply = forever
    call = asyncio.create_task(fake.call("ExecuteCircuit", EXECUTE))
    await began.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert cancelled.is_set()


FAULTS = [RuntimeError("secret"), Answer(grpc.StatusCode.UNKNOWN, b"", "Unexpected <class 'KeyError'>: secret")]


@pytest.mark.parametrize("fault", FAULTS, ids=["a bug here", "a bug there"])
async def test_a_bug_is_internal_with_an_id_that_the_log_has_too(
    fake: Any, fault: Answer | Exception, caplog: pytest.LogCaptureFixture
) -> None:
    fake.fleet.update([ROUTE])
    fake.relay("sim:a").answers(fault)
    _, ended = await fake.call("ExecuteCircuit", EXECUTE)
    assert ended.code is grpc.StatusCode.INTERNAL
    assert "secret" not in ended.message
    error_id = details(ended)["ErrorInfo"].metadata["error_id"]
    assert any(error_id in record.getMessage() and "secret" in repr(record.exc_info) for record in caplog.records)


class Lines(logging.Handler):
    """Keeps the lines as they would be written."""

    def __init__(self) -> None:
        super().__init__()
        self.setFormatter(JsonFormatter("qdm-facade"))
        self.lines: list[dict[str, Any]] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(json.loads(self.format(record)))


async def test_only_calls_that_fail_here_are_logged_and_with_the_calls_fields(fake: Any, context: NewContext) -> None:
    fake.fleet.update([ROUTE])
    relay = fake.relay("sim:a")
    await relay.say(report())
    log, lines = logging.getLogger("qdm_facade.service"), Lines()
    log.addHandler(lines)
    log.setLevel(logging.INFO)
    try:
        relay.answers(Answer(grpc.StatusCode.OK, b""))
        await fake.call("ExecuteCircuit", EXECUTE)
        assert lines.lines == []
        relay.answers(Answer(grpc.StatusCode.UNAVAILABLE, b""))
        await fake.call("ExecuteCircuit", EXECUTE, context(metadata=(("traceparent", PARENT),)))
    finally:
        log.removeHandler(lines)
        log.setLevel(logging.NOTSET)
    (line,) = lines.lines
    fields = ("job_id", "device_id", "driver_name", "trace_id", "code")
    assert [line[field] for field in fields] == ["job-1", "sim:a", "probe", PARENT[3:35], "UNAVAILABLE"]


def handled(method: str, code: str) -> float:
    value: float = GRPC_HANDLED.labels(DRIVER_MANAGER, method, code)._value.get()
    return value


async def test_calls_are_counted_by_method_and_code_and_timed(fake: Any) -> None:
    fake.fleet.update([ROUTE])
    fake.relay("sim:a").answers(Answer(grpc.StatusCode.OK, b""))
    timed = GRPC_SECONDS.labels(DRIVER_MANAGER, "ExecuteCircuit")._sum
    before = [handled("ExecuteCircuit", "OK"), handled("ExecuteCircuit", "NOT_FOUND")], timed.get()
    await fake.call("ExecuteCircuit", EXECUTE)
    await fake.call("ExecuteCircuit", pb.ExecuteCircuitRequest(device_id="none").SerializeToString())
    after = [handled("ExecuteCircuit", "OK"), handled("ExecuteCircuit", "NOT_FOUND")]
    assert after == [count + 1 for count in before[0]]
    assert timed.get() > before[1]


@pytest.mark.parametrize(("remaining", "code"), [(None, "CANCELLED"), (5.0, "CANCELLED"), (0.0, "DEADLINE_EXCEEDED")])
async def test_a_call_that_is_cut_off_is_counted_as_what_cut_it(
    fake: Any, context: NewContext, remaining: float | None, code: str
) -> None:
    fake.fleet.update([ROUTE])
    began = asyncio.Event()

    async def forever() -> Answer:
        began.set()
        await asyncio.Event().wait()
        raise AssertionError

    fake.relay("sim:a").reply = forever
    before = handled("ExecuteCircuit", code)
    call = asyncio.create_task(fake.call("ExecuteCircuit", EXECUTE, context(remaining=remaining)))
    await began.wait()
    call.cancel()
    with pytest.raises(asyncio.CancelledError):
        await call
    assert handled("ExecuteCircuit", code) == before + 1
