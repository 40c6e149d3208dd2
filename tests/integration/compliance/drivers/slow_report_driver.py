"""Describing the device takes longer than the host waits."""

import time
from collections.abc import Sequence

from tiny_driver import TinyDriver

from qdm_driver import DeviceInfo


class SlowReportDriver(TinyDriver):
    """Asks its backend for everything it knows."""

    def get_devices(self) -> Sequence[DeviceInfo]:
        time.sleep(15)
        return super().get_devices()
