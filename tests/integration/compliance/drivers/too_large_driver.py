"""Circuits beyond what the capabilities say are run."""

from collections.abc import Sequence
from dataclasses import replace

from tiny_driver import TinyDriver

from qdm_driver import DeviceInfo


class TooLargeDriver(TinyDriver):
    """Says that it has fewer qubits than it takes."""

    def get_devices(self) -> Sequence[DeviceInfo]:
        capabilities = replace(self.capabilities, max_qubits=4)
        return [replace(device, capabilities=capabilities) for device in super().get_devices()]
