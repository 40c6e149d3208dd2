"""Elections in any weather: replicas that crash, stop and lose sight of the Lease, with faults drawn from a seed."""

import asyncio
import math
import random
from collections.abc import Callable
from contextlib import suppress

import pytest
from operator_scenes.fake_lease import ANSWER_LOST, BLACK_HOLED, REFUSED, LeaseServer, Trip, Wire

from qdm_operator import elector
from qdm_operator.elector import RETRY_SECONDS, Elector

pytestmark = pytest.mark.looptime(noop_cycles=1)

SEEDS = range(1000, 1020)
ROUNDS = 3
FAILOVER_SECONDS = 20.0
LATEST_SECONDS = 3.0  # what a request may be late by, or a leader need to end


class Stage:
    """Who leads."""

    def __init__(self) -> None:
        self.leaders: set[Replica] = set()
        self.clashes: list[str] = []
        self.quiet = False
        self._entered = asyncio.Event()

    def enter(self, replica: "Replica") -> None:
        self.leaders.add(replica)
        if len(self.leaders) > 1:
            names = sorted(leader.name for leader in self.leaders)
            self.clashes.append(f"{' and '.join(names)} at {asyncio.get_running_loop().time():.1f} s")
        self._entered.set()

    def leave(self, replica: "Replica") -> None:
        self.leaders.discard(replica)

    async def leader(self, *, within: float) -> "Replica":
        async with asyncio.timeout(within):
            while not self.leaders:
                self._entered.clear()
                await self._entered.wait()
        return next(iter(self.leaders))


class Replica:
    """A process with an elector in it."""

    def __init__(self, name: str, server: LeaseServer, stage: Stage, chance: random.Random) -> None:
        self.name = name
        self.alive = True
        self.wire = Wire(server)
        self._stage = stage
        self._chance = chance
        self._task = asyncio.create_task(Elector(self.wire, name).run(self._lead))

    async def stop(self) -> None:
        """Ends as after SIGTERM."""
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task
        self.alive = False

    def kill(self) -> None:
        """Ends as after SIGKILL; what it had sent is under way nevertheless."""
        self.alive = False
        self._stage.leave(self)
        self.wire.weather = lambda: BLACK_HOLED
        self._task.cancel()

    async def _lead(self) -> None:
        self._stage.enter(self)
        try:
            await asyncio.sleep(self._chance.choice([math.inf, math.inf, 0.0, 8.0]))
            if not self._stage.quiet:
                raise ValueError("the leader's work fails")
            await asyncio.sleep(math.inf)
        except asyncio.CancelledError:
            await asyncio.sleep(self._chance.uniform(0, LATEST_SECONDS))
            raise
        finally:
            self._stage.leave(self)


def weather_from(chance: random.Random) -> Callable[[], Trip]:
    """Returns the weather of one replica for a while."""
    trips = {
        "fair": lambda: Trip(chance.uniform(0, 0.02), chance.uniform(0, 0.02)),
        "slow": lambda: Trip(chance.uniform(0, 0.8), chance.uniform(0, 0.8)),
        "late": lambda: Trip(chance.uniform(0, LATEST_SECONDS), 0.01),
        "deaf": lambda: ANSWER_LOST,
        "refused": lambda: REFUSED,
        "silent": lambda: BLACK_HOLED,
    }
    kinds = chance.choice([["fair"], ["refused"], ["silent"], ["slow"], ["late"], ["deaf"], ["fair", "deaf"], [*trips]])
    return lambda: trips[chance.choice(kinds)]()  # noqa: PLW0108 - another one every time


class World:
    """Two to four replicas; one that ends is followed by another at once."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a scenario, no secret
        random.seed(seed)  # the elector spreads its load by it
        self.stage = Stage()
        self.server = LeaseServer()
        self._born = 0
        self.replicas = [self._born_now() for _ in range(self.chance.randint(2, 4))]

    def _born_now(self) -> Replica:
        self._born += 1
        return Replica(f"replica-{self._born}", self.server, self.stage, self.chance)

    def replace_dead(self) -> None:
        self.replicas = [replica if replica.alive else self._born_now() for replica in self.replicas]

    async def storm(self) -> None:
        """Everything happens that may."""
        self.stage.quiet = False
        for _ in range(self.chance.randint(2, 4)):
            for replica in self.replicas:
                replica.wire.weather = weather_from(self.chance)
            await asyncio.sleep(self.chance.uniform(1, 25))
            match self.chance.choice(["kill", "stop", "nothing"]):
                case "kill":
                    self.chance.choice(self.replicas).kill()
                case "stop":
                    await self.chance.choice(self.replicas).stop()
            self.replace_dead()

    async def calm(self) -> None:
        """The Lease can be had again: what was promised for that must hold."""
        self.stage.quiet = True
        for replica in self.replicas:
            replica.wire.weather = lambda: Trip(self.chance.uniform(0, 0.01), self.chance.uniform(0, 0.01))
        await asyncio.sleep(2 * RETRY_SECONDS + LATEST_SECONDS)
        (await self.stage.leader(within=FAILOVER_SECONDS)).kill()
        leader = await self.stage.leader(within=FAILOVER_SECONDS)
        self.replace_dead()
        await asyncio.sleep(self.chance.uniform(RETRY_SECONDS, 30))
        await leader.stop()
        await self.stage.leader(within=RETRY_SECONDS * 1.2)
        self.replace_dead()


async def live(seed: int) -> list[str]:
    world = World(seed)
    for _ in range(ROUNDS):
        await world.storm()
        await world.calm()
    for replica in world.replicas:
        await replica.stop()
    return world.stage.clashes


@pytest.mark.parametrize("seed", SEEDS)
async def test_there_are_never_two_leaders_and_in_calm_weather_soon_one(seed: int) -> None:
    assert await live(seed) == []


async def test_a_leader_that_outstays_its_lease_would_be_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(elector, "RENEW_DEADLINE_SECONDS", elector.DURATION_SECONDS + 5.0)
    assert any([await live(seed) for seed in SEEDS])
