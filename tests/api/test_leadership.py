"""Two operators, one leader: whatever befalls the leader the other takes over, and never are there two."""

import asyncio
import itertools
import secrets
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import NamedTuple, Self

import pytest
import pytest_asyncio

from api_tier.client import NAMESPACES, Client
from api_tier.control_plane import ControlPlane
from api_tier.devices import Devices
from api_tier.fault_proxy import FaultProxy, Match
from api_tier.fleet import PodHistory, until_as_wanted
from api_tier.images import OnPaper
from api_tier.played_nodes import PlayedNodes
from api_tier.programs import LIVE, Program, operator
from qdm_cluster.names import DEVICES, LEASES, PODS
from qdm_operator.elector import RENEW_DEADLINE_SECONDS

# A Lease lasts 15 s; this is what is promised.
TAKEOVER_SECONDS = 20.0
RELEASE_SECONDS = 5.0

LEADING = 'leader_election_master_status{name="qdm-operator"}'
LEASE = Match(path="/leases")
RENEWALS = Match("PUT", "/leases/")
LOOKS = Match("GET", "/pods$", is_watch=False)

# An operator waits 1.5 s for an answer about its Lease.
TOO_LATE_SECONDS = 3.0
IN_TIME_SECONDS = 0.7


class Term(NamedTuple):
    """A time of leading, as the log has it; ``end`` is the latest time there is while it lasts."""

    start: datetime
    end: datetime


@dataclass
class Replica:
    """One of the two operators; ``stopped`` is when the test killed or froze it: from then on it does nothing."""

    program: Program
    proxy: FaultProxy
    stopped: datetime = field(default=datetime.max.replace(tzinfo=UTC))

    @property
    def terms(self) -> list[Term]:
        """All its times of leading, the present one too."""
        starts: list[datetime] = []
        ends: list[datetime] = []
        for line in self.program.log():
            if line["message"] == "leading":
                starts.append(datetime.fromisoformat(line["timestamp"]))
            if line["message"] in {"no longer leading", "lease given back"} and len(ends) < len(starts):
                ends.append(datetime.fromisoformat(line["timestamp"]))
        ends.append(self.stopped)
        return [Term(start, min(end, self.stopped)) for start, end in zip(starts, ends, strict=False)]

    @property
    def leads(self) -> bool:
        """Whether it leads now, by its log."""
        return bool(self.terms) and self.terms[-1].end == datetime.max.replace(tzinfo=UTC)

    def stop_counting(self) -> None:
        """Notes that it does nothing from now on."""
        self.stopped = datetime.now(UTC)


@dataclass
class Pair:
    """Two operators for one namespace; ``history`` knows every pod there ever was."""

    leader: Replica
    other: Replica
    devices: Devices
    history: PodHistory

    @classmethod
    async def elected(cls, replicas: Iterable[Replica], devices: Devices, history: PodHistory) -> Self:
        """Waits until one leads."""
        first, second = replicas
        await until(lambda: first.leads or second.leads, "one of two leads", seconds=TAKEOVER_SECONDS)
        leader, other = (first, second) if first.leads else (second, first)
        return cls(leader, other, devices, history)

    async def until_other_leads(self, *, seconds: float) -> None:
        """Waits for the takeover."""
        await until(lambda: self.other.leads, "the other leads", seconds=seconds, account=self.account)

    def assert_never_two(self) -> None:
        """Asserts that no time of leading began before the one before it was over."""
        terms = sorted(self.leader.terms + self.other.terms)
        for former, following in itertools.pairwise(terms):
            assert former.end <= following.start, self.account()

    def account(self) -> str:
        """Returns what both say, for a failed assertion."""
        return "\n".join(replica.program.process.account() for replica in (self.leader, self.other))


async def until(
    holds: Callable[[], bool], what: str, *, seconds: float, account: Callable[[], str] = lambda: ""
) -> None:
    try:
        async with asyncio.timeout(seconds):
            while not holds():  # noqa: ASYNC110 - other processes
                await asyncio.sleep(0.05)
    except TimeoutError:
        raise AssertionError(f"not within {seconds:g} s: {what}\n{account()}") from None


@asynccontextmanager
async def two_operators(control_plane: ControlPlane, client: Client, folder: Path) -> AsyncIterator[Pair]:
    """Two operators in a namespace of their own, each behind a proxy of its own; one leads, and has made a device."""
    namespace = f"test-{secrets.token_hex(4)}"
    devices = Devices(client, namespace)
    await client.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": namespace}})
    settings = {"QDM_NAMESPACE": namespace, "QDM_LEASE_NAMESPACE": namespace, "QDM_RESYNC_SECONDS": "3"}
    async with AsyncExitStack() as stack:
        history = await stack.enter_async_context(PodHistory(devices))
        replicas = []
        for name in ("anna", "bert"):
            proxy = await stack.enter_async_context(FaultProxy(control_plane, folder / namespace / name))
            program = operator(folder / namespace, proxy.kubeconfig, identity=name, **settings)
            replicas.append(Replica(await stack.enter_async_context(program), proxy))
        for replica in replicas:
            await replica.program.until_healthy()
        pair = await Pair.elected(replicas, devices, history)
        await devices.apply("before")
        await until_as_wanted(devices, {"before": 1}, seconds=20)
        yield pair
    await client.delete(DEVICES.path(namespace))
    await client.delete(PODS.path(namespace), grace_seconds=0)
    await client.delete(NAMESPACES.path("", namespace))


