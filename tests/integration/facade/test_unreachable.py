import asyncio
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from refused_calls import refusal

from qdm_common.rpc import status_of
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb

Start = Callable[..., Awaitable[Any]]
Make = Callable[[str], Any]

EXECUTE = b"\x0a\x01j\x12\x01a\x20\x01"
EXECUTE_WITHOUT_ID = b"\x12\x01a\x20\x01"
SILENT_SIDECAR = Path(__file__).with_name("silent_sidecar.py")


async def assert_unavailable(call: Awaitable[object]) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    error = raised.value
    assert error.code() is grpc.StatusCode.UNAVAILABLE
    assert not any(word in str(error.details()) for word in ("unix", "socket", "Socket", "/"))
    retry, info = error_details_pb2.RetryInfo(), error_details_pb2.ErrorInfo()
    assert any(detail.Unpack(retry) for detail in status_of(error).details)
    assert any(detail.Unpack(info) for detail in status_of(error).details)
    assert 1000 <= retry.retry_delay.ToMilliseconds() <= 2000
    assert (info.metadata["device_id"], info.metadata["job_id"]) == ("a", "j")


async def assert_unknown(call: Awaitable[object]) -> None:
    error = await refusal(call)
    assert error.code() is grpc.StatusCode.ABORTED
    assert error.details() == "the device's sidecar went away during the call, which may or may not have run"


async def test_a_sidecar_that_is_up_serves_the_first_call(start_facade: Start, played: Make) -> None:
    sidecar = played("a")
    sidecar.talking.clear()
    await sidecar.start()
    facade = await start_facade({"a": sidecar.address})
    assert await facade.call("ExecuteCircuit", EXECUTE) == EXECUTE


async def test_a_sidecar_that_is_not_there_is_unavailable_until_it_is(start_facade: Start, played: Make) -> None:
    sidecar = played("a")
    facade = await start_facade({"a": sidecar.address})
    await assert_unavailable(facade.call("ExecuteCircuit", EXECUTE))
    status = await facade.status("a")
    assert (status.status, status.metadata["reason"]) == (pb.DEVICE_STATUS_OFFLINE, "SidecarStarting")
    assert not status.HasField("queue_depth")
    await sidecar.start()
    await facade.until("a", "Ready")
    assert await facade.call("ExecuteCircuit", EXECUTE) == EXECUTE


async def test_a_sidecar_that_goes_and_comes_back_is_served_again(start_facade: Start, played: Make) -> None:
    sidecar, other = played("a"), played("b")
    await sidecar.start()
    await other.start()
    facade = await start_facade({"a": sidecar.address, "b": other.address})
    await facade.until("a", "Ready")
    await facade.until("b", "Ready")
    await sidecar.stop()
    status = await facade.until("a", "SidecarUnreachable")
    assert status.status == pb.DEVICE_STATUS_OFFLINE
    assert status.metadata["driver"] == "played"
    await assert_unavailable(facade.call("ExecuteCircuit", EXECUTE))
    assert (await facade.status("b")).status == pb.DEVICE_STATUS_ONLINE
    listed = pb.ListDevicesResponse.FromString(await facade.call("ListDevices", b"")).devices
    assert [(device.device_id, device.status) for device in listed] == [
        ("a", pb.DEVICE_STATUS_OFFLINE),
        ("b", pb.DEVICE_STATUS_ONLINE),
    ]
    await sidecar.start()
    await facade.until("a", "Ready")
    assert await facade.call("ExecuteCircuit", EXECUTE) == EXECUTE


async def test_an_address_that_accepts_and_says_nothing_is_unavailable(start_facade: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as deaf:
        facade = await start_facade({"a": f"127.0.0.1:{deaf.getsockname()[1]}"})
        await assert_unavailable(facade.call("ExecuteCircuit", EXECUTE))
        assert (await facade.status("a")).metadata["reason"] == "SidecarStarting"


async def test_silence_is_noticed_and_calls_do_not_hang_in_it(start_facade: Start, played: Make) -> None:
    sidecar = played("a")
    await sidecar.start()
    facade = await start_facade({"a": sidecar.address}, QDM_SILENCE_SECONDS="0.5")
    await facade.until("a", "Ready")
    sidecar.talking.clear()
    await facade.until("a", "SidecarUnreachable")
    await assert_unavailable(facade.call("ExecuteCircuit", EXECUTE))
    assert sidecar.requests == []
    sidecar.talking.set()
    await facade.until("a", "Ready")
    assert await facade.call("ExecuteCircuit", EXECUTE) == EXECUTE


@pytest.mark.parametrize(
    ("request_bytes", "told"), [(EXECUTE, assert_unavailable), (EXECUTE_WITHOUT_ID, assert_unknown)]
)
async def test_a_call_whose_sidecar_is_killed_is_tried_again_only_where_its_job_id_tells_what_became_of_it(
    start_facade: Start, tmp_path: Path, request_bytes: bytes, told: Callable[[Awaitable[object]], Awaitable[None]]
) -> None:
    address = f"unix:{tmp_path}/k"
    with subprocess.Popen([sys.executable, SILENT_SIDECAR, "a", address], stdout=subprocess.PIPE) as process:  # noqa: ASYNC220
        try:
            facade = await start_facade({"a": address})
            await facade.until("a", "Ready")
            call = asyncio.ensure_future(facade.call("ExecuteCircuit", request_bytes))
            assert process.stdout is not None
            assert await asyncio.to_thread(process.stdout.readline) == b"called\n"
        finally:
            process.kill()
        await told(call)
        await facade.until("a", "SidecarUnreachable")
