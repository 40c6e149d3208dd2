"""A driver whose device is a ledger somewhere else: as long as its process lives, it writes there whose it is and when.

So whoever keeps the ledger sees from when until when each pod used the device, also of a pod that nobody can look into.
"""

import os
import socket
import threading
import time
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
    UnavailableError,
)

_PAUSE_SECONDS = 0.1
_CONNECT_SECONDS = 5.0


class LedgerConfig(DriverConfig):
    """Where the ledger is kept."""

    host: str
    port: int


class LedgerOptions(ExecutionOptions):
    """Takes none of its own."""


class LedgerDriver(BaseDriver[LedgerConfig, LedgerOptions]):
    """Counts its shots as zeros."""

    version = "1.0"
    config_model = LedgerConfig
    options_model = LedgerOptions

    def initialize(self, config: LedgerConfig) -> None:
        """Begins its session with the device."""
        self._config = config
        try:
            session = socket.create_connection((config.host, config.port), timeout=_CONNECT_SECONDS)
        except OSError:
            raise UnavailableError("the ledger cannot be reached", retry_after=1.0) from None
        threading.Thread(target=self._write, args=(session,), daemon=True).start()

    def get_devices(self) -> Sequence[DeviceInfo]:
        """Describes the one device."""
        capabilities = Capabilities(
            max_qubits=1, formats=frozenset({CircuitFormat.QASM3_TEXT}), max_shots=1000, repeatable=True
        )
        return [DeviceInfo(self._config.device.device_id, "Ledger", "ledger", capabilities)]

    def execute_circuit(
        self,
        device_id: str,  # noqa: ARG002
        circuit: CircuitPayload,  # noqa: ARG002
        shots: int,
        options: LedgerOptions,  # noqa: ARG002
    ) -> ExecutionResult:
        """Takes a moment."""
        time.sleep(_PAUSE_SECONDS)
        return ExecutionResult({"0": shots}, _PAUSE_SECONDS)

    def get_device_status(self, device_id: str) -> DeviceStatus:  # noqa: ARG002
        """Is online."""
        return DeviceStatus(DeviceState.ONLINE)

    def calibrate_device(self, device_id: str) -> CalibrationRef:
        """Stores the device's id as its calibration."""
        return self._config.device.artifacts.put(device_id.encode())

    def _write(self, session: socket.socket) -> None:
        while True:
            line = f"{os.environ['QDM_INSTANCE']} {time.clock_gettime(time.CLOCK_BOOTTIME)}\n"
            session.sendall(line.encode())
            time.sleep(_PAUSE_SECONDS)
