"""RZ turns the other way."""

from collections.abc import Iterator

from tiny_driver import History, TinyDriver

from qdm_circuits.circuit import Operation
from qdm_circuits.gates import Gate


class WrongAngleDriver(TinyDriver):
    """Has the sign of an angle wrong."""

    def step(self, history: History, operation: Operation) -> Iterator[History]:
        if isinstance(operation, Gate) and operation.name == "rz":
            operation = operation._replace(params=(-operation.params[0],))
        return super().step(history, operation)
