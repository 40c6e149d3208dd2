"""All seeds are the same."""

from tiny_driver import TinyDriver, TinyOptions


class OneSeedDriver(TinyDriver):
    """Looks only at whether there is a seed."""

    def draw(self, probabilities: dict[str, float], shots: int, options: TinyOptions) -> dict[str, int]:
        seed = None if options.seed is None else 1
        return super().draw(probabilities, shots, options.model_copy(update={"seed": seed}))
