"""Without a seed, all runs are the same."""

from tiny_driver import TinyDriver, TinyOptions


class ConstantSeedDriver(TinyDriver):
    """Has a default seed."""

    def draw(self, probabilities: dict[str, float], shots: int, options: TinyOptions) -> dict[str, int]:
        return super().draw(probabilities, shots, options.model_copy(update={"seed": options.seed or 0}))
