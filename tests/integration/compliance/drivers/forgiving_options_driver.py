"""Unknown options are taken."""

from tiny_driver import TinyDriver, TinyOptions

from qdm_circuits.aqo import AqoProgram
from qdm_driver import CircuitPayload, InvalidRequestError


class ForgivingOptionsDriver(TinyDriver):
    """Leaves out the symbols that a circuit does not name."""

    def read(self, circuit: CircuitPayload, options: TinyOptions) -> AqoProgram:
        try:
            return super().read(circuit, options)
        except InvalidRequestError as error:
            if not any(violation.field.startswith("options.") for violation in error.violations):
                raise
            return super().read(circuit, options.model_copy(update={"symbols": {}}))
