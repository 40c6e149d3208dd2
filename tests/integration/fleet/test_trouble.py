"""What goes wrong behind a facade, as its caller sees it: each call ends with a code, each job with its call."""

import asyncio
import os
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import grpc
import pytest
from google.rpc import error_details_pb2

from qdm_common.rpc import status_of
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.eigen.internal.v1.driver_manager_pb2_grpc import DriverManagerServiceStub

DRIVERS = Path(__file__).parents[1] / "drivers"

MANIFEST = """
apiVersion: qdm.eigen-os.io/v1alpha1
kind: QuantumDevice
metadata: {{name: probe}}
spec: {{driver: probe, driverConfig: {{ledger: {ledger}, repeatable: true}}}}
"""


@dataclass
class ProbeFleet:
    """A fleet of one probe device."""

    supervisor: subprocess.Popen[bytes]
    manager: DriverManagerServiceStub
    ledger: Path

    def execute(self, tag: str, *, timeout: float | None = None, **options: str) -> grpc.aio.UnaryUnaryCall:
        payload = pb.CircuitPayload(format=pb.CIRCUIT_FORMAT_AQO_JSON, data=tag.encode())
        request = pb.ExecuteCircuitRequest(device_id="probe", payload=payload, shots=5, options=options)
        return self.manager.ExecuteCircuit(request, timeout=timeout)

    async def noted(self, event: str) -> None:
        while not (self.ledger.exists() and event in self.ledger.read_text().splitlines()):  # noqa: ASYNC110
            await asyncio.sleep(0.01)

    async def online(self) -> None:
        request = pb.DeviceStatusRequest(device_id="probe")
        status = None
        while status != pb.DEVICE_STATUS_ONLINE:
            status = (await self.manager.GetDeviceStatus(request, wait_for_ready=True)).status

    def sidecar_pid(self) -> int:
        pid = self.supervisor.pid
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
        (sidecar,) = [child for child in children if b"sidecar" in Path(f"/proc/{child}/cmdline").read_bytes()]
        return int(sidecar)


@pytest.fixture
async def probe_fleet(tmp_path: Path) -> AsyncIterator[ProbeFleet]:
    (tmp_path / "fleet.yaml").write_text(MANIFEST.format(ledger=tmp_path / "ledger"))
    address = f"unix:{tmp_path}/s"
    command = [sys.executable, "-m", "qdm_cli", "up", "-f", str(tmp_path / "fleet.yaml"), "--listen", address]
    environment = os.environ | {"QDM_PLUGINS_DIR": str(DRIVERS)}
    process = subprocess.Popen([*command, "--metrics-listen", "127.0.0.1:0"], env=environment)  # noqa: ASYNC220
    async with grpc.aio.insecure_channel(address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
        fleet = ProbeFleet(process, DriverManagerServiceStub(channel), tmp_path / "ledger")
        try:
            await fleet.online()
            yield fleet
        finally:
            process.terminate()
            await asyncio.to_thread(process.wait)


async def code_of(call: grpc.aio.UnaryUnaryCall) -> grpc.StatusCode:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    return raised.value.code()


async def test_a_killed_sidecar_costs_its_calls_an_unavailable_with_a_time_to_retry_and_comes_back(
    probe_fleet: ProbeFleet,
) -> None:
    call = probe_fleet.execute("doomed", block="true")
    await probe_fleet.noted("begin doomed")
    os.kill(probe_fleet.sidecar_pid(), signal.SIGKILL)
    for lost in (call, probe_fleet.execute("while it is down")):
        with pytest.raises(grpc.aio.AioRpcError) as raised:
            await lost
        assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
        kinds = [detail.type_url.rpartition(".")[2] for detail in status_of(raised.value).details]
        assert sorted(kinds) == ["ErrorInfo", "RetryInfo"]
    await probe_fleet.online()
    assert (await probe_fleet.execute("after")).counts == {"0": 5}


async def test_a_cancelled_call_stops_the_work(probe_fleet: ProbeFleet) -> None:
    call = probe_fleet.execute("long", block="true")
    await probe_fleet.noted("begin long")
    call.cancel()
    await probe_fleet.noted("cancelled probe")
    assert (await probe_fleet.execute("after")).counts == {"0": 5}


async def test_a_passed_deadline_stops_the_work(probe_fleet: ProbeFleet) -> None:
    assert await code_of(probe_fleet.execute("long", timeout=1, block="true")) is grpc.StatusCode.DEADLINE_EXCEEDED
    await probe_fleet.noted("cancelled probe")
    assert (await probe_fleet.execute("after")).counts == {"0": 5}


async def test_a_driver_that_dies_in_mid_job_costs_that_job_only(probe_fleet: ProbeFleet) -> None:
    assert await code_of(probe_fleet.execute("crash", crash="true")) is grpc.StatusCode.UNAVAILABLE
    assert (await probe_fleet.execute("after")).counts == {"0": 5}


async def test_a_bug_is_told_by_an_id_and_nothing_else(probe_fleet: ProbeFleet) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await probe_fleet.execute("bug", bug="true")
    status = status_of(raised.value)
    info = error_details_pb2.ErrorInfo()
    assert status.details[0].Unpack(info)
    assert raised.value.code() is grpc.StatusCode.INTERNAL
    assert info.metadata["error_id"] in status.message
    assert "secret" not in str(status)
