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
        self._bytes = 0

    def get_or_make(self, key: Hashable, make: Callable[[], tuple[_Value, int]]) -> _Value:
        """Returns the value of a key; where it is not here, ``make`` makes it and says how many bytes it takes.

        What ``make`` raises is not kept.
        """
        if key in self._values:
            self._values.move_to_end(key)
            return self._values[key][0]
        value, num_bytes = self._values[key] = make()
        self._bytes += num_bytes
        while self._bytes > self._max_bytes:
            _, (_, freed) = self._values.popitem(last=False)
            self._bytes -= freed
        return value
