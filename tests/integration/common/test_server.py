"""The servers' common life cycle, as grpcurl sees it."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

import grpc
import pytest

from qdm_common.rpc import abort, status_of
from qdm_common.server import Health, channel_options, server_options, start_server
from qdm_common.settings import ServerSettings
from qdm_common.status import to_status
from qdm_driver import InvalidRequestError, Violation
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2, sidecar_pb2_grpc

SERVICE = "qdm.sidecar.v1.SidecarService"

# What is not ASCII triples on the wire.
_ENDLESS = "⟩" * 10_000
LONGEST = to_status(
    InvalidRequestError(*[Violation(_ENDLESS, _ENDLESS)] * 100), dict.fromkeys(("job_id", "device_id"), _ENDLESS)
)

Call = Callable[..., Awaitable[tuple[int, str]]]


class Servicer(sidecar_pb2_grpc.SidecarServiceServicer):
    async def Validate(  # noqa: N802 - the contract's name
        self, request: sidecar_pb2.ValidateRequest, context: grpc.aio.ServicerContext[Any, Any]
    ) -> sidecar_pb2.ValidateResponse:
        if request.driver_config_json == "fail":
            await abort(context, LONGEST)
        violation = sidecar_pb2.FieldViolation(field="echo", description=request.driver_config_json)
        return sidecar_pb2.ValidateResponse(violations=[violation])


def handlers() -> list[grpc.GenericRpcHandler]:
    validate = grpc.unary_unary_rpc_method_handler(
        Servicer().Validate,
        request_deserializer=sidecar_pb2.ValidateRequest.FromString,
        response_serializer=sidecar_pb2.ValidateResponse.SerializeToString,
    )
    return [grpc.method_handlers_generic_handler(SERVICE, {"Validate": validate})]


@pytest.fixture
def settings(tmp_path: Path) -> ServerSettings:
    return ServerSettings(listen=f"unix:{tmp_path}/socket")


@pytest.fixture
async def health(settings: ServerSettings) -> AsyncIterator[Health]:
    """Health of a running server."""
    server, health = await start_server(
        settings, handlers(), [SERVICE], server_options(max_message_bytes=settings.max_message_bytes)
    )
    yield health
    await server.stop(None)


@pytest.fixture
def call(grpcurl: Path, settings: ServerSettings, health: Health) -> Call:
    """Runs grpcurl against the server and returns its exit code and output."""
    del health  # only has to run

    async def run(*arguments: str, data: str = "") -> tuple[int, str]:
        options = ["-plaintext", "-unix", *(["-d", data] if data else [])]
        address = settings.listen.removeprefix("unix:")
        process = await asyncio.create_subprocess_exec(
            grpcurl, *options, address, *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        output, _ = await process.communicate()
        assert process.returncode is not None
        return process.returncode, output.decode()

    return run


async def test_a_client_without_our_proto_files_finds_the_services(call: Call) -> None:
    code, output = await call("list")
    assert code == 0, output
    assert {SERVICE, "grpc.health.v1.Health"} <= set(output.split())


async def test_a_client_without_our_proto_files_calls_a_method(call: Call) -> None:
    code, output = await call(f"{SERVICE}/Validate", data='{"driverConfigJson": "{}"}')
    assert code == 0, output
    assert json.loads(output) == {"violations": [{"field": "echo", "description": "{}"}]}


async def test_a_method_nobody_serves_is_unimplemented(call: Call) -> None:
    code, output = await call(f"{SERVICE}/SetAvailability")
    assert code == 64 + grpc.StatusCode.UNIMPLEMENTED.value[0], output


@pytest.mark.usefixtures("health")
async def test_the_longest_error_reaches_a_client_whole(settings: ServerSettings) -> None:
    request = sidecar_pb2.ValidateRequest(driver_config_json="fail").SerializeToString()
    async with grpc.aio.insecure_channel(settings.listen, options=channel_options(2**20)) as channel:
        validate: grpc.aio.UnaryUnaryMultiCallable[bytes, bytes] = channel.unary_unary(f"/{SERVICE}/Validate")
        with pytest.raises(grpc.aio.AioRpcError) as failed:
            await validate(request, wait_for_ready=True)
    assert status_of(failed.value) == LONGEST
    assert failed.value.details() == LONGEST.message


@pytest.mark.parametrize("service", ["", SERVICE])
async def test_a_server_is_not_serving_until_it_says_so(call: Call, health: Health, service: str) -> None:
    async def state() -> str:
        code, output = await call("grpc.health.v1.Health/Check", data=json.dumps({"service": service}))
        assert code == 0, output
        return str(json.loads(output)["status"])

    assert await state() == "NOT_SERVING"
    await health.set_serving(serving=True)
    assert await state() == "SERVING"
    await health.set_serving(serving=False)
    assert await state() == "NOT_SERVING"


async def test_a_taken_address_is_refused_by_its_variable() -> None:
    options = server_options(max_message_bytes=2**20)
    holder = grpc.aio.server(options=options)
    port = holder.add_insecure_port("127.0.0.1:0")
    await holder.start()
    try:
        with pytest.raises(OSError, match=f"QDM_LISTEN: cannot listen on 127.0.0.1:{port}"):
            await start_server(ServerSettings(listen=f"127.0.0.1:{port}"), [], [], options)
    finally:
        await holder.stop(None)
