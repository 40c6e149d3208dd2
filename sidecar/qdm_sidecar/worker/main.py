"""A worker: one process, one driver instance, one job at a time.

It reads requests from its socket and answers each with a response or a google.rpc.Status, both serialised, so that
nothing is unpickled and the sidecar passes the bytes on. A CANCEL frame and then SIGUSR1 order the job to stop: the
signal reaches one that runs, the frame is found by one that was about to begin.
"""

import gc
import logging
import multiprocessing
import os
import select
import signal
import socket
from collections.abc import Callable, Mapping
from types import FrameType
from typing import Any, NoReturn

from google.rpc import status_pb2

from qdm_common.logging import configure_logging, log_fields
from qdm_common.status import internal_status, to_status
from qdm_driver import (
    ArtifactStore,
    BaseDriver,
    CircuitFormat,
    CircuitPayload,
    Code,
    DeviceContext,
    DriverConfig,
    DriverError,
    ExecutionResult,
    ExhaustedError,
    InvalidRequestError,
    JobCancelled,
    PreconditionError,
    Violation,
)
from qdm_driver.counts import result_problems
from qdm_driver.discovery import DriverClass, DriverLoadError, discover, load_driver
from qdm_driver.validation import parse_config, parse_options
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_sidecar.memory import out_of_memory
from qdm_sidecar.worker.frames import TRACE_HEADER_LENGTH, Kind, receive_frame, send_frame
from qdm_sidecar.worker.limits import limit_this_process
from qdm_sidecar.worker.mask import Mask
from qdm_sidecar.worker.report import DriverReport
from qdm_sidecar.worker.start import WorkerStart
from qdm_sidecar.worker.stray_errors import log_stray_errors

CANCEL_SIGNAL = signal.SIGUSR1

# A report is sent whole with every change and heartbeat, and kept by all who listen.
_MAX_REPORT_BYTES = 1 << 16

_log = logging.getLogger(__name__)


def run_worker(start: WorkerStart, channel: socket.socket) -> None:
    """Loads and initialises the driver, reports, then answers requests until the sidecar closes the channel."""
    mask = Mask.of(start.secrets_dir)
    _prepare(start, mask)
    os.register_at_fork(after_in_child=channel.close)  # held by this process alone, it tells when that ends
    worker = Worker(start, channel, mask)
    kind, body = worker.answer({}, worker.initialize)
    worker.send(kind, body)
    if kind is Kind.FAILURE:
        return
    gc.freeze()  # engines and their libraries stay, and walking them again and again would cost each job its time
    while frame := receive_frame(channel):
        if frame[0] is not Kind.CANCEL:  # one that came too late is left over
            worker.send(*worker.handle(*frame))


def run_validation(start: WorkerStart, channel: socket.socket) -> None:
    """Checks a configuration against its driver's schema and answers with an empty response or a failure."""
    mask = Mask.of(start.secrets_dir)
    _prepare(start, mask)

    def validate() -> bytes:
        _configuration(load_driver_class(start), start)
        return b""

    worker = Worker(start, channel, mask)
    worker.send(*worker.answer({}, validate))


def load_driver_class(start: WorkerStart) -> DriverClass:
    """Imports the driver. Raises PreconditionError where it can't be used."""
    catalogue = discover(start.plugin_folders)
    try:
        return load_driver(start.driver, catalogue)
    except DriverLoadError as error:
        _log.exception("%s", error)
        sentence = f"driver {start.driver!r} cannot be loaded; the log of its sidecar says why"
        if start.driver not in catalogue:
            sentence = f"no driver {start.driver!r} is installed here; installed are: {', '.join(catalogue) or 'none'}"
        raise PreconditionError(sentence, kind="DRIVER") from None


