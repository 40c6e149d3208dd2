"""The payload's format is not looked at."""

from dataclasses import replace

from tiny_driver import TinyDriver, TinyOptions

from qdm_circuits.aqo import AqoProgram
from qdm_driver import CircuitFormat, CircuitPayload


class AnyFormatDriver(TinyDriver):
    """Takes everything for JSON."""

    def read(self, circuit: CircuitPayload, options: TinyOptions) -> AqoProgram:
        return super().read(replace(circuit, format=CircuitFormat.AQO_JSON), options)
