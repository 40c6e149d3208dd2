"""Measures what a caller waits for, against what the caller would otherwise do, in the same run.

``python bench/run.py`` starts a fleet, alternates our call with its peer, prints the medians and their ratio (more is
better), and writes them to build/bench.json as a list of {name, unit, ours, peer, peer_value, ratio}.
"""

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import count
from pathlib import Path

import grpc
from qiskit import qasm3, transpile
from qiskit_aer import AerSimulator

from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.eigen.internal.v1.driver_manager_pb2_grpc import DriverManagerServiceStub

ROOT = Path(__file__).parents[1]
SHOTS = 1024
BATCH = 10
TURNS = 45
WARM_UP_TURNS = 5

BELL = """OPENQASM 3.0;
include "stdgates.inc";
qubit[2] q;
bit[2] c;
h q[0];
cx q[0], q[1];
c = measure q;
"""

Execute = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result; values are medians in ``unit``."""

    name: str
    unit: str
    ours: float
    peer: str
    peer_value: float
    ratio: float


@contextmanager
def fleet() -> Iterator[Execute]:
    """Starts the example fleet and yields a function that sends one OpenQASM 3 program and waits for its counts."""
    with tempfile.TemporaryDirectory() as folder:
        address = f"unix:{folder}/s"
        manifest = str(ROOT / "examples" / "fleet.yaml")
        command = [sys.executable, "-m", "qdm_cli", "up", "-f", manifest, "--listen", address]
        environment = os.environ | {"QDM_LOG_LEVEL": "INFO"}
        process = subprocess.Popen(
            [*command, "--metrics-listen", "127.0.0.1:0"], stdout=subprocess.DEVNULL, env=environment
        )
        try:
            with grpc.insecure_channel(address) as channel:
                manager = DriverManagerServiceStub(channel)
                status = pb.DeviceStatusRequest(device_id="sim:local")
                while manager.GetDeviceStatus(status, wait_for_ready=True).status != pb.DEVICE_STATUS_ONLINE:
                    time.sleep(0.1)

                def execute(program: str) -> None:
                    payload = pb.CircuitPayload(format=pb.CIRCUIT_FORMAT_QASM3_TEXT, data=program.encode())
                    manager.ExecuteCircuit(
                        pb.ExecuteCircuitRequest(device_id="sim:local", payload=payload, shots=SHOTS)
                    )

                yield execute
        finally:
            process.terminate()
            process.wait()


def in_process(program: str) -> None:
    """Does what the Qiskit documentation does with an OpenQASM 3 program."""
    simulator = AerSimulator()
    circuit = transpile(qasm3.loads(program), simulator)
    simulator.run(circuit, shots=SHOTS).result().get_counts()


def never_seen(number: int) -> str:
    """Returns a Bell pair that no cache can know: its bytes and one angle are new, its counts are the same."""
    return BELL.replace("h q[0];", f"rz({number}e-6) q[0];\nh q[0];")


def compare(name: str, ours: Callable[[int], None], peer: Callable[[int], None], peer_name: str) -> Row:
    """Times both in turn, a batch of ours to one of the peer's, so that a machine whose speed drifts drifts for both.

    Each call gets a number that no call had before.
    """
    numbers = count()
    ours_ms, peer_ms = [], []
    for turn in range(TURNS):
        ours_batch = [_milliseconds(ours, next(numbers)) for _ in range(BATCH)]
        peer_once = _milliseconds(peer, next(numbers))
        if turn >= WARM_UP_TURNS:
            ours_ms += ours_batch
            peer_ms.append(peer_once)
    median, peer_median = statistics.median(ours_ms), statistics.median(peer_ms)
    return Row(name, "ms", round(median, 3), peer_name, round(peer_median, 3), round(peer_median / median, 1))


def _milliseconds(work: Callable[[int], None], number: int) -> float:
    began = time.perf_counter()
    work(number)
    return (time.perf_counter() - began) * 1000


def main() -> None:
    """Prints a table and writes build/bench.json."""
    peer_name = "qasm3.loads + transpile + AerSimulator.run, in process"
    with fleet() as execute:
        rows = [
            compare(
                "bell",
                lambda number: execute(never_seen(number)),
                lambda number: in_process(never_seen(number)),
                peer_name,
            ),
            compare("bell warm", lambda _: execute(BELL), lambda _: in_process(BELL), peer_name),
        ]
    for row in rows:
        print(f"{row.name:12} {row.ours:9.3f} {row.unit}  {row.peer_value:9.3f} {row.unit}  x{row.ratio:<6} {row.peer}")
    target = ROOT / "build" / "bench.json"
    target.parent.mkdir(exist_ok=True)
    target.write_text(json.dumps([asdict(row) for row in rows], indent=2) + "\n")


if __name__ == "__main__":
    main()
