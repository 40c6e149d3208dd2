"""A right device that makes errors, as hardware does."""

from tiny_driver import TinyDriver

from qdm_circuits.circuit import Circuit

ERROR = 0.08


class NoisyDriver(TinyDriver):
    """Forgets all in every twelfth shot, and measures zeros."""

    def distribution(self, circuit: Circuit) -> dict[str, float]:
        exact = super().distribution(circuit)
        zeros = "0" * len(next(iter(exact)))
        noisy = {bits: chance * (1 - ERROR) for bits, chance in exact.items()}
        return noisy | {zeros: noisy.get(zeros, 0.0) + ERROR}
