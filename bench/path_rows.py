"""What the way to a driver costs, with a driver that does nothing."""

from collections.abc import Iterator

import grpc
from measure import Batch, Row, in_turn, row
from processes import OPTIONS, Fleet

from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.eigen.internal.v1.driver_manager_pb2_grpc import DriverManagerServiceStub

NULL = "null"
MIB = 2**20
DIRECT = "the same call, sent to the sidecar"


def path_rows(fleet: Fleet) -> Iterator[Row]:
    """Measures one row after another."""
    with (
        grpc.insecure_channel(fleet.facade, OPTIONS) as through,
        grpc.insecure_channel(fleet.sidecars[NULL], OPTIONS) as direct,
    ):
        managers = DriverManagerServiceStub(through), DriverManagerServiceStub(direct)
        whole, part = _both(*managers, payload=b"x", turns=200)
        yield row("facade_latency", whole - part, DIRECT, part)
        whole, part = _both(*managers, payload=b"x" * 4 * MIB, turns=8)
        yield row("payload4m", whole, DIRECT, part)


def _both(
    through: DriverManagerServiceStub, direct: DriverManagerServiceStub, *, payload: bytes, turns: int
) -> tuple[float, float]:
    request = pb.ExecuteCircuitRequest(
        device_id=NULL, payload=pb.CircuitPayload(format=pb.CIRCUIT_FORMAT_QASM3_TEXT, data=payload), shots=1
    )

    def batch(manager: DriverManagerServiceStub) -> Batch:
        return [lambda: manager.ExecuteCircuit(request)] * 5

    whole, part = in_turn([(batch(through), batch(direct))] * turns, warm_up=2)
    return whole, part
