"""What an API server can do to an operator: afterwards the fleet is as its specs want it, and no device had two pods.

During every fault the requests are counted: an operator that asks again and again as fast as it can is a fault itself.
"""

import asyncio
import itertools
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from api_tier.client import Client
from api_tier.control_plane import ControlPlane
from api_tier.devices import Devices
from api_tier.fault_proxy import WATCHES, Answers, FaultProxy, Losses, Match
from api_tier.fleet import PodHistory, until_as_wanted
from api_tier.images import OnPaper
from api_tier.played_nodes import PlayedNodes
from api_tier.programs import LIVE, Program, operator
from qdm_cluster.names import DEVICES

# The operator looks at everything every 1.5 to 3 s.
RESYNC_SECONDS = 3

# An operator at rest asks four LISTs, a definition and a Lease every two seconds or so. A fleet of a few devices in
# trouble may take several times that; a loop without a pause takes hundreds.
REQUESTS_A_SECOND = 30

# The end of a pod that nobody saw takes 20 s of them, and kopf's start after its end 6 s.
CONVERGED_SECONDS = 60

CREATE_POD = Match("POST", "/pods$")
APPLY_CONFIG_MAP = Match("PATCH", "/configmaps/")
APPLY_STATUS = Match("PATCH", "/status$")
DELETE_POD = Match("DELETE", "/pods/")
CREATE_EVENT = Match("POST", "/events$")
LISTS = [Match("GET", f"/{plural}$", is_watch=False) for plural in ("quantumdevices", "pods", "configmaps", "services")]
WRITES = [CREATE_POD, APPLY_CONFIG_MAP, APPLY_STATUS, DELETE_POD]


@pytest.fixture(autouse=True)
async def nodes(control_plane: ControlPlane, tmp_path: Path) -> AsyncIterator[PlayedNodes]:
    async with PlayedNodes(control_plane.kubeconfig, tmp_path / "nodes", default=OnPaper()) as nodes:
        yield nodes


@pytest.fixture
async def running(proxy: FaultProxy, namespace: str, tmp_path: Path) -> AsyncIterator[Program]:
    settings = {
        "QDM_NAMESPACE": namespace,
        "QDM_LEASE_NAMESPACE": namespace,
        "QDM_RESYNC_SECONDS": str(RESYNC_SECONDS),
    }
    async with operator(tmp_path, proxy.kubeconfig, **settings) as program:
        await program.until_healthy()
        yield program


@pytest.fixture
def devices(client: Client, namespace: str) -> Devices:
    return Devices(client, namespace)


@pytest.fixture
async def history(devices: Devices) -> AsyncIterator[PodHistory]:
    """Every pod there ever was; in the end no device may have had two for the same inputs."""
    async with PodHistory(devices) as history:
        yield history
        history.assert_one_each()


@pytest.fixture
async def fleet(running: Program, history: PodHistory, devices: Devices) -> None:
    """Three devices at rest, and an operator that looks after them."""
    assert running.process.exit_code is None
    assert history.made("kept") == 0
    for name in ("kept", "changed", "deleted"):
        await devices.apply(name)
    await until_as_wanted(devices, {"kept": 1, "changed": 1, "deleted": 1}, seconds=20)


AFTERWARDS = {"kept": 1, "changed": 2, "applied": 1}


async def change(devices: Devices) -> None:
    """One device is applied, one changed and one deleted; ``AFTERWARDS`` is what is wanted then."""
    await devices.apply("applied")
    await devices.apply("changed", concurrency=2)
    await devices.delete("deleted")


@contextmanager
def no_hot_loop(proxy: FaultProxy) -> Iterator[None]:
    """Asserts that inside there are not more than so many requests a second, a start included."""
    proxy.forget()
    began = time.monotonic()
    yield
    allowed = REQUESTS_A_SECOND * (time.monotonic() - began + 2)
    most = itertools.groupby(sorted(f"{request.verb} {request.path}" for request in proxy.requests))
    assert proxy.count() <= allowed, {request: len(list(found)) for request, found in most}


@asynccontextmanager
async def alive_throughout(program: Program) -> AsyncIterator[None]:
    """Asserts that liveness is never lost inside, and that it is one process all the time."""

    async def look() -> None:
        while True:
            assert await program.is_healthy(LIVE), program.process.account()
            await asyncio.sleep(0.5)

    looking = asyncio.create_task(look())
    try:
        yield
    finally:
        looking.cancel()
        await asyncio.wait([looking])
    if not looking.cancelled():
        looking.result()
    assert program.process.exit_code is None


