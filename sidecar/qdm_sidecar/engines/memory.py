"""Whether there is memory for a state: engines that find none at work end badly, or with their process."""

from pathlib import Path

import numpy as np

from qdm_driver import ExhaustedError

_RETRY_SECONDS = 5.0
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


def out_of_memory() -> ExhaustedError:
    """Returns the error to raise where memory is short."""
    message = "the device has not enough memory for this circuit just now; try again, or use fewer qubits"
    return ExhaustedError(message, retry_after=_RETRY_SECONDS)


def available_memory() -> int:
    """Returns the bytes that the machine can give without swapping."""
    lines = Path("/proc/meminfo").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("MemAvailable:"))
