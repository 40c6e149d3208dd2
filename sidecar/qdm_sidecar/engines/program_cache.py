"""What was made ready for one request, kept for the next ones that ask the same."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

_Value = TypeVar("_Value")


class ByteBoundedCache(Generic[_Value]):
    """Keeps what was used last, as long as all of it stays below a number of bytes."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._values: OrderedDict[Hashable, tuple[_Value, int]] = OrderedDict()
        self._bytes = self._hits = self._misses = 0

    def get_or_make(self, key: Hashable, make: Callable[[], tuple[_Value, int]]) -> _Value:
        """Returns the value of a key; where it is not here, ``make`` makes it and says how many bytes it takes.

        What ``make`` raises is not kept.
        """
        if key in self._values:
            self._hits += 1
            self._values.move_to_end(key)
            return self._values[key][0]
        self._misses += 1
        value, num_bytes = make()
        if num_bytes <= self._max_bytes:
            self._values[key] = value, num_bytes
            self._bytes += num_bytes
        while self._bytes > self._max_bytes:
            _, (_, freed) = self._values.popitem(last=False)
            self._bytes -= freed
        return value

    def gauges(self, name: str) -> dict[str, float]:
        """Returns what the cache holds, and how often it was asked for what it had and had not."""
        return {
            f"{name}_cache_bytes": self._bytes,
            f"{name}_cache_entries": len(self._values),
            f"{name}_cache_hits": self._hits,
            f"{name}_cache_misses": self._misses,
        }
