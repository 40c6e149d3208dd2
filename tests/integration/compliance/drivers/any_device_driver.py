"""The device's id is not looked at."""

from tiny_driver import TinyDriver


class AnyDeviceDriver(TinyDriver):
    """Runs what is meant for another device."""

    def check_device(self, device_id: str) -> None:
        pass
