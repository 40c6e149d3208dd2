"""A calibration spoils what comes after it."""

from dataclasses import replace

from tiny_driver import TinyDriver

from qdm_driver import CalibrationRef


class SpoiledByCalibrationDriver(TinyDriver):
    """Leaves the device as the calibration needed it."""

    def calibrate_device(self, device_id: str) -> CalibrationRef:
        reference = super().calibrate_device(device_id)
        self.capabilities = replace(self.capabilities, max_qubits=0)
        return reference
