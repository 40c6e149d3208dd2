"""Tells its credentials, where it has some, to whoever listens."""

import logging
from dataclasses import replace

from tiny_driver import TinyDriver, TinyOptions

from qdm_driver import CircuitPayload, DriverConfig, ExecutionResult


class CarelessDriver(TinyDriver):
    """Says by which token it ran a circuit."""

    def initialize(self, config: DriverConfig) -> None:
        super().initialize(config)
        self.token = (config.device.secrets / "token").read_text().strip() if config.device.secrets else ""
        logging.getLogger("careless").info("logged in with %s", self.token)

    def execute_circuit(
        self, device_id: str, circuit: CircuitPayload, shots: int, options: TinyOptions
    ) -> ExecutionResult:
        result = super().execute_circuit(device_id, circuit, shots, options)
        return replace(result, metadata={"account": f"token {self.token}"})
