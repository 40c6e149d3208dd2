"""One pod on a played node, from its first container to the end of its object."""

import asyncio
import logging
import shutil
from collections.abc import Callable, Coroutine
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import aiohttp

from api_tier.client import Client, Json, Refused
from api_tier.images import Container, Image, NotStarted, Placed
from qdm_cluster.names import PODS

_NOT_STARTED_SECONDS = 0.5
_FIRST_BACKOFF_SECONDS = 0.5
_LONGEST_BACKOFF_SECONDS = 10.0
_API_RETRY_SECONDS = 0.2
_DEFAULT_GRACE_SECONDS = 30
_FINISHED = frozenset({"Succeeded", "Failed"})

_log = logging.getLogger(__name__)


class PodLife:
    """Runs the pod's first container again and again, until ``order_stop``; while ``talks`` is unset, in silence."""

    def __init__(self, placed: Placed, image: Image, client: Client, talks: asyncio.Event) -> None:
        self._placed = placed
        self._image = image
        self._client = client
        self._talks = talks
        self._stop = asyncio.Event()
        self._grace = float(placed.pod["spec"].get("terminationGracePeriodSeconds", _DEFAULT_GRACE_SECONDS))
        self._restarts = -1
        self._last_state: Json = {}
        self._started = False
        self._task: asyncio.Task[None] | None = None

    def start(self, over: Callable[[], object]) -> None:
        """Lives from now on; ``over`` is called when all is done."""
        self._task = asyncio.create_task(self._live())
        self._task.add_done_callback(lambda _: over())

    def order_stop(self, grace_seconds: float | None = None) -> None:
        """Asks the container to end, kills it after the grace, and takes the object away."""
        if grace_seconds is not None:
            self._grace = grace_seconds
        self._stop.set()

    async def abandon(self) -> None:
        """Kills the container and says nothing of it."""
        if self._task is not None:
            self._task.cancel()
            with suppress(asyncio.CancelledError):
                await self._task

    async def _live(self) -> None:
        if (self._placed.pod.get("status") or {}).get("phase") in _FINISHED:
            await self._stop.wait()
        else:
            await self._run()
        await self._talking(self._delete)
        shutil.rmtree(self._placed.folder / "volumes", ignore_errors=True)

    async def _run(self) -> None:
        """Runs containers until one was the last, and says how it ended."""
        self._placed.folder.mkdir(parents=True, exist_ok=True)
        loop = asyncio.get_running_loop()
        backoff = _FIRST_BACKOFF_SECONDS
        end = _terminated(0)
        while not self._stop.is_set():
            try:
                container = await self._image.start(self._placed, self._client)
            except (NotStarted, Refused, aiohttp.ClientError) as error:
                reason = error.reason if isinstance(error, NotStarted) else "ContainerCreating"
                await self._say(_waiting(reason, str(error)))
                await self._pause(_NOT_STARTED_SECONDS)
                continue
            began = loop.time()
            end = _terminated(await self._run_one(container))
            if self._stop.is_set():
                break
            backoff = _FIRST_BACKOFF_SECONDS if loop.time() - began > _LONGEST_BACKOFF_SECONDS else backoff * 2
            self._last_state = end
            await self._say(_waiting("CrashLoopBackOff", f"back-off {backoff:g} s restarting failed container"))
            await self._pause(min(backoff, _LONGEST_BACKOFF_SECONDS))
        await self._say(end)

    async def _run_one(self, container: Container) -> int:
        """Runs a container to its end and returns its exit code."""
        self._restarts += 1
        self._started = True
        running = {"running": {"startedAt": _now()}}
        ended = asyncio.create_task(container.ended())
        ready = asyncio.create_task(container.ready())
        stop = asyncio.create_task(self._stop.wait())
        try:
            await self._say(running, container=container.name)
            await asyncio.wait({ended, ready, stop}, return_when=asyncio.FIRST_COMPLETED)
            if ready.done() and not ended.done():
                await self._say(running, ready=True, container=container.name)
            await asyncio.wait({ended, stop}, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                container.terminate()
                await asyncio.wait({ended}, timeout=self._grace)
                if not ended.done():
                    container.kill()
            return await ended
        finally:
            container.kill()
            for task in (ended, ready, stop):
                task.cancel()
            await asyncio.gather(ended, ready, stop, return_exceptions=True)

    async def _pause(self, seconds: float) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._stop.wait(), seconds)

    async def _say(self, state: Json, *, ready: bool = False, container: str = "") -> None:
        """Shows the pod with its container in a state."""
        phase = "Running" if self._started else "Pending"
        if "terminated" in state:
            phase = "Failed" if state["terminated"]["exitCode"] else "Succeeded"
        spec = self._placed.pod["spec"]["containers"][0]
        status: Json = {
            "name": spec["name"],
            "image": spec["image"],
            "imageID": "",
            "ready": ready,
            "started": ready,
            "restartCount": max(self._restarts, 0),
            "state": state,
            "lastState": self._last_state,
        }
        body: Json = {
            "phase": phase,
            "podIP": self._placed.address,
            "podIPs": [{"ip": self._placed.address}],
            "conditions": [
                {"type": "PodScheduled", "status": "True"},
                {"type": "ContainersReady", "status": str(ready)},
                {"type": "Ready", "status": str(ready)},
            ],
            "containerStatuses": [status | ({"containerID": container} if container else {})],
        }
        await self._talking(lambda: self._patch(body))

    async def _patch(self, status: Json) -> None:
        metadata = self._placed.pod["metadata"]
        path = PODS.path(metadata["namespace"], metadata["name"], "status")
        await self._client.patch(path, {"metadata": {"uid": metadata["uid"]}, "status": status})

    async def _delete(self) -> None:
        metadata = self._placed.pod["metadata"]
        path = PODS.path(metadata["namespace"], metadata["name"])
        await self._client.delete(path, uid=metadata["uid"], grace_seconds=0)

    async def _talking(self, request: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """Sends a request as soon as the node talks and somebody answers; a pod that is gone needs none."""
        while True:
            await self._talks.wait()
            try:
                await request()
            except Refused as refused:
                _log.info("pod %s: %s", self._placed.pod["metadata"]["name"], refused)
            except (aiohttp.ClientError, TimeoutError):
                await asyncio.sleep(_API_RETRY_SECONDS)
                continue
            return


def _waiting(reason: str, message: str) -> Json:
    return {"waiting": {"reason": reason, "message": message}}


def _terminated(exit_code: int) -> Json:
    code = exit_code if exit_code >= 0 else 128 - exit_code  # as a shell counts signals
    return {
        "terminated": {"exitCode": code, "reason": "Error" if code else "Completed", "finishedAt": _now()},
    }


def _now() -> str:
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
