"""Real sidecars and a real facade, on Unix sockets in a folder of their own."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
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
    """Where a facade and, by device id, its sidecars listen."""

    facade: str
    sidecars: Mapping[str, str]


@contextmanager
def running(drivers: Mapping[str, str]) -> Iterator[Fleet]:
    """Starts a sidecar a device, given each one's driver, and a facade; waits until all are online."""
    with TemporaryDirectory() as name, ExitStack() as stack:
        folder = Path(name)
        sidecars = {device: f"unix:{folder}/{number}.s" for number, device in enumerate(drivers)}
        for number, (device, driver) in enumerate(drivers.items()):
            file = folder / f"{number}.json"
            file.write_text(json.dumps({"deviceId": device, "displayName": device, "driver": driver}))
            settings = {
                "QDM_LISTEN": sidecars[device],
                "QDM_DEVICE_FILE": str(file),
                "QDM_DATA_DIR": str(folder / f"{number}.data"),
                "QDM_PLUGINS_DIR": str(DRIVERS),
                "QDM_MEMORY_BYTES": str(4 * 2**30),
            }
            stack.enter_context(program("qdm_sidecar", settings))
        facade = f"unix:{folder}/facade.s"
        routes = folder / "routes.json"
        entries = [{"device_id": device, "address": address} for device, address in sidecars.items()]
        routes.write_text(json.dumps({"routes": entries}))
        settings = {"QDM_LISTEN": facade, "QDM_ROUTES_FILE": str(routes), "QDM_DRAIN_SECONDS": "0"}
        stack.enter_context(program("qdm_facade", settings))
        for device, address in sidecars.items():
            wait_until_online(address, device)
            wait_until_online(facade, device)
        yield Fleet(facade, sidecars)


@contextmanager
def program(package: str, settings: Mapping[str, str]) -> Iterator[None]:
    """Runs one of the servers until the block is left."""
    environment = {**os.environ, "QDM_METRICS_LISTEN": "127.0.0.1:0", "QDM_LOG_LEVEL": "WARNING", **settings}
    command = [sys.executable, "-c", f"from {package}.main import main; main()"]
    process = subprocess.Popen(command, env=environment)
    try:
        yield
    finally:
        process.terminate()
        process.wait()


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