class Worker:
    """One driver instance and the signal that stops what it does. Nothing that it answers holds what ``mask`` hides."""

    def __init__(self, start: WorkerStart, channel: socket.socket, mask: Mask) -> None:
        self._start = start
        self._mask = mask
        self._channel = channel
        self._process_id = os.getpid()
        self._driver: BaseDriver[Any, Any]
        self._driver_class: DriverClass
        self._interruptible = False
        self._cancelled = False
        signal.signal(CANCEL_SIGNAL, self._on_cancel)

    def initialize(self) -> bytes:
        """Makes the driver ready and returns its first report."""
        self._driver_class = load_driver_class(self._start)
        config = _configuration(self._driver_class, self._start)
        self._driver = self._driver_class()
        self._driver.initialize(config)
        return self._report()

    def handle(self, kind: Kind, body: bytes) -> tuple[Kind, bytes]:
        """Answers one frame."""
        if kind is Kind.REPORT:
            return self.answer({}, self._report)
        trace, request = body[:TRACE_HEADER_LENGTH].decode(), body[TRACE_HEADER_LENGTH:]
        fields = {"trace_id": trace[:32], "span_id": trace[32:]}
        if kind is Kind.CALIBRATE:
            return self.answer(fields, self._calibrate)
        execution = pb.ExecuteCircuitRequest.FromString(request)
        return self.answer(fields | {"job_id": execution.job_id}, lambda: self._execute(execution))

    def send(self, kind: Kind, body: bytes) -> None:
        """Sends an answer; a copy of this process that a driver forked, and that came back from it, ends instead."""
        if os.getpid() != self._process_id:
            os._exit(1)
        send_frame(self._channel, kind, body)

    def answer(self, fields: dict[str, str], work: Callable[[], bytes]) -> tuple[Kind, bytes]:
        """Does the work and returns its response, or whatever it raises as a status."""
        facts = {"device_id": self._start.device_id, "driver": self._start.driver}
        with log_fields(**fields, device_id=self._start.device_id, driver_name=self._start.driver):
            facts |= {"job_id": fields.get("job_id", "")}
            try:
                return Kind.RESPONSE, self._interruptibly(work)
            except BaseException as error:  # noqa: BLE001 - whatever a driver raises, its process lives on
                return Kind.FAILURE, self._status(error, facts).SerializeToString()

    def _status(self, error: BaseException, facts: Mapping[str, str]) -> status_pb2.Status:
        """Returns what tells an error; one that is not meant for callers, or cannot be told, is a bug of the driver."""
        match error:
            case JobCancelled() if self._cancelled:
                return status_pb2.Status(code=Code.CANCELLED.value)
            case MemoryError():
                return to_status(out_of_memory(), facts)
            case DriverError():
                try:
                    return to_status(error, facts, mask=self._mask)
                except Exception as flaw:  # noqa: BLE001 - a class of the driver's own can be wrong in any way
                    return internal_status(flaw, facts)
        return internal_status(error, facts)

    def _interruptibly(self, work: Callable[[], bytes]) -> bytes:
        self._cancelled = False
        self._interruptible = True
        try:
            if select.select([self._channel], [], [], 0)[0]:  # while a request is in hand, only a CANCEL can follow
                self._cancel()
            return work()
        finally:
            self._interruptible = False

    def _on_cancel(self, _number: int, _frame: FrameType | None) -> None:
        if self._interruptible:
            self._cancel()

    def _cancel(self) -> NoReturn:
        self._cancelled = True
        raise JobCancelled

    def _execute(self, request: pb.ExecuteCircuitRequest) -> bytes:
        options = parse_options(self._driver_class.options_model, request.options)
        circuit = CircuitPayload(CircuitFormat(request.payload.format), request.payload.data)
        result = self._driver.execute_circuit(request.device_id, circuit, request.shots, options)
        check_result(result, request.shots)
        metadata = {self._mask(key): self._mask(value) for key, value in result.metadata.items()}
        response = pb.ExecuteCircuitResponse(
            counts=result.counts,
            execution_time_sec=result.execution_time_sec,
            metadata={**metadata, "driver": self._start.driver},
        ).SerializeToString()
        if len(response) > self._start.max_message_bytes:
            sentence = (
                f"the result has {len(response)} bytes, and no more than {self._start.max_message_bytes} can be sent"
            )
            raise ExhaustedError(f"{sentence}; ask for fewer shots, or measure fewer bits", retry_after=None)
        return response

    def _calibrate(self) -> bytes:
        ref = self._driver.calibrate_device(self._start.device_id)
        return pb.CalibrateDeviceResponse(calibration_ref=self._mask(ref.uri)).SerializeToString()

    def _report(self) -> bytes:
        devices = self._driver.get_devices()
        ids = [device.device_id for device in devices]
        if ids != [self._start.device_id]:
            raise InvalidRequestError(
                Violation("driverConfig", f"the driver drives {ids} and not exactly {self._start.device_id!r}")
            )
        status = self._driver.get_device_status(self._start.device_id)
        told = DriverReport(self._driver_class.version, devices[0], status).to_json()
        if len(told) > _MAX_REPORT_BYTES:
            sentence = (
                f"the driver tells {len(told)} bytes of its device, and no more than {_MAX_REPORT_BYTES} are sent"
            )
            mend = "get_devices or get_device_status gives too much, such as in metadata"
            raise PreconditionError(f"{sentence}; {mend}", kind="DRIVER")
        report = DriverReport.from_json(told)  # a driver that returns other types than it should fails here
        return report.masked(self._mask).to_json()


def check_result(result: ExecutionResult, shots: int) -> None:
    """Raises ValueError where a driver returned counts that are not normalised, or a time that cannot be."""
    if problems := result_problems(result, shots):
        raise ValueError("; ".join(problems))


def _prepare(start: WorkerStart, mask: Mask) -> None:
    os.setpgid(0, 0)  # what the driver starts is killed with this process
    multiprocessing.current_process().daemon = False  # else multiprocessing would let it start nothing
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    limit_this_process(start.memory_bytes)
    configure_logging(service="qdm-sidecar", level=start.log_level, mask=mask)
    log_stray_errors()


def _configuration(driver_class: DriverClass, start: WorkerStart) -> DriverConfig:
    device = DeviceContext(
        device_id=start.device_id,
        display_name=start.display_name,
        memory_bytes=start.memory_bytes,
        processors=start.processors,
        artifacts=ArtifactStore(start.artifacts_dir),
        secrets=start.secrets_dir,
    )
    return parse_config(driver_class.config_model, start.driver_config, device)
