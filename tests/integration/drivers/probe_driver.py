"""A driver that does what its options say: the tests' handle on everything that can go wrong in a driver."""

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

from pydantic import Field

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
    JobCancelled,
    UnavailableError,
)


class ProbeConfig(DriverConfig):
    """``ledger`` gets a line for everything that happens."""

    ledger: Path
    repeatable: bool = False
    other_id: str = ""
    wrong_types: bool = False
    backend_down: bool = False
    token: str = Field("", pattern="^[a-z]*$")


class ProbeOptions(ExecutionOptions):
    """What is to happen."""

    block: bool = False
    seconds: float = 0.0
    stubborn: bool = False
    crash: bool = False
    hog_bytes: int = 0
    told_bytes: int = 0
    cancels_itself: bool = False
    helper: bool = False
    bug: bool = False
    wrong_counts: bool = False


class ProbeDriver(BaseDriver[ProbeConfig, ProbeOptions]):
    """Counts its shots as zeros."""

    version = "7.0"
    config_model = ProbeConfig
    options_model = ProbeOptions

    def initialize(self, config: ProbeConfig) -> None:
        """Starts, or says that its backend is down."""
        self._config = config
        if config.backend_down:
            raise UnavailableError("the backend does not answer", retry_after=3)
        self._note("initialize")

    def get_devices(self) -> Sequence[DeviceInfo]:
        """Describes the one device, or another."""
        capabilities = Capabilities(
            max_qubits="many" if self._config.wrong_types else 1,  # type: ignore[arg-type]
            formats=frozenset({CircuitFormat.AQO_JSON}),
            max_shots=1000,
            repeatable=self._config.repeatable,
        )
        device_id = self._config.other_id or self._config.device.device_id
        return [DeviceInfo(device_id, "Probe", "probe", capabilities)]

    def execute_circuit(
        self, device_id: str, circuit: CircuitPayload, shots: int, options: ProbeOptions
    ) -> ExecutionResult:
        """Does what the options say."""
        self._note(f"begin {circuit.data.decode()}")
        sys.stdout.write("a driver that prints\n")
        if options.cancels_itself:
            raise JobCancelled
        if options.bug:
            raise KeyError("/secret/path")
        if options.helper:
            self._note(f"helper {subprocess.Popen(['sleep', '600']).pid}")
        if options.crash:
            os._exit(3)
        if options.hog_bytes:
            bytearray(options.hog_bytes)
        try:
            time.sleep(options.seconds)
            while options.block or options.stubborn:
                time.sleep(0.01)
        except JobCancelled:
            self._note(f"cancelled {device_id}")
            while options.stubborn:
                time.sleep(0.01)
            raise
        self._note(f"end {circuit.data.decode()}")
        return ExecutionResult(
            {"0": shots + options.wrong_counts}, 0.0, {"pid": str(os.getpid()), "told": "x" * options.told_bytes}
        )

    def get_device_status(self, device_id: str) -> DeviceStatus:
        """Is online."""
        return DeviceStatus(DeviceState.ONLINE, metadata={"ledger_of": device_id}, gauges={"calls": 3})

    def calibrate_device(self, device_id: str) -> CalibrationRef:
        """Stores the device's id as its calibration."""
        self._note("calibrate")
        return self._config.device.artifacts.put(device_id.encode())

    def _note(self, event: str) -> None:
        with self._config.ledger.open("a") as ledger:
            ledger.write(f"{event}\n")
