"""Bit 0 is the leftmost."""

from tiny_driver import TinyDriver

from qdm_circuits.circuit import Circuit


class ReversedBitsDriver(TinyDriver):
    """Reads bitstrings from the other end."""

    def distribution(self, circuit: Circuit) -> dict[str, float]:
        return {bits[::-1]: chance for bits, chance in super().distribution(circuit).items()}
