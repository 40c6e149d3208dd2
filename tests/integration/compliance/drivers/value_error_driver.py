"""What is wrong with a payload is told as a bug."""

from tiny_driver import TinyDriver, TinyOptions

from qdm_circuits.aqo import AqoProgram
from qdm_driver import CircuitPayload, InvalidRequestError


class ValueErrorDriver(TinyDriver):
    """Lets a parser's exception escape."""

    def read(self, circuit: CircuitPayload, options: TinyOptions) -> AqoProgram:
        try:
            return super().read(circuit, options)
        except InvalidRequestError as error:
            if options.symbols:
                raise
            raise ValueError(error.message) from error
