"""Results are also printed."""

from tiny_driver import TinyDriver

from qdm_circuits.circuit import Circuit


class PrintingDriver(TinyDriver):
    """Has a line left from debugging."""

    def distribution(self, circuit: Circuit) -> dict[str, float]:
        print(circuit)  # noqa: T201 - what is wrong with it
        return super().distribution(circuit)
