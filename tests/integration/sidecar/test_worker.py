"""A worker, in this very process: what a cancellation does that arrives before its job has begun."""

import signal
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.rpc import status_pb2

from qdm_driver import Code
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_sidecar.worker.frames import Kind, receive_frame, send_frame
from qdm_sidecar.worker.main import CANCEL_SIGNAL, Worker
from qdm_sidecar.worker.mask import Mask
from qdm_sidecar.worker.start import WorkerStart

DRIVERS = Path(__file__).parents[1] / "drivers"
TRACE = b"0" * 48


@pytest.fixture
def channels() -> Iterator[tuple[socket.socket, socket.socket]]:
    before = signal.getsignal(CANCEL_SIGNAL)
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs
    signal.signal(CANCEL_SIGNAL, before)


def test_a_job_that_is_cancelled_before_it_begins_never_reaches_its_driver(
    channels: tuple[socket.socket, socket.socket], tmp_path: Path
) -> None:
    ours, theirs = channels
    ledger = tmp_path / "ledger"
    start = WorkerStart(
        driver="probe",
        driver_config={"ledger": str(ledger)},
        device_id="probe:1",
        display_name="Probe",
        memory_bytes=2**30,
        processors=1,
        max_message_bytes=2**20,
        plugin_folders=(DRIVERS,),
        artifacts_dir=tmp_path,
        secrets_dir=None,
        log_level="INFO",
    )
    worker = Worker(start, theirs, Mask())
    assert worker.answer({}, worker.initialize)[0] is Kind.RESPONSE

    payload = pb.CircuitPayload(format=pb.CIRCUIT_FORMAT_AQO_JSON, data=b"job")
    request = TRACE + pb.ExecuteCircuitRequest(device_id="probe:1", payload=payload, shots=1).SerializeToString()
    send_frame(ours, Kind.CANCEL, b"")
    kind, body = worker.handle(Kind.EXECUTE, request)
    assert (kind, status_pb2.Status.FromString(body).code) == (Kind.FAILURE, Code.CANCELLED.value)
    assert ledger.read_text().splitlines() == ["initialize"]

    assert receive_frame(theirs) == (Kind.CANCEL, b"")
    assert worker.handle(Kind.EXECUTE, request)[0] is Kind.RESPONSE
    assert ledger.read_text().splitlines() == ["initialize", "begin job", "end job"]
