"""DriverManagerService for the fleet: answers from memory what it can, forwards the rest as bytes."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import grpc

from qdm_common import metrics
from qdm_common.byte_budget import ByteBudget
from qdm_common.calls_in_progress import CallsInProgress
from qdm_common.logging import log_fields
from qdm_common.rpc import (
    DRIVER_MANAGER,
    GRPC_CODES,
    Context,
    code_of_cancellation,
    parse,
    time_remaining,
    trace_of,
)
from qdm_common.status import DETAILS_KEY, error_status
from qdm_common.tracing import TRACEPARENT, TraceContext
from qdm_driver import InvalidRequestError, Violation
from qdm_facade.device_view import device_status
from qdm_facade.failures import failure_of, unreachable
from qdm_facade.fleet import Fleet
from qdm_facade.relay import Answer, Metadata
from qdm_facade.sidecar_link import SidecarLink
from qdm_facade.wire import StringField
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb

EXECUTE = "ExecuteCircuit"
CALIBRATE = "CalibrateDevice"
FORWARDED = (EXECUTE, CALIBRATE)

_EXECUTE_DEVICE = StringField(pb.ExecuteCircuitRequest, "device_id")
_EXECUTE_JOB = StringField(pb.ExecuteCircuitRequest, "job_id")
_CALIBRATE_DEVICE = StringField(pb.CalibrateDeviceRequest, "device_id")

# The most that a device may be called (qdm_common.manifest.DeviceId); more would not fit into an error's details.
_MAX_DEVICE_ID = 253

_log = logging.getLogger(__name__)


@dataclass(slots=True)
class Call:
    """One call in progress: what it came with, and what is known of it for logs and error details.

    ``job`` is the field of its request that holds the job_id, where it can have one.
    """

    request: bytes
    context: Context
    trace: TraceContext
    job: StringField | None
    device_id: str = ""
    driver: str = ""


Method = Callable[[Call], Awaitable[Answer]]


class FacadeService:
    """Handlers of DriverManagerService."""

    def __init__(self, fleet: Fleet, budget: ByteBudget) -> None:
        self._fleet = fleet
        self._budget = budget
        self.calls = CallsInProgress()

    def handlers(self) -> list[grpc.GenericRpcHandler]:
        """Returns what a gRPC server dispatches to; messages travel as bytes."""
        methods = {
            "ListDevices": self._handler("ListDevices", self._list_devices),
            "GetDeviceStatus": self._handler("GetDeviceStatus", self._get_device_status),
            EXECUTE: self._handler(EXECUTE, self._execute_circuit, job=_EXECUTE_JOB),
            CALIBRATE: self._handler(CALIBRATE, self._calibrate_device),
        }
        return [grpc.method_handlers_generic_handler(DRIVER_MANAGER, methods)]

    def _handler(
        self, name: str, method: Method, job: StringField | None = None
    ) -> "grpc.RpcMethodHandler[bytes, bytes]":
        seconds = metrics.GRPC_SECONDS.labels(DRIVER_MANAGER, name)

        async def handle(request: bytes, context: Context) -> bytes:
            began = time.monotonic()
            call = Call(request, context, trace_of(context), job)
            del request
            with self.calls:
                try:
                    answer = await method(call)
                    code = answer.code
                except asyncio.CancelledError:
                    code = code_of_cancellation(context)
                    raise
                except Exception as error:  # noqa: BLE001 - the boundary: whatever it is becomes a status
                    answer = _refusal(name, error, call)
                    code = answer.code
                finally:
                    seconds.observe(time.monotonic() - began)
                    metrics.GRPC_HANDLED.labels(DRIVER_MANAGER, name, code.name).inc()
                    call.request = b""  # gRPC keeps the frames of a call that it aborts until garbage is collected
                return await _send(answer, context)

        return grpc.unary_unary_rpc_method_handler(handle)

    async def _list_devices(self, call: Call) -> Answer:
        parse(pb.ListDevicesRequest, call.request)
        return Answer(grpc.StatusCode.OK, b"".join(link.listing() for link in self._fleet.links()))

    async def _get_device_status(self, call: Call) -> Answer:
        link = self._find(call, parse(pb.DeviceStatusRequest, call.request).device_id)
        status = device_status(link.route, link.heard(), link.trouble())
        return Answer(grpc.StatusCode.OK, status.SerializeToString())

    async def _execute_circuit(self, call: Call) -> Answer:
        return await self._forward(EXECUTE, call, _EXECUTE_DEVICE)

    async def _calibrate_device(self, call: Call) -> Answer:
        return await self._forward(CALIBRATE, call, _CALIBRATE_DEVICE)

    async def _forward(self, method: str, call: Call, device: StringField) -> Answer:
        link = self._find(call, device.read(call.request))
        trouble = link.trouble()
        if trouble is not None and not trouble.worth_a_try:
            raise unreachable(trouble)
        with self._budget.taken(len(call.request)):
            answer = await link.relay.call(
                method, call.request, timeout_seconds=time_remaining(call.context), metadata=_metadata_on(call)
            )
        if answer.code is grpc.StatusCode.OK:
            return answer
        failure = failure_of(answer, repeatable=link.repeatable or bool(_job_id(call)))
        if failure is not None:
            raise failure
        return answer

    def _find(self, call: Call, device_id: str) -> SidecarLink:
        if not device_id:
            raise InvalidRequestError(Violation("device_id", "is empty; ListDevices tells which devices there are"))
        if len(device_id) > _MAX_DEVICE_ID:
            raise InvalidRequestError(Violation("device_id", f"is longer than {_MAX_DEVICE_ID} characters"))
        call.device_id = device_id
        link = self._fleet.find(device_id)
        call.driver = link.driver
        return link


async def _send(answer: Answer, context: Context) -> bytes:
    if answer.initial_metadata:
        await context.send_initial_metadata(answer.initial_metadata)
    if answer.code is not grpc.StatusCode.OK:
        await context.abort(answer.code, answer.message, answer.trailing_metadata)
    if answer.trailing_metadata:
        context.set_trailing_metadata(answer.trailing_metadata)
    return answer.response


def _refusal(name: str, error: Exception, call: Call) -> Answer:
    job_id = _job_id(call)
    facts = {"job_id": job_id, "device_id": call.device_id, "driver": call.driver}
    fields = {"trace_id": call.trace.trace_id, "span_id": call.trace.span_id, "job_id": job_id}
    with log_fields(**fields, device_id=call.device_id, driver_name=call.driver):
        status = error_status(error, facts)
        code = GRPC_CODES[status.code]
        outcome = {"stage": "forward", "code": code.name}
        _log.info("%s: %s: %s", name, code.name, status.message, extra={"fields": outcome})
    return Answer(code, b"", status.message, (), ((DETAILS_KEY, status.SerializeToString()),))


def _job_id(call: Call) -> str:
    if call.job is None:
        return ""
    try:
        return call.job.read(call.request)
    except InvalidRequestError:
        return ""


def _metadata_on(call: Call) -> Metadata:
    theirs = [pair for pair in call.context.invocation_metadata() or () if pair[0] != TRACEPARENT]
    return [*theirs, (TRACEPARENT, str(call.trace))]
