"""A driver that does nothing, so that what is left is the path of a call."""

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


class NullDriver(BaseDriver[DriverConfig, ExecutionOptions]):
    """Counts nothing but zeros."""

    version = "1"
    config_model = DriverConfig
    options_model = ExecutionOptions

    def initialize(self, config: DriverConfig) -> None:
        """Keeps the device's id."""
        self._device = config.device

    def get_devices(self) -> Sequence[DeviceInfo]:
        """Describes the one device."""
        capabilities = Capabilities(
            max_qubits=1, formats=frozenset({CircuitFormat.QASM3_TEXT}), max_shots=1_000_000, repeatable=True
        )
        return [DeviceInfo(self._device.device_id, self._device.display_name, "null", capabilities)]

    def execute_circuit(
        self,
        device_id: str,  # noqa: ARG002
        circuit: CircuitPayload,  # noqa: ARG002
        shots: int,
        options: ExecutionOptions,  # noqa: ARG002
    ) -> ExecutionResult:
        """Answers at once."""
        return ExecutionResult({"0": shots}, 0.0)

    def get_device_status(self, device_id: str) -> DeviceStatus:  # noqa: ARG002
        """Is online."""
        return DeviceStatus(DeviceState.ONLINE)

    def calibrate_device(self, device_id: str) -> CalibrationRef:  # noqa: ARG002
        """Stores nothing of interest."""
        return self._device.artifacts.put(b"null")
