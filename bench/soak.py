"""Ten minutes of calls, one in four of which is given up, to see whether facade or sidecar keep anything of them.

``python bench/soak.py [SECONDS]`` prints memory as it goes, writes build/soak.json, and ends with exit code 1 where
memory in the last third of the time is more than a tenth above that of the second third.
"""

import asyncio
import random
import statistics
import sys
import time
from collections.abc import Callable
from itertools import count

import grpc
from circuit_rows import DEVICE
from load import Execute, execute_on
from measure import MIB, Series, write
from path_rows import NULL, null_request
from processes import OPTIONS, Fleet, resident_bytes, running, worker_of
from workloads import dense

from qdm_common.rpc import caller_left
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb

SECONDS = 600
LOOK_SECONDS = 5
CLIENTS = 16
CHANNEL_CALLS = 500
GIVEN_UP = 0.25
MOST_MILLISECONDS_OF_PATIENCE = 20
MOST_GROWTH = 1.10
MEMORY_BYTES = 2**30  # so little that caches are full within a minute


def main() -> None:
    """Soaks."""
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    with running({DEVICE: "simulator", NULL: "null"}, MEMORY_BYTES) as fleet:
        looks = asyncio.run(_soak(fleet, seconds))
    write(looks, "soak.json")
    if grown := [line.name for line in looks if _growth(line) > MOST_GROWTH]:
        raise SystemExit(f"memory grew: {', '.join(grown)}")


async def _soak(fleet: Fleet, seconds: int) -> list[Series]:
    pids = {
        "facade": fleet.facade_pid,
        "sidecar": fleet.sidecar_pids[DEVICE],
        "worker": worker_of(fleet.sidecar_pids[DEVICE]),
    }
    done = 0

    def called() -> None:
        nonlocal done
        done += 1

    looks: dict[str, list[tuple[float, float]]] = {name: [] for name in pids}
    began = time.monotonic()
    async with asyncio.TaskGroup() as group:
        clients = [group.create_task(_client(fleet.facade, number, called)) for number in range(CLIENTS)]
        while (passed := time.monotonic() - began) < seconds:
            await asyncio.sleep(LOOK_SECONDS)
            for name, pid in pids.items():
                looks[name].append((round(passed), resident_bytes(pid) / MIB))
            told = "  ".join(f"{name} {points[-1][1]:6.1f} MiB" for name, points in looks.items())
            print(f"{passed:5.0f} s {done:9,} calls  {told}", flush=True)
        for client in clients:
            client.cancel()
    return [Series("soak", name, "s", "MiB", points) for name, points in looks.items()]


async def _client(facade: str, number: int, called: Callable[[], None]) -> None:
    """Makes calls for ever, some of which it gives up, on a new connection now and then."""
    dice = random.Random(number)
    seeds = count(number * 1_000_000)
    while True:
        async with grpc.aio.insecure_channel(facade, OPTIONS) as channel:
            execute = execute_on(channel)
            for _ in range(CHANNEL_CALLS):
                await _call(execute, _request(dice, seeds), dice)
                called()


def _request(dice: random.Random, seeds: "count[int]") -> pb.ExecuteCircuitRequest:
    if dice.random() < 0.5:
        return null_request(b"x" * dice.randrange(1, 20_000))
    payload = pb.CircuitPayload(format=pb.CIRCUIT_FORMAT_AQO_JSON, data=dense(6, 40, next(seeds)).aqo())
    return pb.ExecuteCircuitRequest(device_id=DEVICE, payload=payload, shots=100)


async def _call(execute: Execute, request: pb.ExecuteCircuitRequest, dice: random.Random) -> None:
    call = execute(request)
    if dice.random() < GIVEN_UP:
        await asyncio.sleep(dice.uniform(0, MOST_MILLISECONDS_OF_PATIENCE) / 1000)
        call.cancel()
    try:
        await call
    except asyncio.CancelledError:
        if caller_left():
            raise


def _growth(memory: Series) -> float:
    """Returns the memory at the median in the last third of the time, over that in the second."""
    values = [value for _, value in memory.points]
    third = len(values) // 3
    return statistics.median(values[-third:]) / statistics.median(values[third : 2 * third])


if __name__ == "__main__":
    main()
