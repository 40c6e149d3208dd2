"""Calls from many clients at once."""

import asyncio
import time
from collections.abc import Sequence

import grpc
from processes import OPTIONS, cpu_seconds

from qdm_common.rpc import DRIVER_MANAGER
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb

CONNECTIONS = 4
IN_FLIGHT = 64
CALLS = 2_000

Execute = grpc.aio.UnaryUnaryMultiCallable[pb.ExecuteCircuitRequest, pb.ExecuteCircuitResponse]


def cpu_microseconds_a_call(address: str, pid: int, request: pb.ExecuteCircuitRequest) -> float:
    """Returns what a call to the server there costs its process: 4 connections, 64 calls in flight."""
    began = cpu_seconds(pid)
    many_calls(address, request, connections=CONNECTIONS, clients=IN_FLIGHT, calls=CALLS)
    return (cpu_seconds(pid) - began) / CALLS * 1e6


def many_calls(
    address: str, request: pb.ExecuteCircuitRequest, *, connections: int, clients: int, calls: int
) -> list[float]:
    """Has clients share connections and make so many calls between them; returns the milliseconds each call took."""
    return asyncio.run(_many_calls(address, request, connections, clients, calls))


async def _many_calls(
    address: str, request: pb.ExecuteCircuitRequest, connections: int, clients: int, calls: int
) -> list[float]:
    channels = [grpc.aio.insecure_channel(address, OPTIONS) for _ in range(connections)]
    executes = [execute_on(channel) for channel in channels]
    shares = [calls // clients + (number < calls % clients) for number in range(clients)]
    try:
        times = await asyncio.gather(
            *(_one_client(executes[number % connections], request, share) for number, share in enumerate(shares))
        )
    finally:
        await asyncio.gather(*(channel.close() for channel in channels))
    return [took for client in times for took in client]


def execute_on(channel: grpc.aio.Channel) -> Execute:
    """Returns the method at the other end."""
    return channel.unary_unary(
        f"/{DRIVER_MANAGER}/ExecuteCircuit",
        request_serializer=pb.ExecuteCircuitRequest.SerializeToString,
        response_deserializer=pb.ExecuteCircuitResponse.FromString,
    )


async def _one_client(execute: Execute, request: pb.ExecuteCircuitRequest, calls: int) -> Sequence[float]:
    times = []
    for _ in range(calls):
        began = time.perf_counter()
        await execute(request)
        times.append((time.perf_counter() - began) * 1000)
    return times
