"""A driver that makes the mistakes that authors make, each by its name, in ``initialize`` or in a job."""

import asyncio
import multiprocessing
import os
import threading
import time
from collections.abc import Callable, Mapping, Sequence

from qdm_driver import (
    BaseDriver,
    CalibrationRef,
    Capabilities,
    CircuitFormat,
    CircuitPayload,
    DeviceInfo,
    DeviceState,
    DeviceStatus,
    DriverConfig,
    DriverError,
    ExecutionOptions,
    ExecutionResult,
    InvalidRequestError,
    OutcomeUnknownError,
    UnavailableError,
)


class CarelessConfig(DriverConfig):
    """What it does wrong when it starts."""

    mistake: str = ""
    told_bytes: int = 0


class CarelessOptions(ExecutionOptions):
    """What it does wrong in this job."""

    mistake: str = ""


class UnpreparedError(UnavailableError):
    """An error that does not call its base."""

    def __init__(self) -> None:
        pass


def fork() -> None:
    """Lets a copy of the driver's process fall out of the driver's method."""
    if os.fork() == 0:
        raise RuntimeError("the child goes on where its parent was")
    os.wait()


def leave_thread() -> None:
    """Raises while a thread goes on that Python waits for."""
    threading.Thread(target=time.sleep, args=(600,)).start()
    raise UnavailableError("the backend does not answer", retry_after=1)


def lose_track() -> None:
    """Does not know what became of its job."""
    raise OutcomeUnknownError("the connection broke while the job was sent")


def lose_track_when_cancelled() -> None:
    """Does not know what became of its job when it is told to stop."""
    try:
        time.sleep(600)
    finally:
        lose_track()


def raise_text() -> None:
    """Gives a text where places are expected."""
    raise InvalidRequestError("the circuit is wrong")  # type: ignore[arg-type]


def raise_error_as_message() -> None:
    """Gives an error where a sentence is expected."""
    raise UnavailableError(OSError("no route"), retry_after=1)  # type: ignore[arg-type]


def raise_endless_wait() -> None:
    """Never wants to be asked again."""
    raise UnavailableError("no", retry_after=float("inf"))


def raise_base() -> None:
    """Raises what stands for no row of the table."""
    raise DriverError("no")


def raise_unprepared() -> None:
    """Raises an error that lacks what its base has."""
    raise UnpreparedError


def leave() -> None:
    """Ends the program."""
    raise SystemExit(3)


def cancel_itself() -> None:
    """Lets the cancellation of a task of its own through."""
    raise asyncio.CancelledError


def use_processes() -> None:
    """Computes in processes of its own, which is no mistake, however they are started."""
    for method in multiprocessing.get_all_start_methods():
        with multiprocessing.get_context(method).Pool(1) as pool:
            pool.apply(os.getpid)


def end_beside_child() -> None:
    """Ends at once, and leaves a process behind."""
    if os.fork() == 0:
        time.sleep(600)
    os._exit(3)


MISTAKES: Mapping[str, Callable[[], None]] = {
    action.__name__: action
    for action in (
        fork,
        leave_thread,
        lose_track,
        lose_track_when_cancelled,
        raise_text,
        raise_error_as_message,
        raise_endless_wait,
        raise_base,
        raise_unprepared,
        leave,
        cancel_itself,
        use_processes,
        end_beside_child,
    )
}


class CarelessDriver(BaseDriver[CarelessConfig, CarelessOptions]):
    """Counts its shots as zeros, after its mistake."""

    version = "1"
    config_model = CarelessConfig
    options_model = CarelessOptions

    def initialize(self, config: CarelessConfig) -> None:
        """Starts, after its mistake."""
        self._config = config
        if config.mistake:
            MISTAKES[config.mistake]()

    def get_devices(self) -> Sequence[DeviceInfo]:
        """Describes the device, which is hardware."""
        capabilities = Capabilities(max_qubits=1, formats=frozenset({CircuitFormat.AQO_JSON}), max_shots=1000)
        return [DeviceInfo(self._config.device.device_id, "Careless", "probe", capabilities)]

    def execute_circuit(
        self, device_id: str, circuit: CircuitPayload, shots: int, options: CarelessOptions
    ) -> ExecutionResult:
        """Runs nothing, after its mistake."""
        if options.mistake:
            MISTAKES[options.mistake]()
        facts = {"device_id": device_id, "tag": circuit.data.decode(), "pid": str(os.getpid())}
        return ExecutionResult({"0": shots}, 0.0, facts)

    def get_device_status(self, device_id: str) -> DeviceStatus:
        """Is online, and says as much more as its configuration wants."""
        return DeviceStatus(DeviceState.ONLINE, metadata={device_id: "x" * self._config.told_bytes})

    def calibrate_device(self, device_id: str) -> CalibrationRef:
        """Leaves the program."""
        raise SystemExit(device_id)
