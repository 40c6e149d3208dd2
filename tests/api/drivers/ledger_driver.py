"""A driver that keeps a ledger of every use of its device, so that a test sees whether two processes ever shared it.

It starts in no time. Beside the ledger it holds a lock for as long as its process lives, as a session with a backend
is held: the kernel lets go of it at the very end of the process, however that comes.
"""

import fcntl
import json
import os
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
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
)

_POLL_SECONDS = 0.01


class LedgerConfig(DriverConfig):
    """``ledger`` gets a line for everything that happens; without it nobody keeps one."""

    ledger: Path | None = None
    job_seconds: float = Field(0.0, ge=0, le=60)
    qubits: int = Field(3, ge=1)
    exits: bool = False


class LedgerOptions(ExecutionOptions):
    """Takes none of its own."""


class LedgerDriver(BaseDriver[LedgerConfig, LedgerOptions]):
    """Counts its shots as zeros."""

    version = "4.2"
    config_model = LedgerConfig
    options_model = LedgerOptions

    def initialize(self, config: LedgerConfig) -> None:
        """Begins its session with the device."""
        if config.exits:
            os._exit(3)
        self._config = config
        if config.ledger is not None:
            self._session = config.ledger.with_suffix(".lock").open("w")
            try:
                fcntl.flock(self._session, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                self._note("shared", "session")
        with self._using("session"):
            pass

    def get_devices(self) -> Sequence[DeviceInfo]:
        """Describes the one device."""
        capabilities = Capabilities(
            max_qubits=self._config.qubits,
            formats=frozenset({CircuitFormat.AQO_JSON}),
            max_shots=1000,
            repeatable=True,
        )
        return [DeviceInfo(self._config.device.device_id, "Ledger", "ledger", capabilities)]

    def execute_circuit(
        self,
        device_id: str,  # noqa: ARG002
        circuit: CircuitPayload,  # noqa: ARG002
        shots: int,
        options: LedgerOptions,  # noqa: ARG002
    ) -> ExecutionResult:
        """Uses the device for as long as it is configured to."""
        with self._using("job"):
            until = time.monotonic() + self._config.job_seconds
            while time.monotonic() < until:
                time.sleep(_POLL_SECONDS)
        return ExecutionResult({"0": shots}, self._config.job_seconds)

    def get_device_status(self, device_id: str) -> DeviceStatus:  # noqa: ARG002
        """Is online."""
        return DeviceStatus(DeviceState.ONLINE)

    def calibrate_device(self, device_id: str) -> CalibrationRef:
        """Stores the device's id as its calibration."""
        with self._using("calibration"):
            return self._config.device.artifacts.put(device_id.encode())

    @contextmanager
    def _using(self, what: str) -> Iterator[None]:
        self._note("start", what)
        try:
            yield
        finally:
            self._note("end", what)

    def _note(self, event: str, what: str) -> None:
        if self._config.ledger is None:
            return
        line = {
            "event": event,
            "what": what,
            "pid": os.getpid(),
            "instance": os.environ["QDM_INSTANCE"],
            "at": time.clock_gettime(time.CLOCK_BOOTTIME),
        }
        descriptor = os.open(self._config.ledger, os.O_APPEND | os.O_CREAT | os.O_WRONLY)
        try:
            os.write(descriptor, f"{json.dumps(line)}\n".encode())
        finally:
            os.close(descriptor)
