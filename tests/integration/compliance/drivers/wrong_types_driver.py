"""The status has other types than declared."""

from tiny_driver import TinyDriver

from qdm_driver import DeviceState, DeviceStatus


class WrongTypesDriver(TinyDriver):
    """Tells the length of its queue as a text."""

    def get_device_status(self, device_id: str) -> DeviceStatus:
        self.check_device(device_id)
        return DeviceStatus(DeviceState.ONLINE, queue_depth="3")  # type: ignore[arg-type]
