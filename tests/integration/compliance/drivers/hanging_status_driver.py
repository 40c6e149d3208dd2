"""The status never comes."""

import time

from tiny_driver import TinyDriver

from qdm_driver import DeviceStatus


class HangingStatusDriver(TinyDriver):
    """Waits for its backend without a timeout."""

    def get_device_status(self, device_id: str) -> DeviceStatus:
        time.sleep(60)
        return super().get_device_status(device_id)
