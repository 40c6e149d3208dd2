"""Circuits of AQO documents. All classical bits make one register ``c``, as wide as the highest bit that is written."""

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain

from qdm_circuits.aqo.document import JsonObject, aqo_hash
from qdm_circuits.aqo.expectation import Expectation, NotEvaluable, read_expectation
from qdm_circuits.aqo.json_encoding import document_from_json
from qdm_circuits.aqo.plain_gates import NUMBER_OF_QUBITS, ROTATIONS
from qdm_circuits.aqo.proto_encoding import document_from_proto
from qdm_circuits.aqo.rules import basis_of, check_document
from qdm_circuits.aqo.symbols import Symbols
from qdm_circuits.circuit import Circuit, Measure, Operation, Register, Reset, make_circuit
from qdm_circuits.gates import Gate
from qdm_circuits.limits import check_size

# Gates that turn a basis into Z, and back.
_BASIS_CHANGES = {"X": (("h",), ("h",)), "Y": (("sdg", "h"), ("h", "s")), "Z": ((), ())}


_GATES = {name: name.lower() for name in NUMBER_OF_QUBITS}


@dataclass(frozen=True, slots=True)
class AqoProgram:
    """A document's circuit, the hash that the document is known by, and the expectation value that it asks for."""

    circuit: Circuit
    aqo_hash: str
    expectation: Expectation | NotEvaluable | None


def parse_aqo_json(data: bytes, symbols: Mapping[str, str]) -> AqoProgram:
    """Reads an AQO_JSON payload; ``symbols`` are the request's values for symbols, by option key.

    Raises InvalidRequestError with the place of the first wrong thing, PreconditionError (``AQO_VERSION``) for a
    version of another major, PreconditionError (``CIRCUIT_TOO_LARGE``) where no engine could ever take it.
    """
    return _program(document_from_json(data), symbols)


def parse_aqo_proto(data: bytes, symbols: Mapping[str, str]) -> AqoProgram:
    """Reads an AQO_PROTO payload. Takes and raises what ``parse_aqo_json`` does."""
    return _program(document_from_proto(data), symbols)


def _program(document: JsonObject, options: Mapping[str, str]) -> AqoProgram:
    check_document(document)
    symbols = Symbols(document.get("parameters", {}), options)
    steps = [_step(operation, symbols, index) for index, operation in enumerate(document["operations"])]
    operations = list(chain.from_iterable(steps))
    check_size(operations=len(operations))
    symbols.refuse_unused_options()
    written = [item.clbit for item in operations if isinstance(item, Measure) and item.clbit is not None]
    registers = [Register("c", max(written) + 1)] if written else []
    circuit = make_circuit(document["qubits"], registers, operations)
    return AqoProgram(circuit, aqo_hash(document), read_expectation(document, steps))


def _step(operation: JsonObject, symbols: Symbols, index: int) -> tuple[Operation, ...]:
    name, qubits = operation["op"], operation["q"]
    if name in ROTATIONS:
        theta = operation["params"]["theta"]
        if type(theta) is not float:
            theta = symbols.number(theta, f"operations[{index}].params.theta")
        return (Gate(_GATES[name], tuple(qubits), (theta,)),)
    if name in _GATES:
        return (Gate(_GATES[name], tuple(qubits)),)
    if name == "RESET":
        return tuple(map(Reset, qubits))
    to_z, from_z = _BASIS_CHANGES[basis_of(operation)]
    measured: list[Operation] = []
    for qubit, clbit in zip(qubits, operation["c"], strict=True):
        measured += (Gate(gate, (qubit,)) for gate in to_z)
        measured.append(Measure(qubit, clbit))
        measured += (Gate(gate, (qubit,)) for gate in from_z)
    return tuple(measured)
