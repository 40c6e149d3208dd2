"""Circuits of AQO documents. All classical bits make one register ``c``, as wide as the highest bit that is written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import chain

from qdm_circuits.aqo.document import JsonObject, aqo_hash, check_values
from qdm_circuits.aqo.expectation import Expectation, NotEvaluable, read_expectation
from qdm_circuits.aqo.json_encoding import load_json
from qdm_circuits.aqo.plain_operations import GATES, ROTATIONS, Plain, plain_operations
from qdm_circuits.aqo.proto_encoding import load_proto
from qdm_circuits.aqo.rules import basis_of, check_document
from qdm_circuits.aqo.symbols import Symbols
from qdm_circuits.circuit import Circuit, Measure, Operation, Register, Reset, make_circuit
from qdm_circuits.collection import collection_paused
from qdm_circuits.gates import Gate
from qdm_circuits.limits import check_size

# Gates that turn a basis into Z, and back.
_BASIS_CHANGES = {"X": (("h",), ("h",)), "Y": (("sdg", "h"), ("h", "s")), "Z": ((), ())}


@dataclass(frozen=True, slots=True)
class AqoDocument:
    """A document that keeps the rules, what its plain operations are, and the hash that it is known by."""

    fields: JsonObject
    plain: Sequence[Plain | None]
    aqo_hash: str


@dataclass(frozen=True, slots=True)
class AqoProgram:
    """A document's circuit, the hash that the document is known by, and the expectation value that it asks for."""

    circuit: Circuit
    aqo_hash: str
    expectation: Expectation | NotEvaluable | None


@collection_paused()
def read_aqo_json(data: bytes) -> AqoDocument:
    """Reads an AQO_JSON payload.

    Raises InvalidRequestError with the place of the first wrong thing, PreconditionError (``AQO_VERSION``) for a
    version of another major, PreconditionError (``CIRCUIT_TOO_LARGE``) where no engine could ever take it.
    """
    return _checked(*load_json(data))


@collection_paused()
def read_aqo_proto(data: bytes) -> AqoDocument:
    """Reads an AQO_PROTO payload. Raises what ``read_aqo_json`` does."""
    fields = load_proto(data)
    return _checked(fields, plain_operations(fields))


@collection_paused()
def bind(document: AqoDocument, options: Mapping[str, str]) -> AqoProgram:
    """Gives symbols their values, which are in the document or in the request's options.

    Raises InvalidRequestError where one has none, PreconditionError as ``read_aqo_json``.
    """
    fields = document.fields
    symbols = Symbols(fields.get("parameters", {}), options)
    steps = [
        (step,) if step is not None else _step(fields["operations"][index], symbols, index)
        for index, step in enumerate(document.plain)
    ]
    operations = list(chain.from_iterable(steps))
    check_size(operations=len(operations))
    symbols.refuse_unused_options()
    written = [item.clbit for item in operations if isinstance(item, Measure) and item.clbit is not None]
    registers = [Register("c", max(written) + 1)] if written else []
    circuit = make_circuit(fields["qubits"], registers, operations)
    return AqoProgram(circuit, document.aqo_hash, read_expectation(fields, steps))


def parse_aqo_json(data: bytes, symbols: Mapping[str, str]) -> AqoProgram:
    """Reads an AQO_JSON payload and binds its symbols. Raises what these raise."""
    return bind(read_aqo_json(data), symbols)


def parse_aqo_proto(data: bytes, symbols: Mapping[str, str]) -> AqoProgram:
    """Reads an AQO_PROTO payload and binds its symbols. Raises what these raise."""
    return bind(read_aqo_proto(data), symbols)


def _checked(fields: JsonObject, plain: Sequence[Plain | None]) -> AqoDocument:
    check_values(fields, plain)
    check_document(fields, plain)
    return AqoDocument(fields, plain, aqo_hash(fields, plain))


def _step(operation: JsonObject, symbols: Symbols, index: int) -> tuple[Operation, ...]:
    name, qubits = operation["op"], operation["q"]
    if name in ROTATIONS:
        theta = symbols.number(operation["params"]["theta"], f"operations[{index}].params.theta")
        return (Gate(GATES[name], tuple(qubits), (theta,)),)
    if name in GATES:
        return (Gate(GATES[name], tuple(qubits)),)
    if name == "RESET":
        return tuple(map(Reset, qubits))
    to_z, from_z = _BASIS_CHANGES[basis_of(operation)]
    measured: list[Operation] = []
    for qubit, clbit in zip(qubits, operation["c"], strict=True):
        measured += (Gate(gate, (qubit,)) for gate in to_z)
        measured.append(Measure(qubit, clbit))
        measured += (Gate(gate, (qubit,)) for gate in from_z)
    return tuple(measured)
