import math

import pytest

from qdm_driver import Code, PreconditionError, RetryableError, UnavailableError
from qdm_sidecar.fence import Fence

POD = "11111111-2222"


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def fence(clock: Clock) -> Fence:
    return Fence(instance=POD, seconds=15, clock=clock)


def test_it_is_not_held_before_anybody_confirmed_the_pod(fence: Fence) -> None:
    assert not fence.held
    assert fence.seconds_left == 0
    with pytest.raises(UnavailableError, match="confirmed") as raised:
        fence.check()
    assert isinstance(raised.value, RetryableError)
    assert (raised.value.code, raised.value.retry_after) == (Code.UNAVAILABLE, 1.0)


def test_without_an_instance_there_is_no_fence(clock: Clock) -> None:
    fence = Fence(instance="", seconds=15, clock=clock)
    fence.acknowledge("", fence.beat())
    clock.now += 1e9
    fence.check()
    assert (fence.held, fence.seconds_left) == (True, math.inf)


def test_an_acknowledged_beat_holds_it_from_that_beat_on_and_to_the_instant(fence: Fence, clock: Clock) -> None:
    beat = fence.beat()
    clock.now += 10
    fence.acknowledge(POD, beat)
    fence.check()
    assert fence.seconds_left == 5
    clock.now += 4.999
    assert fence.held
    clock.now += 0.001
    assert not fence.held


@pytest.mark.parametrize(
    ("beat", "seconds_left"),
    [
        (1000_000_000, 15),  # just now
        (990_000_000, 5),  # late, and worth what is left of it
        (985_000_000, 0),  # so late that it proves nothing any more
        (1, 0),
        (1000_000_001, 0),  # from the future
        (2**64 - 1, 0),
        (0, 0),  # what opens a stream, even on a machine that has just booted
    ],
)
def test_only_a_beat_of_late_holds_it_and_never_for_longer_than_from_now(
    fence: Fence, beat: int, seconds_left: float
) -> None:
    fence.acknowledge(POD, beat)
    assert fence.seconds_left == seconds_left


def test_the_opening_of_a_stream_holds_nothing_on_a_machine_that_has_just_booted(clock: Clock) -> None:
    clock.now = 3.0
    fence = Fence(instance=POD, seconds=15, clock=clock)
    fence.acknowledge(POD, 0)
    assert not fence.held


def test_acknowledgements_that_overtake_one_another_shorten_nothing(fence: Fence, clock: Clock) -> None:
    first = fence.beat()
    clock.now += 2
    second = fence.beat()
    fence.acknowledge(POD, second)
    fence.acknowledge(POD, first)
    assert fence.seconds_left == 15


def test_a_late_acknowledgement_does_not_open_a_fence_that_lapsed(fence: Fence, clock: Clock) -> None:
    beat = fence.beat()
    clock.now += 16
    fence.acknowledge(POD, beat)
    assert not fence.held


def test_a_new_acknowledgement_opens_it_again(fence: Fence, clock: Clock) -> None:
    fence.acknowledge(POD, fence.beat())
    clock.now += 3600
    fence.acknowledge(POD, fence.beat())
    assert fence.seconds_left == 15


def test_an_observer_holds_nothing(fence: Fence) -> None:
    fence.acknowledge("", fence.beat())
    assert not fence.held


@pytest.mark.parametrize("instance", [POD, ""])
def test_who_means_another_pod_is_refused_and_holds_nothing(clock: Clock, instance: str) -> None:
    fence = Fence(instance=instance, seconds=15, clock=clock)
    before = fence.held
    with pytest.raises(PreconditionError) as raised:
        fence.acknowledge("of its predecessor", fence.beat())
    assert raised.value.kind == "INSTANCE"
    assert fence.held == before
