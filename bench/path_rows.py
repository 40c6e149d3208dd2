"""What the way to a driver costs, with a driver that does nothing."""

import statistics
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import grpc
from envoy_proxy import envoy_to
from fake_sidecars import fake_sidecars
from load import cpu_microseconds_a_call
from measure import MIB, Batch, Row, in_turn, milliseconds, p99, row
from processes import OPTIONS, Fleet, facade_of, resident_bytes

from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.eigen.internal.v1.driver_manager_pb2_grpc import DriverManagerServiceStub

NULL = "null"
DIRECT = "the same call, sent to the sidecar"
LIMIT = "the most it may take"
MOST_MILLISECONDS_ADDED = 1.0
MOST_MILLISECONDS_TO_LIST = 20.0
DEVICES = 1_000


def path_rows(fleet: Fleet) -> Iterator[Row]:
    """Measures one row after another."""
    with (
        grpc.insecure_channel(fleet.facade, OPTIONS) as through,
        grpc.insecure_channel(fleet.sidecars[NULL], OPTIONS) as direct,
    ):
        managers = DriverManagerServiceStub(through), DriverManagerServiceStub(direct)
        whole, part = _both(*managers, payload=b"x", turns=200)
        yield row("call", whole, DIRECT, part)
        yield row("facade_latency", whole - part, LIMIT, MOST_MILLISECONDS_ADDED)
        whole, part = _both(*managers, payload=b"x" * 4 * MIB, turns=8)
        yield row("payload4m", whole, DIRECT, part)
    yield _cpu(fleet)
    times, _ = listing(DEVICES, calls=1_000)
    yield row("list_devices", p99(times), LIMIT, MOST_MILLISECONDS_TO_LIST)


def null_request(payload: bytes) -> pb.ExecuteCircuitRequest:
    """Returns a call that does nothing but carry a payload."""
    circuit = pb.CircuitPayload(format=pb.CIRCUIT_FORMAT_QASM3_TEXT, data=payload)
    return pb.ExecuteCircuitRequest(device_id=NULL, payload=circuit, shots=1)


def _both(
    through: DriverManagerServiceStub, direct: DriverManagerServiceStub, *, payload: bytes, turns: int
) -> tuple[float, float]:
    request = null_request(payload)

    def batch(manager: DriverManagerServiceStub) -> Batch:
        return [lambda: manager.ExecuteCircuit(request)] * 5

    whole, part = in_turn([(batch(through), batch(direct))] * turns, warm_up=2)
    return whole, part


def _cpu(fleet: Fleet) -> Row:
    request = null_request(b"x")
    with envoy_to(fleet.sidecars[NULL]) as (address, pid):
        turns = [
            (
                cpu_microseconds_a_call(fleet.facade, fleet.facade_pid, request),
                cpu_microseconds_a_call(address, pid, request),
            )
            for _ in range(5)
        ]
    ours, peer = (statistics.median(column) for column in zip(*turns, strict=True))
    return row("facade_cpu", ours, "Envoy", peer, unit="us")


def listing(devices: int, *, calls: int) -> tuple[list[float], int]:
    """Returns how many milliseconds each ListDevices of so many devices takes, and the facade's memory after them all.

    The devices' sidecars take no calls: a facade that made one for a list would fail.
    """
    with (
        TemporaryDirectory() as name,
        fake_sidecars(devices, Path(name)) as sidecars,
        facade_of(sidecars, Path(name)) as (facade, pid),
        grpc.insecure_channel(facade, OPTIONS) as channel,
    ):
        manager = DriverManagerServiceStub(channel)
        while [device.status for device in _listed(manager)] != [pb.DEVICE_STATUS_ONLINE] * devices:
            pass
        times = [milliseconds(lambda: manager.ListDevices(pb.ListDevicesRequest())) for _ in range(calls)]
        return times, resident_bytes(pid)


def _listed(manager: DriverManagerServiceStub) -> list[pb.DeviceInfo]:
    return list(manager.ListDevices(pb.ListDevicesRequest(), wait_for_ready=True).devices)
