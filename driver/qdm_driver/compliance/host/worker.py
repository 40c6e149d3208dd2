"""A worker: one process, one driver instance, one call at a time from the main thread."""

import io
import logging
import os
import resource
import signal
import sys
import tempfile
import traceback
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from qdm_driver import (
    ArtifactStore,
    BaseDriver,
    CalibrationRef,
    DeviceContext,
    DeviceInfo,
    DeviceStatus,
    DriverError,
    ExecutionResult,
    InvalidRequestError,
    JobCancelled,
)
from qdm_driver.compliance.host.cancellation import CancelHandler, CancelSignal
from qdm_driver.compliance.host.messages import (
    Answer,
    Bug,
    Calibrate,
    Call,
    Cancelled,
    Cancelling,
    CheckConfig,
    Describe,
    Execute,
    Initialize,
    Outcome,
    Refused,
    Returned,
    Status,
)
from qdm_driver.compliance.host.types import type_problems
from qdm_driver.compliance.subject import Subject
from qdm_driver.discovery import DriverClass
from qdm_driver.validation import parse_config, parse_options

MEMORY_BYTES = 2 * 1024**3
NEVER = sys.maxsize


def serve(driver_class: DriverClass, subject: Subject, artifacts: Path, channel: Connection) -> None:
    """Answers calls until the kit closes the channel. The first thing it sends is the id of its process."""
    os.setpgid(0, 0)  # what the driver starts is killed with this process, as by the host
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_DATA, (MEMORY_BYTES, MEMORY_BYTES))
    output = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process
    os.dup2(output.fileno(), sys.stdout.fileno())
    worker = _Worker(driver_class, subject, artifacts, channel)
    channel.send(os.getpid())
    while True:
        try:
            call = channel.recv()
        except EOFError:
            return
        channel.send(worker.answer(call))


class _Worker:
    def __init__(self, driver_class: DriverClass, subject: Subject, artifacts: Path, channel: Connection) -> None:
        self._driver_class = driver_class
        self._subject = subject
        self._channel = channel
        self._handler = CancelHandler()
        self._log = io.StringIO()
        for_the_author = logging.StreamHandler()
        for_the_author.setLevel(logging.WARNING)
        handlers = (logging.StreamHandler(self._log), for_the_author)
        logging.basicConfig(level=logging.INFO, handlers=handlers, force=True)
        self._driver: BaseDriver[Any, Any]
        self._device = DeviceContext(
            device_id=subject.device_id,
            display_name="Device under test",
            memory_bytes=MEMORY_BYTES,
            processors=1,
            artifacts=ArtifactStore(artifacts),
            secrets=subject.secrets,
        )

    def answer(self, call: Call) -> Answer:
        """Makes the call and tells all that came of it."""
        already_printed = _printed_bytes()
        already_logged = self._log.tell()
        at = call.cancel_at if isinstance(call, Execute) else None
        signal_ = CancelSignal(self._handler, at or NEVER, lambda: self._channel.send(Cancelling()))
        try:
            outcome: Outcome = self._call(call, signal_)
        except JobCancelled:
            outcome = Cancelled(signal_.seconds)
        except DriverError as error:
            violations = error.violations if isinstance(error, InvalidRequestError) else ()
            outcome = Refused(type(error).__name__, error.code, error.message, violations)
        except Exception as error:  # noqa: BLE001 - whatever escapes a driver is what the kit is there to tell
            outcome = Bug(_sentence(error))
        printed = os.pread(sys.stdout.fileno(), _printed_bytes() - already_printed, already_printed)
        return Answer(
            outcome,
            printed.decode(errors="replace"),
            self._log.getvalue()[already_logged:],
            signal_.calls,
            signal_.delivered,
            cancellable=self._handler.is_reached(),
        )

    def _call(self, call: Call, cancel_signal: CancelSignal) -> Returned:
        match call:
            case Initialize():
                config = parse_config(self._driver_class.config_model, self._subject.driver_config, self._device)
                self._driver = self._driver_class()
                self._driver.initialize(config)
                return Returned(b"")
            case CheckConfig(more):
                wanted = {**self._subject.driver_config, **more}
                parse_config(self._driver_class.config_model, wanted, self._device)
                return Returned(b"")
            case Describe():
                return _devices(self._driver.get_devices())
            case Status(device_id):
                return _typed(self._driver.get_device_status(device_id), DeviceStatus, "the status")
            case Calibrate(device_id):
                return _typed(self._driver.calibrate_device(device_id), CalibrationRef, "the reference")
            case Execute():
                return self._execute(call, cancel_signal)

    def _execute(self, call: Execute, cancel_signal: CancelSignal) -> Returned:
        options = parse_options(self._driver_class.options_model, call.options)
        if call.cancel_at is None:
            result = self._driver.execute_circuit(call.device_id, call.payload, call.shots, options)
        else:
            with cancel_signal:
                result = self._driver.execute_circuit(call.device_id, call.payload, call.shots, options)
        return _typed(result, ExecutionResult, "the result")


def _devices(devices: object) -> Returned:
    if not isinstance(devices, list | tuple):
        return Returned(b"", (f"the devices are of type {type(devices).__name__}; return a list of DeviceInfo",))
    problems = [
        problem
        for index, device in enumerate(devices)
        for problem in type_problems(device, DeviceInfo, f"devices[{index}]")
    ]
    return Returned(b"" if problems else TypeAdapter(list[DeviceInfo]).dump_json(list(devices)), tuple(problems))


def _typed(value: object, expected: type, place: str) -> Returned:
    problems = type_problems(value, expected, place)
    adapter: TypeAdapter[object] = TypeAdapter(expected)
    return Returned(b"" if problems else adapter.dump_json(value), tuple(problems))


def _printed_bytes() -> int:
    sys.stdout.flush()
    return os.fstat(sys.stdout.fileno()).st_size


def _sentence(error: Exception) -> str:
    where = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} escaped, raised in {where.name} at line {where.lineno} of {where.filename}: {error}"
