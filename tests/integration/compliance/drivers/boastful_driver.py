"""The capabilities name more qubits than there are."""

from collections.abc import Sequence
from dataclasses import replace

from tiny_driver import TinyDriver

from qdm_driver import DeviceInfo


class BoastfulDriver(TinyDriver):
    """Counts a qubit that is out of order."""

    def get_devices(self) -> Sequence[DeviceInfo]:
        capabilities = replace(self.capabilities, max_qubits=self.capabilities.max_qubits + 1)
        return [replace(device, capabilities=capabilities) for device in super().get_devices()]
