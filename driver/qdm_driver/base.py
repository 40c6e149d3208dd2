"""The interface every driver implements (RFC 0006, BaseDriver)."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import ClassVar, Generic, TypeVar

from qdm_driver.calibration import CalibrationRef
from qdm_driver.config import DriverConfig
from qdm_driver.device import DeviceInfo, DeviceStatus
from qdm_driver.execution import ExecutionOptions, ExecutionResult
from qdm_driver.payload import CircuitPayload

ConfigT = TypeVar("ConfigT", bound=DriverConfig)
OptionsT = TypeVar("OptionsT", bound=ExecutionOptions)


class BaseDriver(ABC, Generic[ConfigT, OptionsT]):
    """Drives one device. Subclass it, name the two schemas and the version, and implement the five methods.

    The host makes one instance in a process of its own, calls ``initialize`` once and then one method at a time, from
    the main thread of that process. Drivers are synchronous code; keep connections and SDK clients in the instance.
    A method raises an error of ``qdm_driver.errors`` to tell the caller what is wrong, DeviceNotFoundError for a
    ``device_id`` that is not its device's; anything else is reported as a bug. ``JobCancelled`` may be raised inside
    any method. ``qdm_driver.compliance`` judges whether a driver keeps what is promised here.
    """

    version: ClassVar[str]
    """Version of the driver, shown in the device's status."""

    config_model: ClassVar[type[DriverConfig]]
    """Schema of ``driverConfig``: the class of ``initialize``'s argument."""

    options_model: ClassVar[type[ExecutionOptions]]
    """Schema of a request's options: the class of ``execute_circuit``'s last argument."""

    @abstractmethod
    def initialize(self, config: ConfigT) -> None:
        """Makes ready for jobs: reads credentials, opens connections.

        Raises InvalidRequestError where the configuration makes no sense, UnavailableError where the backend is down.
        """

    @abstractmethod
    def get_devices(self) -> Sequence[DeviceInfo]:
        """Describes the devices this instance drives: exactly the one of ``config.device.device_id``."""

    @abstractmethod
    def execute_circuit(
        self, device_id: str, circuit: CircuitPayload, shots: int, options: OptionsT
    ) -> ExecutionResult:
        """Runs the circuit ``shots`` times (1 to the device's limit) and returns normalised counts.

        Makes every check that needs no execution first. Raises InvalidRequestError for a circuit that is wrong on any
        device, UnsupportedError for a format or a feature this driver does not take, PreconditionError for one this
        device can never run, ExhaustedError or UnavailableError for one it cannot run now.
        """

    @abstractmethod
    def get_device_status(self, device_id: str) -> DeviceStatus:
        """Asks the backend for its state. Called between jobs, so it may take its time but not seconds."""

    @abstractmethod
    def calibrate_device(self, device_id: str) -> CalibrationRef:
        """Calibrates and returns the reference of the result; ``config.device.artifacts`` stores one.

        Raises UnsupportedError where there is nothing to calibrate.
        """