@pytest.fixture
async def pair(control_plane: ControlPlane, client: Client, tmp_path: Path) -> AsyncIterator[Pair]:
    async with (
        PlayedNodes(control_plane.kubeconfig, tmp_path / "nodes", default=OnPaper()),
        two_operators(control_plane, client, tmp_path) as pair,
    ):
        yield pair


async def test_both_are_ready_and_one_leads_and_it_gives_the_lease_back_when_it_is_stopped(pair: Pair) -> None:
    for replica in (pair.leader, pair.other):
        assert await replica.program.is_healthy()
        assert await replica.program.is_healthy(LIVE)
    assert (await pair.leader.program.metrics())[LEADING] == 1
    assert (await pair.other.program.metrics())[LEADING] == 0
    assert [request for request in pair.other.proxy.writes() if not LEASE.fits(request)] == []

    assert await pair.leader.program.stop() == 0
    pair.leader.stop_counting()
    await pair.until_other_leads(seconds=RELEASE_SECONDS)
    await pair.devices.apply("after")
    await until_as_wanted(pair.devices, {"before": 1, "after": 1}, seconds=20)
    pair.assert_never_two()
    pair.history.assert_one_each()


async def killed(pair: Pair) -> None:
    pair.leader.program.kill()
    pair.leader.stop_counting()
    await pair.devices.apply("meanwhile")
    await pair.until_other_leads(seconds=TAKEOVER_SECONDS)
    await until_as_wanted(pair.devices, {"before": 1, "meanwhile": 1}, seconds=20)
    pair.assert_never_two()
    pair.history.assert_one_each()


async def frozen(pair: Pair) -> None:
    former = pair.leader
    former.program.process.freeze()
    former.stop_counting()
    await pair.devices.apply("before", concurrency=2)
    await pair.devices.apply("meanwhile")
    await pair.until_other_leads(seconds=TAKEOVER_SECONDS)
    await until_as_wanted(pair.devices, {"before": 2, "meanwhile": 1}, seconds=20)
    await pair.devices.apply("before", concurrency=3)  # and this it hears of in the moment in which it is thawed
    await thaw(pair)
    await until_as_wanted(pair.devices, {"before": 3, "meanwhile": 1}, seconds=20)
    pair.assert_never_two()
    pair.history.assert_one_each()


async def frozen_between_two_writes(pair: Pair) -> None:
    """Its ConfigMap is applied, the answer arrives while it is frozen: the pod is next. Others hold the Lease by then.

    The Lease is taken away from it, so that it is thawed when its term is over but the answer is not too late yet.
    """
    former, lease = pair.leader, LEASES.path(pair.devices.namespace, "qdm-operator")
    first = Match("PATCH", "/configmaps/interrupted-")
    with former.proxy.late_answers(1, first):
        await pair.devices.apply("interrupted")
        await until(lambda: former.proxy.count(first) == 1, "the first write", seconds=20)
        former.program.process.freeze()
        former.stop_counting()
        await pair.devices.client.patch(lease, {"spec": {"holderIdentity": ""}})
        await asyncio.sleep(RENEW_DEADLINE_SECONDS + 0.5)
    assert pair.other.leads
    await until_as_wanted(pair.devices, {"before": 1, "interrupted": 1}, seconds=20)
    await thaw(pair)
    pair.history.assert_one_each()


async def thaw(pair: Pair) -> None:
    """Thaws a former leader, and asserts that it only looks from then on."""
    former = pair.leader
    former.proxy.forget()
    former.program.process.thaw()
    await until(lambda: former.proxy.count(LOOKS) >= 2, "the thawed one looks at everything", seconds=30)
    assert [request for request in former.proxy.writes() if not LEASE.fits(request)] == []
    assert (await former.program.metrics())[LEADING] == 0
    assert (await pair.other.program.metrics())[LEADING] == 1
    assert await former.program.is_healthy()


@asynccontextmanager
async def refused(proxy: FaultProxy) -> AsyncIterator[None]:
    async with proxy.refusing():
        yield


@asynccontextmanager
async def swallowed(proxy: FaultProxy) -> AsyncIterator[None]:
    with proxy.black_hole():
        yield


@asynccontextmanager
async def handed_on_too_late(proxy: FaultProxy) -> AsyncIterator[None]:
    with proxy.delay(TOO_LATE_SECONDS):
        yield


