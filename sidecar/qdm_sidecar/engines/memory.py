"""Whether there is memory for a state: engines that find none at work end badly, or with their process."""

import numpy as np

from qdm_common.memory import available_memory
from qdm_sidecar.memory import out_of_memory

_SMALL_STATE = 1 << 20


def check_memory(state_bytes: int) -> None:
    """Raises ExhaustedError where a state of so many bytes has no place just now; small ones always have."""
    if state_bytes <= _SMALL_STATE:
        return
    try:
        np.empty(state_bytes, np.uint8)  # what the process may have
    except MemoryError:
        raise out_of_memory() from None
    if state_bytes > available_memory():
        raise out_of_memory()
