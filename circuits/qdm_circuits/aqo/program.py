"""Circuits of AQO documents. All classical bits make one register ``c``, as wide as the highest bit that is written."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from qdm_circuits.aqo.document import JsonObject, aqo_hash
from qdm_circuits.aqo.expectation import Expectation, NotEvaluable, read_expectation
from qdm_circuits.aqo.json_encoding import document_from_json
from qdm_circuits.aqo.proto_encoding import document_from_proto
from qdm_circuits.aqo.rules import ROTATIONS, basis_of, check_document
from qdm_circuits.aqo.symbols import Symbols
from qdm_circuits.circuit import Circuit, Measure, Operation, Register, Reset, make_circuit
from qdm_circuits.gates import Gate
from qdm_circuits.limits import check_size

# Gates that turn a basis into Z, and back.
_BASIS_CHANGES = {"X": (("h",), ("h",)), "Y": (("sdg", "h"), ("h", "s")), "Z": ((), ())}


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
    steps: list[tuple[Operation, ...]] = []
    operations: list[Operation] = []
    for index, operation in enumerate(document["operations"]):
        step = tuple(_step(operation, symbols, f"operations[{index}]"))
        steps.append(step)
        operations += step
        check_size(operations=len(operations))
    symbols.refuse_unused_options()
    written = [item.clbit for item in operations if isinstance(item, Measure) and item.clbit is not None]
    registers = [Register("c", max(written) + 1)] if written else []
    circuit = make_circuit(document["qubits"], registers, operations)
    return AqoProgram(circuit, aqo_hash(document), read_expectation(document, steps))


def _step(operation: JsonObject, symbols: Symbols, place: str) -> Iterator[Operation]:
    name, qubits = operation["op"], operation["q"]
    if name == "MEASURE":
        to_z, from_z = _BASIS_CHANGES[basis_of(operation)]
        for qubit, clbit in zip(qubits, operation["c"], strict=True):
            yield from (Gate(gate, (qubit,)) for gate in to_z)
            yield Measure(qubit, clbit)
            yield from (Gate(gate, (qubit,)) for gate in from_z)
    elif name == "RESET":
        yield from map(Reset, qubits)
    elif name in ROTATIONS:
        theta = symbols.number(operation["params"]["theta"], f"{place}.params.theta")
        yield Gate(name.lower(), tuple(qubits), (theta,))
    else:
        yield Gate(name.lower(), tuple(qubits))
