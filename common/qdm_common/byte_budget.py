"""How much of its memory a program gives to requests in progress, so that many large ones do not end it for all."""

from collections.abc import Iterator
from contextlib import contextmanager

from qdm_driver import ExhaustedError

_RETRY_SECONDS = 1.0
_MIB = 2**20


class ByteBudget:
    """Bytes that requests in progress may have together."""

    def __init__(self, max_bytes: int) -> None:
        self._max_bytes = max_bytes
        self._taken = 0

    @contextmanager
    def taken(self, num_bytes: int) -> Iterator[None]:
        """Takes so many bytes until the block is left; a request that is alone may have any size.

        Raises ExhaustedError where others leave too few.
        """
        if self._taken and self._taken + num_bytes > self._max_bytes:
            sentence = (
                f"requests of {self._taken / _MIB:,.0f} MiB are in progress here, and there is memory for "
                f"{self._max_bytes / _MIB:,.0f} MiB; try again later"
            )
            raise ExhaustedError(sentence, retry_after=_RETRY_SECONDS)
        self._taken += num_bytes
        try:
            yield
        finally:
            self._taken -= num_bytes
