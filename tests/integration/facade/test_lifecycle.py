import asyncio
import json
import os
import socket
import subprocess
import sys
import urllib.request
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc

from qdm_common.rpc import status_of

Start = Callable[..., Awaitable[Any]]
Make = Callable[[str], Any]

EXECUTE = b"\x0a\x01j\x12\x01a\x20\x01"
PATH = "/eigen.internal.v1.DriverManagerService/ExecuteCircuit"
PROGRAM = "from qdm_facade.main import main; main()"


class Gate:
    """A played sidecar's handler that answers when it is told to."""

    def __init__(self) -> None:
        self.arrived = asyncio.Semaphore(0)
        self.open = asyncio.Event()

    async def __call__(self, request: bytes, _context: object) -> bytes:
        self.arrived.release()
        await self.open.wait()
        return request


async def test_a_drain_serves_old_and_new_calls_and_loses_none(start_facade: Start, played: Make) -> None:
    sidecar, gate = played("a"), Gate()
    sidecar.forwarded = gate
    await sidecar.start()
    facade = await start_facade({"a": sidecar.address}, QDM_DRAIN_SECONDS="3600", QDM_GRACE_SECONDS="3600")
    calls = [asyncio.ensure_future(facade.call("ExecuteCircuit", EXECUTE)) for _ in range(5)]
    for _ in calls:
        await gate.arrived.acquire()
    facade.terminate()
    await facade.until_health(health_pb2.HealthCheckResponse.NOT_SERVING)
    async with grpc.aio.insecure_channel(facade.address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
        forward: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(PATH)
        late = asyncio.ensure_future(forward(EXECUTE))
        await gate.arrived.acquire()
        facade.terminate()
        await facade.until_closed()
        gate.open.set()
        assert await asyncio.gather(*calls, late) == [EXECUTE] * 6
    assert await facade.ended() == 0


async def test_a_call_that_outlives_the_grace_is_unavailable_and_never_cancelled(
    start_facade: Start, played: Make
) -> None:
    sidecar, gate = played("a"), Gate()
    sidecar.forwarded = gate
    await sidecar.start()
    facade = await start_facade({"a": sidecar.address}, QDM_GRACE_SECONDS="0.2")
    call = asyncio.ensure_future(facade.call("ExecuteCircuit", EXECUTE))
    await gate.arrived.acquire()
    facade.terminate()
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await call
    assert raised.value.code() is grpc.StatusCode.UNAVAILABLE
    retry = error_details_pb2.RetryInfo()
    assert any(detail.Unpack(retry) for detail in status_of(raised.value).details)
    assert await facade.ended() == 0


async def test_a_connection_that_is_too_old_takes_no_new_call_and_loses_none(start_facade: Start, played: Make) -> None:
    sidecar, gate = played("a"), Gate()
    sidecar.forwarded = gate
    await sidecar.start()
    facade = await start_facade({"a": sidecar.address}, QDM_MAX_CONNECTION_AGE_SECONDS="1")
    call = asyncio.ensure_future(facade.call("ExecuteCircuit", EXECUTE))
    await gate.arrived.acquire()
    await facade.channel.wait_for_state_change(grpc.ChannelConnectivity.READY)
    later = asyncio.ensure_future(facade.call("ExecuteCircuit", EXECUTE))
    await gate.arrived.acquire()
    gate.open.set()
    assert await asyncio.gather(*[call, later]) == [EXECUTE] * 2


async def test_a_client_that_watches_health_holds_up_no_stop(start_facade: Start) -> None:
    facade = await start_facade({}, QDM_GRACE_SECONDS="3600")
    stub: Any = health_pb2_grpc.HealthStub(facade.channel)
    watch = stub.Watch(health_pb2.HealthCheckRequest())
    assert (await watch.read()).status == health_pb2.HealthCheckResponse.SERVING
    facade.terminate()
    assert (await watch.read()).status == health_pb2.HealthCheckResponse.NOT_SERVING
    assert await facade.ended() == 0


async def test_the_end_of_standard_input_stops_it_where_wanted(start_facade: Start) -> None:
    facade = await start_facade({}, stdin=subprocess.PIPE, QDM_STOP_ON_EOF="true")
    facade.process.stdin.close()
    assert await facade.ended() == 0


async def test_metrics_tell_routes_and_connected_sidecars(start_facade: Start, played: Make) -> None:
    sidecar = played("a")
    await sidecar.start()
    facade = await start_facade({"a": sidecar.address, "b": "unix:/nonexistent/s"})
    await facade.until("a", "Ready")
    (port,) = [line["message"].rpartition(":")[2] for line in facade.log() if line["message"].startswith("metrics on")]

    def scrape() -> str:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as response:
            return str(response.read(), "utf-8")

    lines = (await asyncio.to_thread(scrape)).splitlines()
    assert "qdm_facade_routes 2.0" in lines
    assert "qdm_facade_connected_sidecars 1.0" in lines
    assert any(
        line.startswith('grpc_server_handled_total{grpc_code="OK",grpc_method="GetDeviceStatus"') for line in lines
    )


async def test_it_stops_with_sidecars_connected_missing_and_silent(start_facade: Start, played: Make) -> None:
    here, silent = played("here"), played("silent")
    await here.start()
    await silent.start()
    silent.talking.clear()
    facade = await start_facade({"here": here.address, "silent": silent.address, "none": "unix:/nonexistent/s"})
    await facade.until("here", "Ready")
    facade.terminate()
    assert await facade.ended() == 0
    assert [line for line in facade.log() if line["level"] != "INFO"] == []


def run(
    tmp_path: Path, routes: str | None, *, program: str = PROGRAM, **settings: str
) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"QDM_LISTEN": f"unix:{tmp_path}/f", "QDM_METRICS_LISTEN": "127.0.0.1:0"}
    if routes is not None:
        (tmp_path / "routes.json").write_text(routes)
        environment["QDM_ROUTES_FILE"] = str(tmp_path / "routes.json")
    command, environment = [sys.executable, "-c", program], environment | settings
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=60)


