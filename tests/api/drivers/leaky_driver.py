"""A driver that is careless with its credentials: wherever something can be said, it says them."""

import logging
from collections.abc import Sequence
from typing import Literal

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
    InvalidRequestError,
    PreconditionError,
    UnavailableError,
    Violation,
)

_log = logging.getLogger(__name__)


class LeakyConfig(DriverConfig):
    """What goes wrong while it starts."""

    start: Literal["well", "bug", "unavailable", "invalid"] = "well"


class LeakyOptions(ExecutionOptions):
    """What goes wrong in a job."""

    job: Literal["well", "bug", "unavailable", "invalid", "precondition"] = "well"


class LeakyDriver(BaseDriver[LeakyConfig, LeakyOptions]):
    """Counts its shots as zeros."""

    version = "1.0"
    config_model = LeakyConfig
    options_model = LeakyOptions

    def initialize(self, config: LeakyConfig) -> None:
        """Reads its token and tells of it."""
        self._config = config
        if config.device.secrets is None:
            raise InvalidRequestError(Violation("secretRef", "is needed"))
        self._token = (config.device.secrets / "token").read_text()
        _log.warning("logged in with %s", self._token)
        self._fail(config.start)

    def get_devices(self) -> Sequence[DeviceInfo]:
        """Describes the one device."""
        capabilities = Capabilities(
            max_qubits=1,
            formats=frozenset({CircuitFormat.AQO_JSON}),
            max_shots=1000,
            repeatable=True,
            extra={"account": self._token},
        )
        return [DeviceInfo(self._config.device.device_id, "Leaky", "leaky", capabilities)]

    def execute_circuit(
        self,
        device_id: str,  # noqa: ARG002
        circuit: CircuitPayload,  # noqa: ARG002
        shots: int,
        options: LeakyOptions,
    ) -> ExecutionResult:
        """Succeeds or fails, with the token on its lips."""
        self._fail(options.job)
        return ExecutionResult({"0": shots}, 0.0, {"session": f"of {self._token}"})

    def get_device_status(self, device_id: str) -> DeviceStatus:  # noqa: ARG002
        """Is online."""
        return DeviceStatus(DeviceState.ONLINE, metadata={"login": self._token})

    def calibrate_device(self, device_id: str) -> CalibrationRef:  # noqa: ARG002
        """Fails."""
        raise KeyError(self._token)

    def _fail(self, how: str) -> None:
        sentence = f"the backend refused {self._token}"
        match how:
            case "bug":
                raise RuntimeError(sentence)
            case "unavailable":
                raise UnavailableError(sentence, retry_after=1)
            case "invalid":
                raise InvalidRequestError(Violation("token", sentence))
            case "precondition":
                raise PreconditionError(sentence, kind="LOGIN")
