"""What a platform team can rely on in each image, with an engine and without a cluster."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any, NamedTuple

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc

from e2e_tier.command import Failed, run
from e2e_tier.stream import BELL
from qdm_common.server import LIVENESS
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.eigen.internal.v1.driver_manager_pb2_grpc import DriverManagerServiceStub

BASE = "python:3.11-slim-bookworm"
COMMANDS = {"qdm-operator": "operator", "qdm-facade": "facade", "qdm-sidecar-simulator": "sidecar"}

LARGEST_MEGABYTES = {"qdm-operator": 160, "qdm-facade": 160}

START_SECONDS = 60.0
STOP_SECONDS = 20

FILE = "/etc/qdm/file"
DEVICE = "sim:local"
SHOTS = 1000

# As the restricted Pod Security Standard has it; nothing can be written but where a pod has a volume.
CONFINED = (
    "--read-only",
    "--tmpfs=/tmp",
    "--tmpfs=/var/lib/qdm",
    "--cap-drop=ALL",
    "--security-opt=no-new-privileges",
)

CONTENT = """
import importlib.metadata, json, os, sysconfig
found = importlib.metadata.distributions(path=[sysconfig.get_path("purelib")])
print(json.dumps([[distribution.name.lower() for distribution in found], os.listdir("/opt")]))
"""

UNCOMPILED = """
import importlib.util, json, pathlib, sysconfig
files = list(pathlib.Path(sysconfig.get_path("purelib")).glob("**/*.py"))
compiled = [pathlib.Path(importlib.util.cache_from_source(str(file))).exists() for file in files]
print(json.dumps([str(file) for file, there in zip(files, compiled) if not there]))
"""

AWAY = """
apiVersion: v1
kind: Config
current-context: away
contexts: [{name: away, context: {cluster: away, user: nobody}}]
clusters: [{name: away, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: nobody, user: {token: none}}]
"""

every_image = pytest.mark.parametrize("image", COMMANDS)


def tagged(image: str) -> str:
    return f"{image}:{version('qdm')}"


async def inspected(thing: str) -> dict[str, Any]:
    (found,) = json.loads(await run("docker", "inspect", thing))
    return dict(found)


async def told_by(image: str, script: str) -> Any:
    """Runs a script by the image's own Python, and reads the JSON that it prints."""
    command = ("docker", "run", "--rm", *CONFINED, "--entrypoint=python", tagged(image), "-c", script)
    return json.loads(await run(*command))


class Program(NamedTuple):
    """A running container, and where this machine reaches its gRPC port."""

    container: str
    address: str

    async def stop(self) -> int:
        """Sends SIGTERM and returns the exit code; one that is not done after STOP_SECONDS is killed, which is 137."""
        await run("docker", "stop", "-t", str(STOP_SECONDS), self.container, seconds=2 * STOP_SECONDS)
        return int((await inspected(self.container))["State"]["ExitCode"])


@asynccontextmanager
async def started(image: str, file: Path, **environment: str) -> AsyncIterator[Program]:
    """A program that was given one file, from its first answer on."""
    told = [f"--env={name}={value}" for name, value in environment.items()]
    options = ("--detach", "--publish=127.0.0.1::50061", f"--volume={file}:{FILE}:ro", *told)
    container = (await run("docker", "run", *CONFINED, *options, tagged(image))).strip()
    try:
        program = Program(container, (await run("docker", "port", container, "50061")).strip())
        async with grpc.aio.insecure_channel(program.address) as channel:
            health: Any = health_pb2_grpc.HealthStub(channel)
            request = health_pb2.HealthCheckRequest(service=LIVENESS)
            await health.Check(request, timeout=START_SECONDS, wait_for_ready=True)
        yield program
    except BaseException as failure:
        failure.add_note(await run("docker", "logs", container))
        raise
    finally:
        await run("docker", "rm", "--force", container)


@asynccontextmanager
async def operator(folder: Path) -> AsyncIterator[Program]:
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(AWAY)
    async with started("qdm-operator", kubeconfig, KUBECONFIG=FILE, QDM_SIDECAR_IMAGE="none") as program:
        yield program


@asynccontextmanager
async def sidecar(folder: Path) -> AsyncIterator[Program]:
    device = folder / "device.json"
    device.write_text(json.dumps({"deviceId": DEVICE, "driver": "simulator"}))
    data = "/var/lib/qdm"
    async with started("qdm-sidecar-simulator", device, QDM_DEVICE_FILE=FILE, QDM_DATA_DIR=data) as program:
        yield program


