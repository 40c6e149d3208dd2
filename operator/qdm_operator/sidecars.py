"""The operator's connections: one to the sidecar of every pod, and observers of pods that were lost.

What a connection hears is remembered, so that a decision never waits for a sidecar; only a question, such as whether a
configuration is valid, is asked when it is needed.
"""

import asyncio
import json
from collections.abc import Callable
from dataclasses import replace

import grpc

from qdm_cluster.objects import Key
from qdm_common.manifest import QuantumDevice
from qdm_common.rpc import SIDECAR, status_of
from qdm_common.server import channel_options
from qdm_common.sidecar_health import Heard
from qdm_common.sidecar_watch import Clock, SidecarWatch, watch_sidecar
from qdm_driver import Code, Violation
from qdm_operator.children import inputs_digest
from qdm_operator.verdict import Verdict
from qdm_operator.work_queue import RetryLaterError
from qdm_proto.qdm.sidecar.v1 import sidecar_pb2

_ANSWER_SECONDS = 10.0
_RETRY_SECONDS = 2.0

# What a sidecar says of itself, with details, and not of the configuration it was asked about.
_MAY_PASS = frozenset(
    {Code.DEADLINE_EXCEEDED.value, Code.RESOURCE_EXHAUSTED.value, Code.ABORTED.value, Code.UNAVAILABLE.value}
)


class SidecarConnection:
    """One sidecar; ``instance`` is the UID of its pod, whose fence is held open from here unless it is to ``observe``.

    ``granted_seconds`` is what its jobs may take once its pod is deleted, 0 before. ``changed`` is called when
    something changed that a device's status may show.
    """

    def __init__(
        self,
        address: str,
        instance: str,
        *,
        observe: bool,
        device_id: str,
        max_message_bytes: int,
        clock: Clock,
        changed: Callable[[], None],
    ) -> None:
        self.to = (address, instance, observe)
        self._instance = instance
        self.granted_seconds = 0
        self._changed = changed
        self._gist: object = None
        self._channel = grpc.aio.insecure_channel(address, channel_options(max_message_bytes))
        self._validate: grpc.aio.UnaryUnaryMultiCallable[sidecar_pb2.ValidateRequest, sidecar_pb2.ValidateResponse]
        self._validate = self._channel.unary_unary(
            f"/{SIDECAR}/Validate",
            request_serializer=sidecar_pb2.ValidateRequest.SerializeToString,
            response_deserializer=sidecar_pb2.ValidateResponse.FromString,
        )
        self._set_availability = self._channel.unary_unary(
            f"/{SIDECAR}/SetAvailability",
            request_serializer=sidecar_pb2.SetAvailabilityRequest.SerializeToString,
            response_deserializer=sidecar_pb2.SetAvailabilityResponse.FromString,
        )
        self._watch = SidecarWatch(
            lambda: watch_sidecar(self._channel, instance, observe=observe, grace_seconds=lambda: self.granted_seconds),
            device_id=device_id,
            clock=clock,
            changed=self._look,
        )

    def heard(self) -> Heard:
        """Returns what is known of the sidecar now."""
        return self._watch.heard()

    async def verdict_on(self, device: QuantumDevice) -> Verdict:
        """Asks what is wrong with the configuration of a device; one that its driver fails on is wrong.

        Raises RetryLaterError where there is no answer, or one that may be another soon.
        """
        asked = Verdict(self._instance, inputs_digest(device))
        try:
            request = sidecar_pb2.ValidateRequest(driver_config_json=json.dumps(device.spec.driver_config))
            answer = await self._validate(request, timeout=_ANSWER_SECONDS)
        except grpc.aio.AioRpcError as error:
            status = status_of(error)
            if status.code == Code.FAILED_PRECONDITION.value:
                return replace(asked, checkable=False)
            if not status.details or status.code in _MAY_PASS:
                raise _failed("Validate", error) from None
            flaw = Violation("driverConfig", f"the driver cannot check it: {status.message}")
            return replace(asked, violations=(flaw,))
        violations = (Violation(violation.field, violation.description) for violation in answer.violations)
        return replace(asked, violations=tuple(violations))

    async def set_availability(self, availability: sidecar_pb2.Availability) -> None:
        """Tells whether the device is to take jobs. Raises RetryLaterError where the sidecar did not take it over."""
        request = sidecar_pb2.SetAvailabilityRequest(availability=availability)
        try:
            await self._set_availability(request, timeout=_ANSWER_SECONDS)
        except grpc.aio.AioRpcError as error:
            raise _failed("SetAvailability", error) from None

    async def close(self) -> None:
        """Lets go of the sidecar; its fence is no longer held open from here."""
        await self._watch.close()
        await self._channel.close(None)

    def _look(self) -> None:
        heard = self._watch.heard()
        gist = (heard.connected, _gist(heard.report))
        if gist != self._gist:
            self._gist = gist
            self._changed()


class Sidecars:
    """At most one connection a device: to the sidecar of its pod, or to one that was lost, as an observer."""

    def __init__(self, *, max_message_bytes: int, clock: Clock) -> None:
        self._max_message_bytes = max_message_bytes
        self._clock = clock
        self._connections: dict[Key, SidecarConnection] = {}
        self._closing: set[asyncio.Task[None]] = set()

    def connection(
        self,
        device: Key,
        address: str,
        instance: str,
        *,
        observe: bool,
        device_id: str,
        changed: Callable[[], None],
    ) -> SidecarConnection:
        """Returns the connection of a device; one to elsewhere, to another pod, or of the other kind is closed."""
        known = self._connections.get(device)
        if known is not None and known.to == (address, instance, observe):
            return known
        self.drop(device)
        connection = self._connections[device] = SidecarConnection(
            address,
            instance,
            observe=observe,
            device_id=device_id,
            max_message_bytes=self._max_message_bytes,
            clock=self._clock,
            changed=changed,
        )
        return connection

    def of(self, device: Key) -> SidecarConnection:
        """Returns the connection that a device has."""
        return self._connections[device]

    def drop(self, device: Key) -> None:
        """Lets go of a device's sidecar."""
        if (connection := self._connections.pop(device, None)) is not None:
            task = asyncio.create_task(connection.close())
            self._closing.add(task)
            task.add_done_callback(self._closing.discard)

    async def close(self) -> None:
        """Lets go of everything."""
        for device in list(self._connections):
            self.drop(device)
        await asyncio.gather(*self._closing, return_exceptions=True)


def _gist(report: sidecar_pb2.WatchResponse | None) -> object:
    """Returns what of a report a status may show: not how many jobs wait."""
    if report is None:
        return None
    copy = sidecar_pb2.WatchResponse()
    copy.CopyFrom(report)
    for field in ("queue_depth", "estimated_wait_time"):
        copy.device.ClearField(field)
    copy.ClearField("beat")
    return copy.SerializeToString(deterministic=True)


def _failed(method: str, error: grpc.aio.AioRpcError) -> RetryLaterError:
    return RetryLaterError(f"the sidecar's {method} failed: {error.code().name}", seconds=_RETRY_SECONDS)
