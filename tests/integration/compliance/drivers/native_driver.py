"""A device that has a language of its own and takes nothing else."""

from dataclasses import replace

from tiny_driver import TinyDriver, TinyOptions

from qdm_circuits.aqo import AqoProgram
from qdm_driver import CircuitFormat, CircuitPayload, UnsupportedError

KEYWORD = b"TINY "


class NativeDriver(TinyDriver):
    """Takes AQO behind a keyword."""

    capabilities = replace(
        TinyDriver.capabilities, formats=frozenset({CircuitFormat.BACKEND_NATIVE}), native_format="tiny-1"
    )

    def read(self, circuit: CircuitPayload, options: TinyOptions) -> AqoProgram:
        if circuit.format is not CircuitFormat.BACKEND_NATIVE:
            raise UnsupportedError(f"this device takes tiny-1 and not {circuit.format.name}")
        return super().read(CircuitPayload(CircuitFormat.AQO_JSON, circuit.data.removeprefix(KEYWORD)), options)