@pytest.mark.usefixtures("fleet")
async def test_what_silent_watches_do_not_tell_is_found_and_liveness_is_lost_where_it_goes_on_and_on(
    running: Program, proxy: FaultProxy, devices: Devices
) -> None:
    """Liveness is lost after five looks in a row that found something, with 5 s of patience for each kind.

    The answer to the first pod is lost too, so that the operator hears of that pod in no way but by looking.
    """
    touching = asyncio.create_task(keep_touching(devices))
    with no_hot_loop(proxy):
        with proxy.black_hole(WATCHES):
            lost = proxy.lose_answers(CREATE_POD)
            await change(devices)
            await until_all_given([lost])
            await until_as_wanted(devices, AFTERWARDS, seconds=90)
            await until_live(running, alive=False, seconds=90)
            assert await running.is_healthy()
        await until_live(running, alive=True, seconds=60)
    touching.cancel()


async def keep_touching(devices: Devices) -> None:
    """Changes a device again and again, so that every look at everything finds something."""
    for number in itertools.count():
        annotations = {"metadata": {"annotations": {"touched": str(number)}}}
        await devices.client.patch(DEVICES.path(devices.namespace, "kept"), annotations)
        await asyncio.sleep(0.2)


async def until_live(program: Program, *, alive: bool, seconds: float) -> None:
    try:
        async with asyncio.timeout(seconds):
            while await program.is_healthy(LIVE) is not alive:  # noqa: ASYNC110 - another process
                await asyncio.sleep(0.1)
    except TimeoutError:
        raise AssertionError(f"liveness is not {alive} after {seconds:g} s: {program.process.account()}") from None


@pytest.mark.usefixtures("fleet")
async def test_watches_whose_version_is_too_old_twice_and_a_list_too_once_begin_anew(
    running: Program, proxy: FaultProxy, devices: Devices
) -> None:
    async with alive_throughout(running):
        with no_hot_loop(proxy):
            answers = [proxy.answer(410, LISTS[0])]
            proxy.expire_watches(times=2 * len(LISTS))
            await change(devices)
            await until_all_given(answers)
            await until_as_wanted(devices, AFTERWARDS, seconds=CONVERGED_SECONDS)


@pytest.mark.usefixtures("fleet")
async def test_watches_that_end_at_once_again_and_again_are_not_asked_for_in_a_hot_loop(
    running: Program, proxy: FaultProxy, devices: Devices
) -> None:
    async with alive_throughout(running):
        with no_hot_loop(proxy), proxy.short_watches():
            await change(devices)
            await until_as_wanted(devices, AFTERWARDS, seconds=CONVERGED_SECONDS)


async def until_all_given(faults: Sequence[Answers | Losses], *, seconds: float = CONVERGED_SECONDS) -> None:
    """Waits until every fault befell the operator as often as it was asked for."""
    try:
        async with asyncio.timeout(seconds):
            while any(fault.left for fault in faults):  # noqa: ASYNC110 - the operator's own pace
                await asyncio.sleep(0.1)
    except TimeoutError:
        left = {(fault.match.verb, fault.match.path): fault.left for fault in faults if fault.left}
        raise AssertionError(f"not asked for within {seconds:g} s: {left}") from None


@pytest.mark.parametrize("statuses", [[409, 429], [500, 503, 504]])
@pytest.mark.usefixtures("fleet")
async def test_every_request_may_be_refused_in_many_ways_one_after_the_other(
    running: Program, proxy: FaultProxy, devices: Devices, statuses: list[int]
) -> None:
    async with alive_throughout(running):
        with no_hot_loop(proxy):
            answers = [proxy.answer(status, match) for status in statuses for match in WRITES]
            answers += [proxy.answer(statuses[0], match) for match in [CREATE_EVENT, *LISTS]]
            await change(devices)
            await until_all_given(answers)
            await until_as_wanted(devices, AFTERWARDS, seconds=CONVERGED_SECONDS)


