"""What to say where memory is too little."""

from qdm_driver import ExhaustedError

_RETRY_SECONDS = 5.0


def out_of_memory() -> ExhaustedError:
    """Returns the error to raise where a circuit finds too little at this moment."""
    message = "the device has not enough memory for this circuit just now; try again, or use fewer qubits"
    return ExhaustedError(message, retry_after=_RETRY_SECONDS)
