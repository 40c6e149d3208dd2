"""Real sidecars and a real facade, on Unix sockets in a folder of their own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import grpc

from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.eigen.internal.v1.driver_manager_pb2_grpc import DriverManagerServiceStub

DRIVERS = Path(__file__).parent / "drivers"
LARGEST_MESSAGE = 72 * 2**20
OPTIONS = [("grpc.max_receive_message_length", LARGEST_MESSAGE), ("grpc.use_local_subchannel_pool", 1)]


@dataclass(frozen=True, slots=True)
class Fleet:
    """Where a facade and, by device id, its sidecars listen; and their processes."""

    facade: str
    sidecars: Mapping[str, str]
    facade_pid: int
    sidecar_pids: Mapping[str, int]


@contextmanager
def running(drivers: Mapping[str, str], memory_bytes: int = 4 * 2**30) -> Iterator[Fleet]:
    """Starts a sidecar a device, given each one's driver, with so much memory, and a facade; waits until all are up."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        sidecars = {device: f"unix:{folder}/{number}.s" for number, device in enumerate(drivers)}
        pids = {}
        for number, (device, driver) in enumerate(drivers.items()):
            file = folder / f"{number}.json"
            queue = {"maxDepth": 1_000}  # no call of a measurement is refused
            file.write_text(json.dumps({"deviceId": device, "displayName": device, "driver": driver, "queue": queue}))
            settings = {
                "QDM_LISTEN": sidecars[device],
                "QDM_DEVICE_FILE": str(file),
                "QDM_DATA_DIR": str(folder / f"{number}.data"),
                "QDM_PLUGINS_DIR": str(DRIVERS),
                "QDM_MEMORY_BYTES": str(memory_bytes),
            }
            pids[device] = stack.enter_context(server("qdm_sidecar", settings))
        facade, facade_pid = stack.enter_context(facade_of(sidecars, folder))
        for device, address in sidecars.items():
            wait_until_online(address, device)
            wait_until_online(facade, device)
        yield Fleet(facade, sidecars, facade_pid, pids)


@contextmanager
def facade_of(sidecars: Mapping[str, str], folder: Path) -> Iterator[tuple[str, int]]:
    """Starts a facade for the sidecars, whose addresses are given by device id; yields its address and process."""
    facade = f"unix:{folder}/facade.s"
    routes = folder / "routes.json"
    entries = [{"device_id": device, "address": address} for device, address in sidecars.items()]
    routes.write_text(json.dumps({"routes": entries}))
    settings = {"QDM_LISTEN": facade, "QDM_ROUTES_FILE": str(routes), "QDM_DRAIN_SECONDS": "0"}
    with server("qdm_facade", settings) as pid:
        yield facade, pid


@contextmanager
def server(package: str, settings: Mapping[str, str]) -> Iterator[int]:
    """Runs one of the servers until the block is left; yields its process."""
    environment = {**os.environ, "QDM_METRICS_LISTEN": "127.0.0.1:0", "QDM_LOG_LEVEL": "WARNING", **settings}
    with program([sys.executable, "-c", f"from {package}.main import main; main()"], environment) as process:
        yield process.pid


@contextmanager
def program(
    command: Sequence[str | Path], environment: Mapping[str, str], *, stdout: int | None = None
) -> Iterator[subprocess.Popen[str]]:
    """Runs a program until the block is left."""
    process = subprocess.Popen(command, env=environment, stdout=stdout, text=True)
    try:
        yield process
    finally:
        process.terminate()
        process.wait()


def worker_of(sidecar: int) -> int:
    """Returns the process that runs a sidecar's driver: the child of its forkserver."""
    grandchildren = [pid for child in _children(sidecar) for pid in _children(child)]
    (worker,) = grandchildren
    return worker


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def forget_peak(pid: int) -> None:
    """Lets the peak of a process' memory begin anew (proc_pid_clear_refs(5))."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def peak_bytes(pid: int) -> int:
    """Returns how much memory of a process was in RAM at most."""
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) * 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


def cpu_seconds(pid: int) -> float:
    """Returns for how long all threads of a process were on a processor so far."""
    tasks = Path(f"/proc/{pid}/task").glob("*/schedstat")
    return sum(int(task.read_text().split()[0]) for task in tasks) / 1e9


def resident_bytes(pid: int) -> int:
    """Returns how much memory of a process is in RAM now."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def wait_until_online(address: str, device: str) -> None:
    """Waits until the server there says that the device is online."""
    with grpc.insecure_channel(address, OPTIONS) as channel:
        manager = DriverManagerServiceStub(channel)
        request = pb.DeviceStatusRequest(device_id=device)
        while True:
            try:
                if manager.GetDeviceStatus(request, wait_for_ready=True).status == pb.DEVICE_STATUS_ONLINE:
                    return
            except grpc.RpcError as error:
                if error.code() is not grpc.StatusCode.NOT_FOUND:
                    raise
            time.sleep(0.05)
