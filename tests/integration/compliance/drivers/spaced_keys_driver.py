"""Keys are no bitstrings."""

from tiny_driver import TinyDriver, TinyOptions


class SpacedKeysDriver(TinyDriver):
    """Parts the highest bit from the others, as some SDKs do with registers."""

    def draw(self, probabilities: dict[str, float], shots: int, options: TinyOptions) -> dict[str, int]:
        counts = super().draw(probabilities, shots, options)
        return {f"{bits[:1]} {bits[1:]}".strip(): count for bits, count in counts.items()}