@asynccontextmanager
async def answered_too_late(proxy: FaultProxy) -> AsyncIterator[None]:
    with proxy.late_answers(TOO_LATE_SECONDS):
        yield


FAULTS: Mapping[str, Callable[[FaultProxy], AbstractAsyncContextManager[None]]] = {
    "refused": refused,
    "swallowed": swallowed,
    "handed on too late": handed_on_too_late,
    "answered too late": answered_too_late,
}


async def cut_off(pair: Pair, fault: str) -> None:
    async with FAULTS[fault](pair.leader.proxy):
        await pair.devices.apply("meanwhile")
        await pair.until_other_leads(seconds=TAKEOVER_SECONDS)
        assert not pair.leader.leads
        await until_as_wanted(pair.devices, {"before": 1, "meanwhile": 1}, seconds=20)
        assert await pair.leader.program.is_healthy(LIVE)
    pair.leader.proxy.forget()
    await until(lambda: pair.leader.proxy.count(LEASE) >= 2, "it stands for election again", seconds=30)
    metrics = [await replica.program.metrics() for replica in (pair.leader, pair.other)]
    assert sum(found[LEADING] for found in metrics) == 1
    pair.assert_never_two()
    pair.history.assert_one_each()


STORIES: Mapping[str, Callable[[Pair], Coroutine[None, None, None]]] = {
    "killed": killed,
    "frozen": frozen,
    "frozen between two writes": frozen_between_two_writes,
    **{fault: partial(cut_off, fault=fault) for fault in FAULTS},
}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def stories(
    control_plane: ControlPlane, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Mapping[str, asyncio.Task[None]]]:
    """All stories at a time, each with operators of its own: most of the time nobody does anything but wait."""
    folder = tmp_path_factory.mktemp("stories")

    async def tell(story: Callable[[Pair], Coroutine[None, None, None]]) -> None:
        async with two_operators(control_plane, client, folder) as pair:
            await story(pair)

    async with (
        Client(control_plane.kubeconfig) as client,
        PlayedNodes(control_plane.kubeconfig, folder / "nodes", default=OnPaper()),
    ):
        tasks = {name: asyncio.create_task(tell(story)) for name, story in STORIES.items()}
        yield tasks
        for task in tasks.values():
            task.cancel()
        await asyncio.gather(*tasks.values(), return_exceptions=True)


@pytest.mark.asyncio(loop_scope="module")
async def test_a_leader_that_is_killed_is_followed_and_a_device_applied_meanwhile_gets_its_pod(
    stories: Mapping[str, asyncio.Task[None]],
) -> None:
    await stories["killed"]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_leader_that_was_frozen_finds_out_before_it_writes_anything(
    stories: Mapping[str, asyncio.Task[None]],
) -> None:
    await stories["frozen"]


@pytest.mark.asyncio(loop_scope="module")
async def test_a_leader_that_was_frozen_between_two_writes_does_not_do_the_second(
    stories: Mapping[str, asyncio.Task[None]],
) -> None:
    await stories["frozen between two writes"]


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.asyncio(loop_scope="module")
async def test_a_leader_cut_off_from_the_api_server_is_followed_and_never_are_there_two(
    stories: Mapping[str, asyncio.Task[None]], fault: str
) -> None:
    await stories[fault]


async def test_a_leader_whose_api_server_is_slow_but_answers_in_time_goes_on_leading(pair: Pair) -> None:
    """Six renewals take longer than the 10 s for which a leader goes on without any."""
    with pair.leader.proxy.delay(IN_TIME_SECONDS / 2), pair.leader.proxy.late_answers(IN_TIME_SECONDS / 2):
        pair.leader.proxy.forget()
        await pair.devices.apply("meanwhile")
        await until_as_wanted(pair.devices, {"before": 1, "meanwhile": 1}, seconds=30)
        await until(lambda: pair.leader.proxy.count(RENEWALS) >= 6, "six renewals", seconds=30)
    assert pair.leader.leads
    assert len(pair.leader.terms) == 1
    assert pair.other.terms == []
    pair.history.assert_one_each()


async def test_a_lease_that_somebody_deletes_makes_no_second_leader(pair: Pair) -> None:
    await pair.devices.client.delete(LEASES.path(pair.devices.namespace, "qdm-operator"))
    pair.leader.proxy.forget()
    pair.other.proxy.forget()
    await until(
        lambda: min(replica.proxy.count(LEASE) for replica in (pair.leader, pair.other)) >= 3,
        "both noticed",
        seconds=20,
    )
    await until(lambda: pair.leader.leads or pair.other.leads, "one leads", seconds=TAKEOVER_SECONDS)
    await pair.devices.apply("after")
    await until_as_wanted(pair.devices, {"before": 1, "after": 1}, seconds=20)
    pair.assert_never_two()
    pair.history.assert_one_each()
