"""How time and memory grow with what is asked for.

``python bench/growth.py`` prints every point as it is known and writes the series to build/growth.json, which
``bench/charts.py`` draws.
"""

import statistics
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from itertools import count, repeat

import grpc
from circuit_rows import AER, DEVICE, SHOTS, Caller, run_on_aer
from load import many_calls
from measure import KIB, MIB, Series, Work, milliseconds, p99, write
from path_rows import NULL, listing, null_request
from processes import OPTIONS, Fleet, forget_peak, peak_bytes, running, worker_of
from qiskit_aer import AerSimulator
from workloads import Workload, dense, layered

from qdm_proto.eigen.internal.v1.driver_manager_pb2_grpc import DriverManagerServiceStub

QUBITS = (2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 22, 24)
GATES = (10, 100, 1_000, 10_000, 100_000)
SHOT_NUMBERS = (1, 10, 100, 1_000, 10_000, 100_000, 1_000_000)
PAYLOADS = tuple(2**power for power in range(10, 25, 2))
DEVICES = (1, 10, 100, 1_000)
CLIENTS = (1, 2, 4, 8, 16, 32, 64, 128, 256)
CALLS = 2_000
CONNECTIONS = 16

THROUGH = "client, facade, sidecar"
DIRECT = "client, sidecar"
WORKER = "the driver's process, at its peak"

# Short work is repeated until so much was seen of it.
ENOUGH_MILLISECONDS = 500.0
MOST_REPEATS = 25


def main() -> None:
    """Measures all series."""
    with running({DEVICE: "simulator", NULL: "null"}) as fleet:
        series = [
            *_circuits(fleet, "qubits", QUBITS, lambda qubits, seed: layered(qubits, 5, seed)),
            *_circuits(fleet, "gates", GATES, lambda gates, seed: dense(10, gates, seed)),
            *_circuits(fleet, "shots", SHOT_NUMBERS, lambda _, seed: dense(10, 200, seed)),
            *_payloads(fleet),
            *_clients(fleet),
        ]
    series += _devices()
    write(series, "growth.json")


def _circuits(
    fleet: Fleet, chart: str, values: Sequence[int], make: Callable[[int, int], Workload]
) -> Iterator[Series]:
    """Measures circuits that are new each time; ``make`` takes a value and a seed."""
    worker = worker_of(fleet.sidecar_pids[DEVICE])
    ours, peers, peaks = [], [], []
    with grpc.insecure_channel(fleet.facade, OPTIONS) as channel:
        caller, simulator = Caller(channel), AerSimulator()
        for value in values:
            shots = value if chart == "shots" else SHOTS
            forget_peak(worker)
            ours.append(_usual(partial(caller.aqo, make(value, seed).aqo(), shots=shots) for seed in count()))
            peaks.append(peak_bytes(worker) / MIB)
            circuits = (make(value, seed).qiskit() for seed in count())
            peers.append(_usual(partial(run_on_aer, simulator, circuit, shots) for circuit in circuits))
            print(
                f"{value:12,} {chart:8} {ours[-1]:12.3f} ms {peers[-1]:12.3f} ms in Aer {peaks[-1]:8.0f} MiB",
                flush=True,
            )
    yield Series(chart, THROUGH, chart, "ms", list(zip(values, ours, strict=True)))
    yield Series(chart, AER, chart, "ms", list(zip(values, peers, strict=True)))
    yield Series(f"{chart}-memory", WORKER, chart, "MiB", list(zip(values, peaks, strict=True)))


def _payloads(fleet: Fleet) -> Iterator[Series]:
    for name, address in ((THROUGH, fleet.facade), (DIRECT, fleet.sidecars[NULL])):
        points = []
        with grpc.insecure_channel(address, OPTIONS) as channel:
            execute = DriverManagerServiceStub(channel).ExecuteCircuit
            for size in PAYLOADS:
                request = null_request(b"x" * size)
                points.append((size / KIB, _usual(repeat(partial(execute, request)))))
                print(f"{size / KIB:12,.0f} KiB      {points[-1][1]:12.3f} ms {name}", flush=True)
        yield Series("payload", name, "KiB", "ms", points)


def _clients(fleet: Fleet) -> Iterator[Series]:
    request = null_request(b"x")
    rates, medians, tails = [], [], []
    for clients in CLIENTS:
        connections = min(clients, CONNECTIONS)
        times = many_calls(fleet.facade, request, connections=connections, clients=clients, calls=CALLS)
        rates.append((clients, clients / statistics.mean(times) * 1000))
        medians.append((clients, statistics.median(times)))
        tails.append((clients, p99(times)))
        print(f"{clients:12,} clients  {rates[-1][1]:12,.0f} calls/s, p99 {tails[-1][1]:.1f} ms", flush=True)
    yield Series("clients", THROUGH, "clients", "calls/s", rates)
    yield Series("clients-latency", "median", "clients", "ms", medians)
    yield Series("clients-latency", "p99", "clients", "ms", tails)


def _devices() -> Iterator[Series]:
    medians, tails, memory = [], [], []
    for devices in DEVICES:
        times, resident = listing(devices, calls=200)
        medians.append((devices, statistics.median(times)))
        tails.append((devices, p99(times)))
        memory.append((devices, resident / MIB))
        print(f"{devices:12,} devices  {medians[-1][1]:12.3f} ms a list, {memory[-1][1]:.0f} MiB", flush=True)
    yield Series("devices", "ListDevices, median", "devices", "ms", medians)
    yield Series("devices", "ListDevices, p99", "devices", "ms", tails)
    yield Series("devices-memory", "facade", "devices", "MiB", memory)


def _usual(works: Iterable[Work]) -> float:
    """Returns the median of what works take, without the first where there is a second."""
    times: list[float] = []
    for work in works:
        times.append(milliseconds(work))
        if len(times) == MOST_REPEATS or sum(times) >= ENOUGH_MILLISECONDS:
            break
    return statistics.median(times[1:] or times)


if __name__ == "__main__":
    main()
