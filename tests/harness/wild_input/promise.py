"""What every decoder promises, whatever comes in: a circuit, or an error that its sender can act on.

Errors are the three that a decoder may raise. Their messages are not empty, short, name a place that exists, and tell
nothing of the program that wrote them.
"""

import math
import re

from qdm_circuits.circuit import Assign, Branch, Circuit, Measure, Reset, While, flatten
from qdm_circuits.conditions import clbits_of
from qdm_circuits.gates import CONTROLLED, MULTI_CONTROLLED, ROTATIONS, SWAPS, Gate
from qdm_driver import (
    CircuitFormat,
    CircuitPayload,
    DriverError,
    InvalidRequestError,
    PreconditionError,
    UnsupportedError,
)
from qdm_sidecar.plugins.payload_formats import PayloadReader

MAX_MESSAGE = 2_000

_PLACE = re.compile(r"line (\d+), column (\d+)")
_INNER_LIFE = re.compile(r"Traceback|object at 0x|<class|\.py\b|site-packages|/(?:home|root|usr|tmp)/")


def decode(encoding: CircuitFormat, data: bytes) -> Circuit | DriverError:
    """Decodes as the simulator does and returns the circuit or the error. Raises what is not promised."""
    try:
        return PayloadReader(max_bytes=0).read(CircuitPayload(encoding, data), b"", {}).circuit
    except (InvalidRequestError, UnsupportedError, PreconditionError) as error:
        return error


def check_promise(encoding: CircuitFormat, data: bytes) -> None:
    """Asserts that the decoder makes of ``data`` a circuit that is one, or an error that helps its sender."""
    match decode(encoding, data):
        case Circuit() as circuit:
            check_circuit(circuit)
        case error:
            check_error(error, data)


def check_circuit(circuit: Circuit) -> None:
    """Asserts what engines rely on: indices in range, distinct qubits, known gates, finite angles."""
    num_bits = circuit.num_clbits + circuit.num_hidden_clbits
    for operation in flatten(circuit.operations):
        match operation:
            case Gate(name, qubits, params):
                assert name in ROTATIONS or name in CONTROLLED or name in SWAPS or name in ("cu", MULTI_CONTROLLED)
                assert len(set(qubits)) == len(qubits), operation
                assert all(0 <= qubit < circuit.num_qubits for qubit in qubits), operation
                assert all(math.isfinite(angle) for angle in params), operation
            case Measure(qubit, clbit):
                assert 0 <= qubit < circuit.num_qubits, operation
                assert clbit is None or 0 <= clbit < num_bits, operation
            case Reset(qubit):
                assert 0 <= qubit < circuit.num_qubits, operation
            case Assign(clbit, condition):
                assert 0 <= clbit < num_bits, operation
                assert all(0 <= bit < num_bits for bit in clbits_of(condition)), operation
            case Branch(condition) | While(condition):
                assert all(0 <= bit < num_bits for bit in clbits_of(condition)), operation


def check_error(error: DriverError, data: bytes) -> None:
    """Asserts that the error tells the sender of ``data`` where and what, and no more."""
    assert error.message.strip()
    assert len(error.message) <= MAX_MESSAGE, error.message[:200]
    assert not _INNER_LIFE.search(error.message), error.message
    match error:
        case InvalidRequestError():
            assert error.violations
            assert all(violation.field and violation.description for violation in error.violations), error.message
        case PreconditionError():
            assert error.kind in ("CIRCUIT_TOO_LARGE", "AQO_VERSION"), error.message
        case _:
            assert _PLACE.match(error.message) or error.message.startswith("OpenQASM version"), error.message
    place = _PLACE.match(error.message)
    if place:
        line, column = map(int, place.groups())
        lines = data.decode().split("\n")
        assert 1 <= line <= len(lines), error.message
        assert 1 <= column <= len(lines[line - 1]) + 1, error.message
