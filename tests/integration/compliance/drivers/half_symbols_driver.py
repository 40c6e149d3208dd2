"""Symbols are not found under every key."""

from tiny_driver import TinyDriver, TinyOptions

from qdm_circuits.aqo import AqoProgram
from qdm_driver import CircuitPayload


class HalfSymbolsDriver(TinyDriver):
    """Knows no keys with a colon."""

    def read(self, circuit: CircuitPayload, options: TinyOptions) -> AqoProgram:
        symbols = {key: value for key, value in options.symbols.items() if ":" not in key}
        return super().read(circuit, options.model_copy(update={"symbols": symbols}))
