"""Seeds change nothing."""

from tiny_driver import TinyDriver, TinyOptions


class IgnoredSeedDriver(TinyDriver):
    """Claims seeds and does not look at them."""

    def draw(self, probabilities: dict[str, float], shots: int, options: TinyOptions) -> dict[str, int]:
        return super().draw(probabilities, shots, options.model_copy(update={"seed": None}))
