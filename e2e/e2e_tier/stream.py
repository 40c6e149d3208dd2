"""A kernel under load, in a pod: sends one job after another, whatever comes of them, and tells how they ended.

Once a second it prints a line of JSON: ``ended``, how many calls ended in which way in that second (a status, with
``+RetryInfo`` where the answer says when to try again); ``slowest``, the seconds that the slowest of them took;
``oldest``, the age in seconds of the oldest call still open; and ``failures``, what some of those that failed said.
"""

import argparse
import asyncio
import json
import time
from collections import Counter

import grpc
from google.rpc import error_details_pb2, status_pb2

from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.eigen.internal.v1.driver_manager_pb2_grpc import DriverManagerServiceStub

BELL = b'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[2] q;\nh q[0];\ncx q[0], q[1];\n'
_PAUSE_SECONDS = 0.02
_PAUSE_AFTER_FAILURE_SECONDS = 0.2


class Second:
    """What ended since the last line."""

    def __init__(self) -> None:
        self.ended: Counter[str] = Counter()
        self.slowest = 0.0
        self.failures: list[str] = []


class Stream:
    """Some callers on one channel."""

    def __init__(self, request: pb.ExecuteCircuitRequest) -> None:
        self._request = request
        self._second = Second()
        self._open: dict[int, float] = {}

    async def call(self, stub: DriverManagerServiceStub, caller: int) -> None:
        """Sends jobs for ever, without a deadline, as the kernel does."""
        while True:
            began = self._open[caller] = time.monotonic()
            pause = _PAUSE_SECONDS
            try:
                await stub.ExecuteCircuit(self._request)
                outcome = "OK"
            except grpc.aio.AioRpcError as error:
                outcome = _outcome(error)
                self._second.failures.append(f"{outcome}: {error.details()}")
                pause = _PAUSE_AFTER_FAILURE_SECONDS
            del self._open[caller]
            self._second.ended[outcome] += 1
            self._second.slowest = max(self._second.slowest, time.monotonic() - began)
            await asyncio.sleep(pause)

    async def tell(self) -> None:
        """Prints a line a second."""
        while True:
            await asyncio.sleep(1.0)
            second, self._second = self._second, Second()
            oldest = max((time.monotonic() - began for began in self._open.values()), default=0.0)
            line = {"ended": second.ended, "slowest": second.slowest, "oldest": oldest, "failures": second.failures[:5]}
            print(json.dumps(line), flush=True)


def _outcome(error: grpc.aio.AioRpcError) -> str:
    for key, value in error.trailing_metadata() or ():
        if key == "grpc-status-details-bin" and isinstance(value, bytes):
            details = status_pb2.Status.FromString(value).details
            if any(detail.Is(error_details_pb2.RetryInfo.DESCRIPTOR) for detail in details):
                return f"{error.code().name}+RetryInfo"
    return error.code().name


async def main() -> None:
    """Reads what is wanted and sends until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("address")
    parser.add_argument("device")
    parser.add_argument("--callers", type=int, default=4)
    parser.add_argument("--never-retry", action="store_true")
    given = parser.parse_args()
    payload = pb.CircuitPayload(format=pb.CIRCUIT_FORMAT_QASM3_TEXT, data=BELL)
    stream = Stream(pb.ExecuteCircuitRequest(device_id=given.device, payload=payload, shots=100))
    options = [("grpc.enable_retries", 0)] if given.never_retry else []
    async with grpc.aio.insecure_channel(given.address, options) as channel, asyncio.TaskGroup() as group:
        group.create_task(stream.tell())
        for caller in range(given.callers):
            group.create_task(stream.call(DriverManagerServiceStub(channel), caller))


if __name__ == "__main__":
    asyncio.run(main())
