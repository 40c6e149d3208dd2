"""The one client of the fleet: calls in, typed answers or a CallError out."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import TypeVar

import grpc
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2

from qdm_cli.failures import CallError, Failure, failure_of
from qdm_cli.formats import Format
from qdm_common.rpc import never_sent, status_of
from qdm_common.server import channel_options
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_proto.eigen.internal.v1.driver_manager_pb2_grpc import DriverManagerServiceStub

# The server's limit decides, not the client's.
_MAX_MESSAGE_BYTES = 2**31 - 1
_ANSWER_FROM_MEMORY_SECONDS = 10.0

# What the gRPC library's texts hold where a message is too large.
_TOO_LARGE = "message larger than max"

_FORMATS = {
    Format.AQO_JSON: pb.CIRCUIT_FORMAT_AQO_JSON,
    Format.AQO_PROTO: pb.CIRCUIT_FORMAT_AQO_PROTO,
    Format.QASM3: pb.CIRCUIT_FORMAT_QASM3_TEXT,
    Format.NATIVE: pb.CIRCUIT_FORMAT_BACKEND_NATIVE,
}

AnswerT = TypeVar("AnswerT")


class Client:
    """Speaks DriverManagerService. Every method raises CallError."""

    def __init__(self, address: str, channel: grpc.aio.Channel) -> None:
        self._address = address
        self._manager = DriverManagerServiceStub(channel)  # type: ignore[no-untyped-call]
        self._health: Callable[..., Awaitable[health_pb2.HealthCheckResponse]] = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )

    async def serving(self) -> bool:
        """Asks the facade whether it takes calls; one that cannot be reached does not."""
        try:
            answer = await self._health(health_pb2.HealthCheckRequest(), timeout=_ANSWER_FROM_MEMORY_SECONDS)
        except grpc.aio.AioRpcError:
            return False
        return answer.status == health_pb2.HealthCheckResponse.SERVING

    async def devices(self) -> list[pb.DeviceInfo]:
        """Returns the fleet, sorted by device id."""
        answer = await self._answer(
            self._manager.ListDevices(pb.ListDevicesRequest(), timeout=_ANSWER_FROM_MEMORY_SECONDS)
        )
        return sorted(answer.devices, key=lambda device: device.device_id)

    async def status(self, device_id: str) -> pb.DeviceStatusResponse:
        """Returns the status of one device."""
        request = pb.DeviceStatusRequest(device_id=device_id)
        return await self._answer(self._manager.GetDeviceStatus(request, timeout=_ANSWER_FROM_MEMORY_SECONDS))

    async def execute(
        self,
        device_id: str,
        circuit: bytes,
        circuit_format: Format,
        *,
        shots: int,
        options: Mapping[str, str],
        job_id: str = "",
        timeout: float | None = None,  # noqa: ASYNC109 - the deadline goes to the server
    ) -> pb.ExecuteCircuitResponse:
        """Runs a circuit; ``timeout`` is the deadline in seconds, ``None`` for none."""
        request = pb.ExecuteCircuitRequest(
            job_id=job_id,
            device_id=device_id,
            payload=pb.CircuitPayload(format=_FORMATS[circuit_format], data=circuit),
            shots=shots,
            options=options,
        )
        return await self._answer(self._manager.ExecuteCircuit(request, timeout=timeout), does="job")

    async def calibrate(self, device_id: str) -> str:
        """Calibrates a device and returns the reference of the result."""
        request = pb.CalibrateDeviceRequest(device_id=device_id)
        answer: pb.CalibrateDeviceResponse = await self._answer(
            self._manager.CalibrateDevice(request), does="calibration"
        )
        return answer.calibration_ref

    async def _answer(self, call: Awaitable[AnswerT], *, does: str = "") -> AnswerT:
        try:
            return await call
        except grpc.aio.AioRpcError as error:
            raise CallError(self._failure(error, does)) from None

    def _failure(self, error: grpc.aio.AioRpcError, does: str) -> Failure:
        status = status_of(error)
        failure = failure_of(status)
        if any(detail.Is(error_details_pb2.ErrorInfo.DESCRIPTOR) for detail in status.details):
            return failure
        # No driver manager said this, but the gRPC library: its text is about sockets, not about devices.
        match error.code():
            case grpc.StatusCode.UNAVAILABLE if never_sent(error):
                return Failure(failure.code, f"no driver manager answers at {self._address}")
            case grpc.StatusCode.UNAVAILABLE:
                lost = f"the connection to {self._address} was lost during the call"
                unknown = f"{lost}; whether the {does} ran is not known"
                return Failure("ABORTED", unknown) if does else Failure(failure.code, lost)
            case grpc.StatusCode.RESOURCE_EXHAUSTED if _TOO_LARGE in failure.message:
                return Failure("INVALID_ARGUMENT", f"the request is larger than {self._address} takes")
            case grpc.StatusCode.DEADLINE_EXCEEDED:
                return Failure(failure.code, f"{self._address} did not answer in time")
            case _:
                return failure


@asynccontextmanager
async def connect(address: str) -> AsyncIterator[Client]:
    """Connects when first called on."""
    async with grpc.aio.insecure_channel(address, channel_options(_MAX_MESSAGE_BYTES)) as channel:
        yield Client(address, channel)
