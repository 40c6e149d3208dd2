"""A cancelled job leaves the instance unusable."""

from tiny_driver import TinyDriver

from qdm_circuits.circuit import Circuit
from qdm_driver import DriverConfig, UnavailableError


class LockedAfterCancelDriver(TinyDriver):
    """Never gives its session back."""

    def initialize(self, config: DriverConfig) -> None:
        super().initialize(config)
        self.busy = False

    def distribution(self, circuit: Circuit) -> dict[str, float]:
        if self.busy:
            raise UnavailableError("another job has the session", retry_after=1)
        self.busy = True
        result = super().distribution(circuit)
        self.busy = False
        return result
