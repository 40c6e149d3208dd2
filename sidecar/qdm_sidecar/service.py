"""The two services of a sidecar: DriverManagerService for its device, and SidecarService for facade and operator."""

import asyncio
import json
import logging
import time
from collections.abc import AsyncIterable, AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime

import grpc
from google.rpc import status_pb2

from qdm_common import metrics
from qdm_common.availability import FROM_WIRE, TO_WIRE
from qdm_common.byte_budget import ByteBudget
from qdm_common.calls_in_progress import CallsInProgress
from qdm_common.logging import log_fields
from qdm_common.rpc import DRIVER_MANAGER, GRPC_CODES, SIDECAR, Context, abort, code_of_cancellation, parse, trace_of
from qdm_common.status import error_status
from qdm_common.tracing import TraceContext
from qdm_driver import DriverError, InvalidRequestError, Violation
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2
from qdm_sidecar.broadcast import Broadcast
from qdm_sidecar.device import Device
from qdm_sidecar.driver_life import DriverLife
from qdm_sidecar.executor import Executor, JobKey
from qdm_sidecar.request_checks import MAX_JOB_ID, check_calibration, check_capabilities, check_device, check_execution
from qdm_sidecar.validator import Validator
from qdm_sidecar.worker_process import WorkerFailureError

# Changes that follow each other more quickly than this travel together.
_COALESCE_SECONDS = 0.1

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Call:
    """One call in progress: its trace, and what is known of it for logs and error details."""

    trace: TraceContext
    facts: dict[str, str]


Method = Callable[[bytes, Call], Awaitable[bytes]]


