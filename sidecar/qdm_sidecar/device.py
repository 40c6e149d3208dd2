"""The one device of this sidecar: what it is asked to be, and what it is."""

from datetime import datetime

from qdm_common.manifest import Availability, HostedDevice
from qdm_driver import Capabilities, CircuitFormat, DeviceState, DeviceStatus
from qdm_proto.eigen.internal.v1 import driver_manager_pb2 as pb
from qdm_sidecar.device_state import Facts, Phase, condition_of, refusal
from qdm_sidecar.driver_life import DriverLife
from qdm_sidecar.job_queue import JobQueue
from qdm_sidecar.state_file import StateFile
from qdm_sidecar.worker_pool import PoolState, WorkerPool

_STATES = {
    DeviceState.ONLINE: pb.DEVICE_STATUS_ONLINE,
    DeviceState.OFFLINE: pb.DEVICE_STATUS_OFFLINE,
    DeviceState.CALIBRATING: pb.DEVICE_STATUS_CALIBRATING,
    DeviceState.MAINTENANCE: pb.DEVICE_STATUS_MAINTENANCE,
    DeviceState.ERROR: pb.DEVICE_STATUS_ERROR_STATUS,
}

_MOST = 2**31 - 1  # of the contract's int32


class Device:
    """Brings together the manifest, what the sidecar was told since, the queue and the driver's workers."""

    def __init__(
        self, hosted: HostedDevice, queue: JobQueue, pool: WorkerPool, life: DriverLife, state_file: StateFile
    ) -> None:
        self.hosted = hosted
        self.stopping = False
        self._availability = state_file.availability or hosted.availability
        self._queue = queue
        self._pool = pool
        self._life = life
        self._state_file = state_file

    @property
    def availability(self) -> Availability:
        """What its owner wants of the device."""
        return self._availability

    @availability.setter
    def availability(self, wanted: Availability) -> None:
        self._availability = wanted
        self._state_file.keep_availability(wanted)

    @property
    def last_calibration(self) -> datetime | None:
        """When a calibration last succeeded; ``None`` where that is unknown."""
        return self._state_file.last_calibration

    def calibrated(self, at: datetime) -> None:
        """Notes that a calibration succeeded."""
        self._state_file.keep_calibration(at)

    @property
    def config_valid(self) -> bool:
        """Whether the driver accepts its configuration, as far as is known."""
        return self._pool.state.phase is not Phase.CONFIG_INVALID

    def facts(self) -> Facts:
        """Returns all that the device's state follows from."""
        state = self._pool.state
        if self.stopping:
            state = PoolState(Phase.STOPPING)
        elif not self._life.takes_work:
            state = PoolState(Phase.FENCED, state.report)
        return Facts(state.phase, self.availability, self._queue.calibrating, state.report, state.problem)

    def capabilities(self) -> Capabilities:
        """Returns what the driver takes. Raises a DriverError where the device takes no jobs now."""
        facts = self.facts()
        if (error := refusal(facts)) is not None:
            raise error
        if facts.report is None:
            raise AssertionError("a running driver has reported")
        return facts.report.info.capabilities

    def info(self) -> pb.DeviceInfo:
        """Returns the device as ListDevices shows it; what waits at the backend counts as waiting too."""
        facts = self.facts()
        depth, wait = self._queue.depth, self._queue.estimated_wait()
        if (report := facts.report) is not None:
            depth, wait = waiting(depth, wait, report.status)
        info = pb.DeviceInfo(
            device_id=self.hosted.device_id,
            name=self.hosted.display_name,
            status=_STATES[condition_of(facts).state],
            queue_depth=depth,
            estimated_wait_time=wait,
        )
        if report is not None:
            info.backend_type = report.info.backend_type
            info.capabilities.update(capability_map(report.info.capabilities, self.hosted))
        return info

    def status(self) -> pb.DeviceStatusResponse:
        """Returns the device as GetDeviceStatus shows it."""
        info = self.info()
        return pb.DeviceStatusResponse(
            device_id=info.device_id,
            status=info.status,
            queue_depth=info.queue_depth,
            estimated_wait_time=info.estimated_wait_time if info.HasField("estimated_wait_time") else None,
            metadata=self.metadata(),
        )

    def metadata(self) -> dict[str, str]:
        """Returns facts by stable keys: the backend's own, then driver, driver_version, reason and message."""
        facts = self.facts()
        condition = condition_of(facts)
        metadata = dict(facts.report.status.metadata) if facts.report else {}
        metadata |= {"driver": self.hosted.driver, "reason": condition.reason, "message": condition.message}
        if facts.report:
            metadata["driver_version"] = facts.report.driver_version
        return metadata


def waiting(depth: int, wait: int | None, backend: DeviceStatus) -> tuple[int, int | None]:
    """Returns the jobs that wait in this queue and the backend's, and the seconds that a job sent now would wait.

    These are ``None`` where either is unknown; a backend that says nothing of its queue is taken for one without.
    """
    if wait is not None:
        unknown = backend.queue_depth and backend.estimated_wait_time is None
        wait = None if unknown else min(wait + (backend.estimated_wait_time or 0), _MOST)
    return min(depth + (backend.queue_depth or 0), _MOST), wait


def capability_map(capabilities: Capabilities, device: HostedDevice) -> dict[str, str]:
    """Returns the capabilities under the stable keys of the contract, bounded by the manifest's limits."""
    known = {
        "max_qubits": str(capabilities.max_qubits),
        "max_shots": str(min(capabilities.max_shots, device.limits.shots)),
        "max_payload_bytes": str(device.limits.payload_bytes),
        "formats": ",".join(item.name for item in CircuitFormat if item in capabilities.formats),
        "native_gates": ",".join(capabilities.native_gates),
        "dynamic_circuits": str(capabilities.dynamic_circuits).lower(),
        "seeds": str(capabilities.seeds).lower(),
    }
    if capabilities.native_format is not None:
        known["native_format"] = capabilities.native_format
    return {**capabilities.extra, **known}
