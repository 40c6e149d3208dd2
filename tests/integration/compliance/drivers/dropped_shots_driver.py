"""Counts are too few."""

from tiny_driver import TinyDriver, TinyOptions


class DroppedShotsDriver(TinyDriver):
    """Loses the last of many shots."""

    def draw(self, probabilities: dict[str, float], shots: int, options: TinyOptions) -> dict[str, int]:
        return super().draw(probabilities, max(1, shots - 1), options)
