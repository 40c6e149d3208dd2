"""The document's version is not looked at."""

from dataclasses import replace

from tiny_driver import TinyDriver, TinyOptions

from qdm_circuits.aqo import AqoProgram
from qdm_driver import CircuitPayload


class AnyVersionDriver(TinyDriver):
    """Reads tomorrow's documents by today's rules."""

    def read(self, circuit: CircuitPayload, options: TinyOptions) -> AqoProgram:
        return super().read(replace(circuit, data=circuit.data.replace(b'"9.9"', b'"1.0.0"')), options)
