"""The cancel signal never arrives."""

import faulthandler
import signal

from tiny_driver import TinyDriver

from qdm_driver import DriverConfig


class TakenSignalDriver(TinyDriver):
    """Wants to be asked for its stack."""

    def initialize(self, config: DriverConfig) -> None:
        super().initialize(config)
        faulthandler.register(signal.SIGUSR1)
