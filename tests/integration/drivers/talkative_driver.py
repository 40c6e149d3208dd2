"""A driver that lets its credential slip wherever it says anything."""

import logging
import threading
import warnings
from collections.abc import Sequence

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
    ExecutionOptions,
    ExecutionResult,
)


class Account:
    """An object whose end fails."""

    def __init__(self, secret: str) -> None:
        self._secret = secret

    def __del__(self) -> None:
        raise ValueError(self._secret)


class TalkativeDriver(BaseDriver[DriverConfig, ExecutionOptions]):
    """Counts its shots as zeros."""

    version = "1"
    config_model = DriverConfig
    options_model = ExecutionOptions

    def initialize(self, config: DriverConfig) -> None:
        """Reads its credential."""
        assert config.device.secrets is not None
        self._device_id = config.device.device_id
        self._secret = (config.device.secrets / "token").read_text()

    def get_devices(self) -> Sequence[DeviceInfo]:
        """Tells it in every text of the device."""
        capabilities = Capabilities(
            max_qubits=1,
            formats=frozenset({CircuitFormat.AQO_JSON}),
            max_shots=1000,
            native_gates=(self._secret,),
            native_format=self._secret,
            extra={self._secret: self._secret},
        )
        return [DeviceInfo(self._device_id, self._secret, self._secret, capabilities)]

    def execute_circuit(
        self, device_id: str, circuit: CircuitPayload, shots: int, options: ExecutionOptions
    ) -> ExecutionResult:
        """Tells it in the log, in a warning, in errors that nobody catches, and in the result."""
        logging.getLogger(device_id).warning("the number is %d", self._secret)
        warnings.warn(f"{circuit} {options} {self._secret}", stacklevel=1)
        thread = threading.Thread(target=self._fail)
        thread.start()
        thread.join()
        Account(self._secret)
        return ExecutionResult({"0": shots}, 0.0, {self._secret: self._secret})

    def get_device_status(self, device_id: str) -> DeviceStatus:
        """Tells it in metadata and gauges."""
        return DeviceStatus(
            DeviceState.ONLINE, metadata={f"{device_id} {self._secret}": self._secret}, gauges={self._secret: 1}
        )

    def calibrate_device(self, device_id: str) -> CalibrationRef:
        """Tells it in the reference."""
        return CalibrationRef(f"https://backend/{device_id}?token={self._secret}")

    def _fail(self) -> None:
        raise ValueError(self._secret)
