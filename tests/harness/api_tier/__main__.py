"""`make api`: the API tier for a person, to watch an operator at work and to break things by hand."""

import asyncio
import shutil
import signal
import socket
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, suppress
from pathlib import Path
from typing import NoReturn

import yaml

from api_tier import programs
from api_tier.binaries import ROOT, build_all, kubectl
from api_tier.client import Client, condition
from api_tier.control_plane import ControlPlane
from api_tier.images import RealSidecar
from api_tier.played_nodes import PlayedNodes
from qdm_cluster.names import DEVICES

_HOST, _PORT = "127.0.0.1", 50061
_NAMESPACE = "default"
_FLEET = "examples/fleet.yaml"
_READY_SECONDS = 60.0
_RESTART_SECONDS = 5.0

_WELCOME = """
ready after {seconds:.0f} s. In other terminals, first:

  export KUBECONFIG={kubeconfig}
  export PATH={path}:$PATH

then watch, and use it:

  kubectl get qdev -w
  kubectl get events -w
  qdm devices
  qdm run examples/bell.qasm --device sim:local

and break it:

  kubectl delete pod sim-local-sidecar
  kubectl edit qdev sim-local          (availability: Maintenance, or a driverConfig that makes no sense)
  kubectl delete configmap --all
  kill -9 $(kubectl get pod sim-local-sidecar -o jsonpath='{{..containerID}}' | tr -dc 0-9)
  kill -9 $(cat {folder}/operator.pid)
                                       (calls go on; a new one starts in {restart:.0f} s)

Two nodes are played: their containers are processes here. All logs are below {folder}
Ctrl-C ends it all.
"""


def main() -> None:
    """Runs until Ctrl-C; everything it started goes with it, and its files too where nothing went wrong."""
    _check_port()
    build_all()
    folder = Path(tempfile.mkdtemp(prefix="qdm-api-"))
    try:
        asyncio.run(_serve(folder))
    except* AssertionError as failed:
        _refuse(str(failed.exceptions[0]))
    shutil.rmtree(folder)
    _say("ended")


async def _serve(folder: Path) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    began = time.monotonic()
    stopping = asyncio.create_task(stop.wait())
    living = asyncio.create_task(_live(folder, began))
    await asyncio.wait({living, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if stopping.done():
        _say("stopping")
        living.cancel()
    stopping.cancel()
    with suppress(asyncio.CancelledError):
        await living


async def _live(folder: Path, began: float) -> None:
    _say("starting etcd and kube-apiserver")
    plane = ControlPlane(folder)
    try:
        await asyncio.to_thread(plane.__enter__)
        _say("installing crds/, starting the controllers for garbage and namespaces")
        await asyncio.to_thread(plane.apply_crds)
        plane.start_controllers()
        async with PlayedNodes(plane.kubeconfig, folder / "pods", default=RealSidecar()):
            await _programs(plane, began)
    finally:
        plane.stop()


async def _programs(plane: ControlPlane, began: float) -> None:
    _say("starting the operator and the facade")
    folder, kubeconfig = plane.folder, plane.kubeconfig
    async with asyncio.TaskGroup() as group:
        healthy = [asyncio.Event(), asyncio.Event()]
        listen = f"{_HOST}:{_PORT}"
        group.create_task(_keep(lambda: programs.operator(folder, kubeconfig), folder, healthy[0]))
        group.create_task(_keep(lambda: programs.facade(folder, kubeconfig, QDM_LISTEN=listen), folder, healthy[1]))
        for event in healthy:
            await event.wait()
        await _apply_fleet(kubeconfig)
        sys.stdout.write(
            _WELCOME.format(
                seconds=time.monotonic() - began,
                kubeconfig=kubeconfig,
                path=f"{kubectl().parent}:{Path(sys.executable).parent}",
                restart=_RESTART_SECONDS,
                folder=folder,
            )
        )
        sys.stdout.flush()


async def _keep(
    start: Callable[[], AbstractAsyncContextManager[programs.Program]], folder: Path, healthy: asyncio.Event
) -> None:
    """Keeps a program running, as its Deployment would; a file in ``folder`` says which process it is."""
    while True:
        async with start() as program:
            (folder / f"{program.name}.pid").write_text(f"{program.process.pid}\n")
            await program.until_healthy()
            healthy.set()
            code = await program.process.ended()
        _say(f"the {program.name} ended with exit code {code}; a new one starts in {_RESTART_SECONDS:.0f} s")
        await asyncio.sleep(_RESTART_SECONDS)


async def _apply_fleet(kubeconfig: Path) -> None:
    devices = list(yaml.safe_load_all((ROOT / _FLEET).read_text()))
    _say(f"applying {_FLEET}, and waiting for its {len(devices)} devices")
    async with Client(kubeconfig) as client:
        for device in devices:
            await client.apply(device, namespace=_NAMESPACE)
        for device in devices:
            await client.wait_for(
                DEVICES.path(_NAMESPACE, device["metadata"]["name"]),
                lambda obj: condition(obj, "Ready").get("status") == "True",
                seconds=_READY_SECONDS,
            )


def _check_port() -> None:
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((_HOST, _PORT))
        except OSError:
            _refuse(f"{_HOST}:{_PORT} is taken; stop the fleet that listens there")


def _say(text: str) -> None:
    sys.stderr.write(f"api: {text}\n")


def _refuse(text: str) -> NoReturn:
    _say(text)
    sys.exit(1)


if __name__ == "__main__":
    main()