@asynccontextmanager
async def facade(folder: Path, behind: Program) -> AsyncIterator[Program]:
    network = (await inspected(behind.container))["NetworkSettings"]["Networks"]["bridge"]
    route = {"device_id": DEVICE, "display_name": DEVICE, "address": f"{network['IPAddress']}:50061"}
    routes = folder / "routes.json"
    routes.write_text(json.dumps({"routes": [route]}))
    async with started("qdm-facade", routes, QDM_ROUTES_FILE=FILE, QDM_DRAIN_SECONDS="0") as program:
        yield program


@pytest.mark.parametrize("image", LARGEST_MEGABYTES)
async def test_an_image_without_an_engine_is_small(image: str) -> None:
    sizes = [(await inspected(name))["Size"] for name in (tagged(image), BASE)]
    assert sizes[0] - sizes[1] <= LARGEST_MEGABYTES[image] * 10**6


@every_image
async def test_it_starts_its_program_as_nobody_in_particular(image: str) -> None:
    """The user is a number, so that Kubernetes sees that it is not root."""
    config = (await inspected(tagged(image)))["Config"]
    assert config["User"] == "65532:65532"
    assert (config["Entrypoint"], config["Cmd"]) == (["qdm"], [COMMANDS[image]])


@every_image
async def test_its_labels_say_what_it_is(image: str) -> None:
    labels = (await inspected(tagged(image)))["Config"]["Labels"]
    told = {name.removeprefix("org.opencontainers.image."): value for name, value in labels.items()}
    assert told.keys() >= {"title", "description", "licenses", "version", "revision"}
    assert all(told.values())
    assert (told["title"], told["version"]) == (image, version("qdm"))


@every_image
async def test_it_tells_its_version_confined_as_it_will_run(image: str) -> None:
    assert await run("docker", "run", "--rm", *CONFINED, tagged(image), "--version") == f"qdm {version('qdm')}\n"


@every_image
async def test_what_built_it_stayed_behind(image: str) -> None:
    names, folders = await told_by(image, CONTENT)
    assert "qdm" in names
    assert {"pip", "setuptools", "wheel", "hatchling"}.isdisjoint(names)
    assert folders == ["qdm"]


@every_image
async def test_all_is_compiled_where_nothing_can_be_written(image: str) -> None:
    assert await told_by(image, UNCOMPILED) == []


@pytest.mark.parametrize("image", ["qdm-operator", "qdm-facade"])
async def test_without_a_cluster_it_ends_and_says_where_it_looked(image: str) -> None:
    with pytest.raises(Failed, match="KUBECONFIG is not set, and this is no pod") as failed:
        await run("docker", "run", "--rm", *CONFINED, "--env=QDM_SIDECAR_IMAGE=none", tagged(image))
    assert "exit code 1\n" in str(failed.value)
    assert "Traceback" not in str(failed.value)


async def test_a_bell_pair_runs_through_the_facade_to_the_simulator(tmp_path: Path) -> None:
    async with sidecar(tmp_path) as simulator, facade(tmp_path, simulator) as front:
        async with grpc.aio.insecure_channel(front.address) as channel:
            stub = DriverManagerServiceStub(channel)  # type: ignore[no-untyped-call]
            async with asyncio.timeout(START_SECONDS):
                await until_online(stub)
            payload = pb.CircuitPayload(format=pb.CIRCUIT_FORMAT_QASM3_TEXT, data=BELL)
            request = pb.ExecuteCircuitRequest(device_id=DEVICE, payload=payload, shots=SHOTS)
            counts = (await stub.ExecuteCircuit(request, timeout=START_SECONDS)).counts
        assert counts.keys() == {"00", "11"}
        assert sum(counts.values()) == SHOTS
        assert await front.stop() == 0
        assert await simulator.stop() == 0


async def until_online(stub: DriverManagerServiceStub) -> None:
    request = pb.DeviceStatusRequest(device_id=DEVICE)
    while (await stub.GetDeviceStatus(request)).status != pb.DEVICE_STATUS_ONLINE:  # noqa: ASYNC110 - another's state
        await asyncio.sleep(0.1)


async def test_an_operator_whose_cluster_is_away_is_alive_and_ends_when_told_to(tmp_path: Path) -> None:
    async with operator(tmp_path) as program:
        assert await program.stop() == 0
