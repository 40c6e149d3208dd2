"""The device has another id than the configuration says."""

from collections.abc import Sequence
from dataclasses import replace

from tiny_driver import TinyDriver

from qdm_driver import DeviceInfo


class OtherDeviceDriver(TinyDriver):
    """Describes the device under its vendor's name."""

    def get_devices(self) -> Sequence[DeviceInfo]:
        return [replace(device, device_id="vendor-17") for device in super().get_devices()]
