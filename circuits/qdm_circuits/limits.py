"""How large a program may become while it is read.

Formats are small and circuits need not be: ``qubits: 1000000000000`` is a few bytes, a loop in a loop a few lines.
These bounds keep reading cheap; what a device can run is for its engine to say.
"""

from qdm_driver.errors import PreconditionError

MAX_QUBITS = 10_000
MAX_CLBITS = 10_000
MAX_OPERATIONS = 1_000_000

TOO_LARGE = "CIRCUIT_TOO_LARGE"


def check_size(*, qubits: int = 0, clbits: int = 0, operations: int = 0) -> None:
    """Raises PreconditionError where one of the counts is over its bound."""
    for count, bound, what in (
        (qubits, MAX_QUBITS, "qubits"),
        (clbits, MAX_CLBITS, "classical bits"),
        (operations, MAX_OPERATIONS, "operations"),
    ):
        if count > bound:
            raise PreconditionError(f"the circuit has more than {bound:,} {what}; make it smaller", kind=TOO_LARGE)


class Work:
    """What one program has taken so far to read: the operations it came to, and steps of whatever else costs time."""

    def __init__(self, max_steps: int) -> None:
        self._max_steps = max_steps
        self._operations = 0
        self._steps = 0

    def make(self, operations: int) -> None:
        """Adds operations. Raises PreconditionError over their bound."""
        self._operations += operations
        check_size(operations=self._operations)

    def spend(self, steps: int) -> None:
        """Adds steps. Raises PreconditionError over the bound."""
        self._steps += steps
        if self._steps > self._max_steps:
            message = f"the program takes more than {self._max_steps:,} steps to unroll; make it smaller"
            raise PreconditionError(message, kind=TOO_LARGE)
