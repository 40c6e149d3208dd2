"""The cancel signal is ignored once a circuit was run."""

import signal

from tiny_driver import TinyDriver

from qdm_circuits.circuit import Circuit


class IgnoredSignalDriver(TinyDriver):
    """Does not want to be disturbed."""

    def distribution(self, circuit: Circuit) -> dict[str, float]:
        signal.signal(signal.SIGUSR1, signal.SIG_IGN)
        return super().distribution(circuit)
