"""A refused circuit spoils the next one."""

from tiny_driver import TinyDriver, TinyOptions

from qdm_circuits.aqo import AqoProgram
from qdm_driver import CircuitPayload, DriverConfig, InvalidRequestError


class StaleStateDriver(TinyDriver):
    """After a circuit that it could not read, flips all bits of the next result."""

    def initialize(self, config: DriverConfig) -> None:
        super().initialize(config)
        self.stale = False

    def read(self, circuit: CircuitPayload, options: TinyOptions) -> AqoProgram:
        try:
            return super().read(circuit, options)
        except InvalidRequestError:
            self.stale = not options.symbols
            raise

    def draw(self, probabilities: dict[str, float], shots: int, options: TinyOptions) -> dict[str, int]:
        if not self.stale:
            return super().draw(probabilities, shots, options)
        self.stale = False
        return {"1" * len(next(iter(probabilities))): shots}
