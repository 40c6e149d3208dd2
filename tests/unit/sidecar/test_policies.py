import asyncio

import pytest

from qdm_common.memory import memory_limit
from qdm_driver import Code, ExecutionResult
from qdm_sidecar.broadcast import Broadcast
from qdm_sidecar.device_state import Phase
from qdm_sidecar.processors import processor_limit
from qdm_sidecar.worker.main import check_result
from qdm_sidecar.worker_pool import phase_after_failure

MEMINFO = "MemFree: 1 kB\nMemTotal:       1000 kB\n"


@pytest.mark.parametrize(
    ("code", "phase"),
    [
        (Code.INVALID_ARGUMENT, Phase.CONFIG_INVALID),
        (Code.FAILED_PRECONDITION, Phase.DRIVER_UNUSABLE),
        (Code.UNAVAILABLE, Phase.BACKEND_DOWN),
        (Code.INTERNAL, Phase.DRIVER_UNUSABLE),
    ],
)
def test_a_failed_start_says_what_is_wrong_with_the_device(code: Code, phase: Phase) -> None:
    assert phase_after_failure(code.value) is phase


@pytest.mark.parametrize(
    ("cgroup_limits", "memory"),
    [
        ([], 1_024_000),
        (["max\n"], 1_024_000),
        (["9223372036854771712\n"], 1_024_000),
        (["500000\n"], 500_000),
        (["max\n", "400000\n"], 400_000),
    ],
)
def test_memory_is_the_least_of_machine_and_container(cgroup_limits: list[str], memory: int) -> None:
    assert memory_limit(cgroup_limits, MEMINFO) == memory


@pytest.mark.parametrize(
    ("quotas", "processors"),
    [
        ([], 8),
        (["max 100000\n"], 8),
        (["-1\n 100000\n"], 8),
        (["200000 100000"], 2),
        (["150000 100000"], 2),
        (["50000 100000"], 1),
        (["1600000 100000"], 8),
        (["max 100000", "300000 100000"], 3),
    ],
)
def test_processors_are_bounded_by_the_machine_and_by_every_limit(quotas: list[str], processors: int) -> None:
    assert processor_limit(quotas, 8) == processors


@pytest.mark.parametrize(
    ("counts", "shots"),
    [
        ({}, 1),
        ({"0": 1}, 2),
        ({"0": 1, "11": 1}, 2),
        ({"02": 1}, 1),
        ({"0x1": 1}, 1),
        ({"\ud800": 1}, 1),
        ({"0": 3, "1": -1}, 2),
        ({"0": 2, "1": 0}, 2),
    ],
)
def test_counts_that_are_not_normalised_are_a_bug_of_the_driver(counts: dict[str, int], shots: int) -> None:
    with pytest.raises(ValueError, match="counts"):
        check_result(ExecutionResult(counts, 0.0), shots)


@pytest.mark.parametrize("seconds", [float("nan"), float("inf"), -0.001])
def test_a_time_that_no_backend_worked_is_a_bug_of_the_driver(seconds: float) -> None:
    with pytest.raises(ValueError, match="execution_time_sec"):
        check_result(ExecutionResult({"0": 1}, seconds), 1)


def test_normalised_counts_pass() -> None:
    check_result(ExecutionResult({"00": 3, "11": 5}, 0.0), 8)


async def test_a_change_wakes_everybody_who_waits() -> None:
    changes = Broadcast()
    waiting = [asyncio.create_task(changes.wait(changes.version, timeout_seconds=60)) for _ in range(3)]
    await asyncio.sleep(0)
    changes.notify()
    async with asyncio.timeout(10):
        await asyncio.gather(*waiting)


async def test_a_change_that_came_while_nobody_waited_is_not_missed() -> None:
    changes = Broadcast()
    seen = changes.version
    changes.notify()
    async with asyncio.timeout(10):
        await changes.wait(seen, timeout_seconds=60)
