"""Measurements in mid-circuit leave the state as it is."""

from dataclasses import replace

from tiny_driver import TinyDriver

from qdm_circuits.circuit import Circuit, Measure


class NoCollapseDriver(TinyDriver):
    """Claims dynamic circuits, and takes all measurements at the end."""

    def distribution(self, circuit: Circuit) -> dict[str, float]:
        at_end = sorted(circuit.operations, key=lambda operation: isinstance(operation, Measure))
        return super().distribution(replace(circuit, operations=tuple(at_end)))
