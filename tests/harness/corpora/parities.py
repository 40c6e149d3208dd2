"""Few and likely outcomes in place of many, whose counts are too small to tell one distribution from another."""

from collections.abc import Mapping
from random import Random
from typing import TypeVar

PARITIES = 5

Weight = TypeVar("Weight", int, float)


def parities(weights: Mapping[str, Weight], seed: int) -> Mapping[str, Weight]:
    """Returns the weights of five parities of randomly chosen bits, given the weight of each bitstring."""
    width = len(next(iter(weights)))
    draws = Random(seed)  # noqa: S311 - a choice of bits is no secret
    masks = [draws.getrandbits(width) for _ in range(PARITIES)]
    folded: dict[str, Weight] = {}
    for bits, weight in weights.items():
        key = "".join(str((int(bits, 2) & mask).bit_count() % 2) for mask in masks)
        folded[key] = folded.get(key, 0) + weight
    return folded
