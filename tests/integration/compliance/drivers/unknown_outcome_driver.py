"""A cancelled job may have been sent."""

from tiny_driver import TinyDriver

from qdm_circuits.circuit import Circuit
from qdm_driver import JobCancelled, OutcomeUnknownError


class UnknownOutcomeDriver(TinyDriver):
    """Cannot tell whether its backend has the job."""

    def distribution(self, circuit: Circuit) -> dict[str, float]:
        try:
            return super().distribution(circuit)
        except JobCancelled:
            raise OutcomeUnknownError("the job was cancelled while it was sent, and may run") from None
