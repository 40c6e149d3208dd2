"""A driver whose module hangs, or ends its process, is told as unusable and holds up nothing."""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest

from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2

Start = Callable[..., Awaitable[Any]]

IMPATIENT = """
from qdm_sidecar import main, worker_pool

worker_pool._START_SECONDS = 2
main.main()
"""


async def message_of(sidecar: Any) -> str:
    status = await sidecar.manager.GetDeviceStatus(pb.DeviceStatusRequest(device_id="probe:1"))
    return str(status.metadata["message"])


def read(note: Path) -> str:
    return note.read_text() if note.exists() else ""


async def importing(note: Path) -> int:
    """Waits until the driver is being imported and returns the process that does it."""
    while not (pid := read(note)):  # noqa: ASYNC110 - a file is all that two processes share here
        await asyncio.sleep(0.01)
    return int(pid)


def gone(pid: int) -> bool:
    return not Path(f"/proc/{pid}").exists()


async def test_a_driver_whose_module_ends_its_process_is_told(start_sidecar: Start) -> None:
    sidecar = await start_sidecar({"driver": "leaving"}, until="DriverUnusable")
    assert "importing the driver may have ended it" in await message_of(sidecar)
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await sidecar.internal.Validate(sidecar_pb2.ValidateRequest(driver_config_json="{}"))
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
    assert await sidecar.stop() == 0


@pytest.mark.parametrize(
    ("ending", "told"),
    [
        ("os._exit(3)", "(exit code 3)"),
        ("os.kill(os.getpid(), 9)", "(SIGKILL, perhaps for want of memory)"),
        ("os.kill(os.getpid(), 11)", "(SIGSEGV)"),
    ],
)
async def test_how_a_module_ended_its_process_is_told_and_logged_in_one_line(
    start_sidecar: Start, tmp_path: Path, ending: str, told: str
) -> None:
    (tmp_path / "ending_driver.py").write_text(f"import os\n{ending}\n")
    sidecar = await start_sidecar({"driver": "ending"}, until="DriverUnusable", QDM_PLUGINS_DIR=str(tmp_path))
    assert told in await message_of(sidecar)
    logged = [line for line in sidecar.log() if "can be started" in line["message"]]
    assert len(logged) >= 2
    assert all(told in line["message"] for line in logged)
    assert not [line for line in sidecar.log() if "stack" in line]


async def test_a_driver_whose_module_hangs_is_told_and_tried_again_and_holds_up_no_stop(
    start_sidecar: Start, tmp_path: Path
) -> None:
    note = tmp_path / "note"
    sidecar = await start_sidecar(
        {"driver": "hanging"}, program=IMPATIENT, until="DriverUnusable", HANGING_DRIVER_NOTE=str(note)
    )
    assert "its module may hang" in await message_of(sidecar)
    first = await importing(note)
    note.unlink()
    second = await importing(note)
    assert second != first
    assert await sidecar.stop() == 0
    assert gone(first)
    assert gone(second)


@pytest.mark.parametrize("instance", ["", "never-confirmed"])
async def test_a_check_of_a_configuration_that_waits_for_such_a_module_holds_up_no_stop(
    start_sidecar: Start, tmp_path: Path, instance: str
) -> None:
    note = tmp_path / "note"
    sidecar = await start_sidecar(
        {"driver": "hanging"},
        until="Fenced" if instance else "SidecarStarting",
        HANGING_DRIVER_NOTE=str(note),
        QDM_INSTANCE=instance,
        QDM_GRACE_SECONDS="0",
    )
    call = sidecar.internal.Validate(sidecar_pb2.ValidateRequest(driver_config_json="{}"))
    pid = await importing(note)
    assert await sidecar.stop() == 0
    assert gone(pid)
    call.cancel()
