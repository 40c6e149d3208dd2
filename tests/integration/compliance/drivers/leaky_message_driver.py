"""An error shows the inside of the program."""

from tiny_driver import TinyDriver, TinyOptions

from qdm_circuits.aqo import AqoProgram
from qdm_driver import CircuitPayload, InvalidRequestError, Violation


class LeakyMessageDriver(TinyDriver):
    """Tells callers where it is installed."""

    def read(self, circuit: CircuitPayload, options: TinyOptions) -> AqoProgram:
        try:
            return super().read(circuit, options)
        except InvalidRequestError as error:
            raise InvalidRequestError(Violation(__file__, error.message)) from error
