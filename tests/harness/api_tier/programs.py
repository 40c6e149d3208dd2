"""Operators and facades as real processes against a control plane."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp
import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc
from prometheus_client.parser import text_string_to_metric_families

from api_tier.addresses import free_port
from api_tier.process import Process, clean_environment

_START_SECONDS = 30.0
_POLL_SECONDS = 0.05

READY = ""
LIVE = "liveness"


class Program:
    """A running `qdm operator` or `qdm facade`: ``address`` is its gRPC, ``metrics_address`` its HTTP."""

    def __init__(self, name: str, command: str, folder: Path, environment: dict[str, str]) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.address = environment["QDM_LISTEN"]
        self.metrics_address = environment["QDM_METRICS_LISTEN"]
        qdm = Path(sys.executable).with_name("qdm")
        self.process = Process(name, [qdm, command], environment, folder / f"{name}.log")

    async def until_healthy(self, service: str = READY, *, seconds: float = _START_SECONDS) -> None:
        """Waits until health says SERVING; an AssertionError after so many seconds, or its end, shows its log."""
        try:
            async with asyncio.timeout(seconds):
                while not await self.is_healthy(service):
                    assert self.process.exit_code is None, self.process.account()
                    await asyncio.sleep(_POLL_SECONDS)
        except TimeoutError:
            raise AssertionError(f"not SERVING after {seconds:g} s: {self.process.account()}") from None

    async def is_healthy(self, service: str = READY) -> bool:
        """Tells whether health says SERVING for ``READY`` or ``LIVE``."""
        async with grpc.aio.insecure_channel(self.address, [("grpc.use_local_subchannel_pool", 1)]) as channel:
            probe: Any = health_pb2_grpc.HealthStub(channel)
            try:
                answer = await probe.Check(health_pb2.HealthCheckRequest(service=service), timeout=2)
            except grpc.aio.AioRpcError:
                return False
            return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)

    async def metrics(self) -> dict[str, float]:
        """Reads all metrics; keys are ``name`` or ``name{label="value",…}`` with labels sorted."""
        async with aiohttp.ClientSession() as session, session.get(f"http://{self.metrics_address}/metrics") as answer:
            families = text_string_to_metric_families(await answer.text())
            return {_key(sample.name, sample.labels): sample.value for family in families for sample in family.samples}

    async def stop(self) -> int:
        """Asks it to stop and returns its exit code."""
        self.process.terminate()
        return await self.process.ended()

    def kill(self) -> None:
        """Kills it, as a lost machine does."""
        self.process.kill()

    def log(self) -> list[dict[str, Any]]:
        """Everything logged so far."""
        lines = self.process.log.read_text().splitlines()
        return [json.loads(line) for line in lines if line.startswith("{")]


@asynccontextmanager
async def operator(
    folder: Path, kubeconfig: Path, *, identity: str = "operator", **settings: str
) -> AsyncIterator[Program]:
    """Starts an operator, and kills it in the end; ``settings`` are further variables of its environment."""
    ours = {"QDM_IDENTITY": identity, "QDM_SIDECAR_IMAGE": "qdm-sidecar"}
    async with _running(identity, "operator", folder, kubeconfig, ours | settings) as program:
        yield program


@asynccontextmanager
async def facade(folder: Path, kubeconfig: Path, *, name: str = "facade", **settings: str) -> AsyncIterator[Program]:
    """Starts a facade, and kills it in the end; ``settings`` are further variables of its environment."""
    async with _running(name, "facade", folder, kubeconfig, {"QDM_DRAIN_SECONDS": "0"} | settings) as program:
        yield program


@asynccontextmanager
async def _running(
    name: str, command: str, folder: Path, kubeconfig: Path, settings: dict[str, str]
) -> AsyncIterator[Program]:
    environment = {
        **clean_environment(),
        "KUBECONFIG": str(kubeconfig),
        "QDM_LISTEN": f"127.0.0.1:{free_port()}",
        "QDM_METRICS_LISTEN": f"127.0.0.1:{free_port()}",
        **settings,
    }
    program = Program(name, command, folder, environment)
    try:
        yield program
    finally:
        program.kill()


def _key(name: str, labels: dict[str, str]) -> str:
    inside = ",".join(f'{label}="{value}"' for label, value in sorted(labels.items()))
    return f"{name}{{{inside}}}" if inside else name