@pytest.mark.parametrize("match", [CREATE_POD, LISTS[1]], ids=["create", "list"])
@pytest.mark.usefixtures("fleet")
async def test_a_pause_that_the_api_server_asks_for_is_kept(proxy: FaultProxy, devices: Devices, match: Match) -> None:
    proxy.forget()
    proxy.answer(429, match, retry_after_seconds=4)
    await devices.apply("applied")
    while proxy.count(match) < 2:  # noqa: ASYNC110 - the operator's own pace
        await asyncio.sleep(0.1)
    first, second, *_ = [request for request in proxy.requests if match.fits(request)]
    assert second.at - first.at >= 4
    await until_as_wanted(devices, {"kept": 1, "changed": 1, "deleted": 1, "applied": 1}, seconds=CONVERGED_SECONDS)


@pytest.mark.usefixtures("fleet")
async def test_an_answer_that_is_lost_after_the_write_was_done_makes_no_second_pod(
    running: Program, proxy: FaultProxy, devices: Devices
) -> None:
    async with alive_throughout(running):
        with no_hot_loop(proxy):
            losses = [proxy.lose_answers(match) for match in [*WRITES, CREATE_EVENT, *LISTS]]
            await change(devices)
            await until_all_given(losses)
            await until_as_wanted(devices, AFTERWARDS, seconds=CONVERGED_SECONDS)


@pytest.mark.usefixtures("fleet")
async def test_requests_that_are_never_answered_are_asked_again(
    running: Program, proxy: FaultProxy, devices: Devices
) -> None:
    """Each befalls a device of its own, so that they wait at the same time: 15 s for an answer."""
    async with alive_throughout(running):
        with no_hot_loop(proxy):
            swallowed = [
                proxy.swallow(Match("PATCH", "/configmaps/applied-")),
                proxy.swallow(CREATE_POD),
                proxy.swallow(Match("PATCH", "/kept/status$")),
                proxy.swallow(Match("DELETE", "/pods/changed-sidecar$")),
                proxy.swallow(CREATE_EVENT),
                proxy.swallow(LISTS[0]),
            ]
            await devices.apply("kept", availability="Offline")
            await change(devices)
            await devices.apply("another")
            await until_all_given(swallowed)
            await until_as_wanted(devices, AFTERWARDS | {"another": 1}, seconds=CONVERGED_SECONDS)


@pytest.mark.usefixtures("fleet")
async def test_a_request_that_fails_for_ever_is_asked_seldom_and_holds_up_no_other_device(
    running: Program, proxy: FaultProxy, devices: Devices
) -> None:
    async with alive_throughout(running):
        with no_hot_loop(proxy):
            failing = Match("PATCH", "/configmaps/failing-")
            proxy.answer(500, failing, times=1000)
            await devices.apply("failing")
            for number in range(10):
                await devices.apply(f"sim-{number}")
            await devices.until_pods_run(13, seconds=20)
            while proxy.count(failing) < 5:  # noqa: ASYNC110 - the operator's own pace
                await asyncio.sleep(0.1)
    times = [request.at for request in proxy.requests if failing.fits(request)]
    pauses = [later - former for former, later in itertools.pairwise(times)]
    assert sorted(pauses)[1] >= 0.5, pauses  # the status that tells of the first failure is a change, looked at at once
    assert max(pauses) > 1.5 * sorted(pauses)[1], pauses  # each is twice the one before, give or take the machine
    assert await devices.pod("failing") is None


@pytest.mark.usefixtures("fleet")
async def test_an_api_server_that_answers_nothing_for_a_while_is_waited_for(
    control_plane: ControlPlane, running: Program, proxy: FaultProxy, devices: Devices
) -> None:
    async with alive_throughout(running):
        with no_hot_loop(proxy):
            await change(devices)
            with control_plane.api_server_frozen():
                await asyncio.sleep(20)  # longer than a leader leads without an answer
            await until_as_wanted(devices, AFTERWARDS, seconds=CONVERGED_SECONDS)


@pytest.mark.usefixtures("fleet")
async def test_an_api_server_that_is_killed_and_comes_back_finds_the_operator_at_work(
    control_plane: ControlPlane, running: Program, proxy: FaultProxy, devices: Devices
) -> None:
    async with alive_throughout(running):
        with no_hot_loop(proxy):
            await change(devices)
            async with control_plane.api_server_away():
                pass  # a few seconds, until another is ready
            await until_as_wanted(devices, AFTERWARDS, seconds=CONVERGED_SECONDS)
