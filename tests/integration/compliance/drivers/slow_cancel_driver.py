"""Cleaning up after JobCancelled takes for ever."""

import time

from tiny_driver import TinyDriver

from qdm_circuits.circuit import Circuit
from qdm_driver import JobCancelled


class SlowCancelDriver(TinyDriver):
    """Waits for its backend to confirm."""

    def distribution(self, circuit: Circuit) -> dict[str, float]:
        try:
            return super().distribution(circuit)
        except JobCancelled:
            time.sleep(60)
            raise