class Services:
    """Handlers of both services."""

    def __init__(
        self,
        device: Device,
        executor: Executor,
        validator: Validator,
        changes: Broadcast,
        life: DriverLife,
        *,
        budget: ByteBudget,
        heartbeat_seconds: float,
    ) -> None:
        self._device = device
        self._executor = executor
        self._validator = validator
        self._changes = changes
        self._life = life
        self._budget = budget
        self._heartbeat_seconds = heartbeat_seconds
        self.calls = CallsInProgress()
        self.told_grace_seconds: int | None = None

    def handlers(self) -> list[grpc.GenericRpcHandler]:
        """Returns what a gRPC server dispatches to; messages travel as bytes, so that a circuit is copied once less."""
        driver_manager = {
            "ListDevices": self._unary("list_devices", self._list_devices),
            "GetDeviceStatus": self._unary("get_device_status", self._get_device_status),
            "ExecuteCircuit": self._unary("execute_circuit", self._execute_circuit),
            "CalibrateDevice": self._unary("calibrate_device", self._calibrate_device),
        }
        sidecar = {
            "Watch": grpc.stream_stream_rpc_method_handler(self._watch),
            "Validate": self._unary("validate", self._validate),
            "SetAvailability": self._unary("set_availability", self._set_availability),
        }
        return [
            grpc.method_handlers_generic_handler(DRIVER_MANAGER, driver_manager),
            grpc.method_handlers_generic_handler(SIDECAR, sidecar),
        ]

    def _unary(self, op: str, method: Method) -> "grpc.RpcMethodHandler[bytes, bytes]":
        driver, device_id = self._device.hosted.driver, self._device.hosted.device_id
        seconds = metrics.DRIVER_REQUEST_SECONDS.labels(driver, device_id, op)

        async def handle(request: bytes, context: Context) -> bytes:
            began = time.monotonic()
            call = Call(trace_of(context), {"device_id": device_id, "driver": driver})
            code = grpc.StatusCode.OK
            with self.calls, log_fields(trace_id=call.trace.trace_id, span_id=call.trace.span_id):
                try:
                    return await method(request, call)
                except asyncio.CancelledError:
                    code = code_of_cancellation(context)
                    raise
                except Exception as error:  # noqa: BLE001 - the boundary: whatever it is becomes a status
                    status = _status_of(error, call.facts)
                    code = GRPC_CODES[status.code]
                finally:
                    took = time.monotonic() - began
                    seconds.observe(took)
                    metrics.DRIVER_REQUESTS.labels(driver, device_id, op, code.name).inc()
                    _log_call(op, code, took, call)
            del request  # gRPC keeps the frames of a call that it aborts until garbage is collected
            return await abort(context, status)

        return grpc.unary_unary_rpc_method_handler(handle)

    async def _list_devices(self, request: bytes, _call: Call) -> bytes:
        parse(pb.ListDevicesRequest, request)
        return pb.ListDevicesResponse(devices=[self._device.info()]).SerializeToString()

    async def _get_device_status(self, request: bytes, _call: Call) -> bytes:
        check_device(parse(pb.DeviceStatusRequest, request).device_id, self._device.hosted)
        return self._device.status().SerializeToString()

    async def _execute_circuit(self, request: bytes, call: Call) -> bytes:
        key, admit = self._checked(request, call)
        with log_fields(job_id=call.facts["job_id"]), self._budget.taken(len(request)):
            return await self._executor.execute(key, request, call.trace, admit=admit)

    def _checked(self, request: bytes, call: Call) -> tuple[JobKey | None, Callable[[], None]]:
        """Returns what the executor needs beside the bytes, so that a circuit that waits is there only once."""
        parsed = parse(pb.ExecuteCircuitRequest, request)
        call.facts["job_id"] = parsed.job_id[:MAX_JOB_ID]
        check_execution(parsed, self._device.hosted)
        payload_format, shots = parsed.payload.format, parsed.shots

        def admit() -> None:
            check_capabilities(payload_format, shots, self._device.capabilities())

        return JobKey.of(parsed), admit

    async def _calibrate_device(self, request: bytes, call: Call) -> bytes:
        check_calibration(parse(pb.CalibrateDeviceRequest, request), self._device.hosted)
        self._device.capabilities()
        response = await self._executor.calibrate(request, call.trace)
        self._device.calibrated(datetime.now(UTC))
        self._changes.notify()
        return response

    async def _validate(self, request: bytes, _call: Call) -> bytes:
        text = parse(sidecar_pb2.ValidateRequest, request).driver_config_json
        try:
            config = json.loads(text)
        except (ValueError, RecursionError):
            raise InvalidRequestError(Violation("driver_config_json", "is no JSON")) from None
        if not isinstance(config, dict):
            raise InvalidRequestError(Violation("driver_config_json", "is no JSON object"))
        violations = await self._validator.violations(config)
        return sidecar_pb2.ValidateResponse(
            violations=[
                sidecar_pb2.FieldViolation(field=violation.field, description=violation.description)
                for violation in violations
            ]
        ).SerializeToString()

    async def _set_availability(self, request: bytes, _call: Call) -> bytes:
        wanted = parse(sidecar_pb2.SetAvailabilityRequest, request).availability
        if wanted not in FROM_WIRE:
            raise InvalidRequestError(Violation("availability", "is unspecified or unknown"))
        self._device.availability = FROM_WIRE[wanted]
        self._changes.notify()
        return sidecar_pb2.SetAvailabilityResponse().SerializeToString()

    async def _watch(self, requests: AsyncIterable[bytes], context: Context) -> AsyncIterator[bytes]:
        acknowledgements = aiter(requests)
        try:
            self._acknowledge(await anext(acknowledgements, b""))
            reader = asyncio.create_task(self._acknowledge_all(acknowledgements))
            try:
                while True:
                    version = self._changes.version
                    yield self._snapshot().SerializeToString()
                    if self._device.stopping and self.calls.none():  # the fence stays open for what is left
                        return
                    await asyncio.sleep(_COALESCE_SECONDS)
                    await self._changes.wait(version, timeout_seconds=self._heartbeat_seconds - _COALESCE_SECONDS)
                    if reader.done() and (refusal := reader.result()) is not None:
                        raise refusal
            finally:
                reader.cancel()
        except Exception as error:  # noqa: BLE001 - the boundary: whatever it is becomes a status
            await abort(context, _status_of(error, {}))

    async def _acknowledge_all(self, acknowledgements: AsyncIterator[bytes]) -> DriverError | None:
        """Returns when the client says no more, or what is wrong with what it said."""
        try:
            async for data in acknowledgements:
                self._acknowledge(data)
        except DriverError as error:
            return error
        return None

    def _acknowledge(self, data: bytes) -> None:
        request = parse(sidecar_pb2.WatchRequest, data)
        self._life.acknowledge(request.instance, request.beat)
        if request.instance and request.grace_sec:
            self.told_grace_seconds = request.grace_sec

    def _snapshot(self) -> sidecar_pb2.WatchResponse:
        snapshot = sidecar_pb2.WatchResponse(
            device=self._device.info(),
            metadata=self._device.metadata(),
            config_valid=self._device.config_valid,
            heartbeat_interval_sec=self._heartbeat_seconds,
            availability=TO_WIRE[self._device.availability],
            beat=self._life.beat(),
            held=self._life.begun,
            repeatable=self._executor.repeatable(),
        )
        if (calibrated := self._device.last_calibration) is not None:
            snapshot.last_calibration.FromDatetime(calibrated)
        return snapshot


def _status_of(error: Exception, facts: dict[str, str]) -> status_pb2.Status:
    return error.status if isinstance(error, WorkerFailureError) else error_status(error, facts)


def _log_call(op: str, code: grpc.StatusCode, took: float, call: Call) -> None:
    fields = {"stage": op, "code": code.name, "seconds": round(took, 6), "job_id": call.facts.get("job_id", "")}
    _log.info("%s: %s", op, code.name, extra={"fields": fields})