@pytest.mark.parametrize(
    ("routes", "settings", "complaint"),
    [
        (None, {"QDM_ROUTES_FILE": "/nonexistent"}, "QDM_ROUTES_FILE: No such file or directory"),
        ("{", {}, "QDM_ROUTES_FILE: the file: Invalid JSON"),
        ('{"routes": [{"device_id": "a"}]}', {}, "QDM_ROUTES_FILE: the file.routes.0.address: Field required"),
        ('{"routes": []}', {"QDM_SILENCE_SECONDS": "0"}, "QDM_SILENCE_SECONDS: Input should be greater than 0"),
    ],
)
def test_wrong_settings_end_it_with_2_and_the_variables_name(
    tmp_path: Path, routes: str | None, settings: dict[str, str], complaint: str
) -> None:
    ended = run(tmp_path, routes, **settings)
    assert ended.returncode == 2
    assert ended.stderr.startswith(complaint)
    assert ended.stderr.count("\n") == 1


def test_without_a_routes_file_and_without_a_cluster_it_ends_with_1_and_says_where_it_looked(tmp_path: Path) -> None:
    ended = run(tmp_path, None, KUBECONFIG="")
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert "KUBECONFIG is not set, and this is no pod with a service account" in ended.stderr


def test_a_facade_of_one_machine_loads_no_kubernetes_client() -> None:
    program = "import sys, qdm_facade.main; print(*(name for name in sys.modules if name.startswith('kubernetes')))"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert loaded.stdout.split() == []


def test_a_facade_that_can_follow_its_routes_no_more_ends_with_1_and_the_stack(tmp_path: Path) -> None:
    program = """
from qdm_facade import main
from qdm_facade.local_routes import LocalRoutes
async def snapshots(self):
    yield ()
    raise KeyError("bug")
LocalRoutes.snapshots = snapshots
main.main()
"""
    ended = run(tmp_path, '{"routes": []}', program=program, QDM_DRAIN_SECONDS="0")
    assert ended.returncode == 1
    assert [line["error"] for line in map(json.loads, ended.stderr.splitlines()) if "stack" in line] == [
        "KeyError('bug')"
    ]


@pytest.mark.parametrize("variable", ["QDM_LISTEN", "QDM_METRICS_LISTEN"])
def test_an_address_that_is_taken_ends_it_with_1_and_the_variables_name(tmp_path: Path, variable: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        ended = run(tmp_path, '{"routes": []}', **{variable: address})
    assert ended.returncode == 1
    assert "Traceback" not in ended.stderr
    assert f"cannot start: {variable}: cannot listen on {address}" in ended.stderr
