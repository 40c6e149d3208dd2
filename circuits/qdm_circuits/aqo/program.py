"""Circuits of AQO documents. All classical bits make one register ``c``, as wide as the highest bit that is written."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from msgspec.structs import replace

from qdm_circuits.aqo.document import JsonObject, check_values, hash_of
from qdm_circuits.aqo.expectation import Expectation, NotEvaluable, read_expectation
from qdm_circuits.aqo.json_encoding import document_from_json, typed_from_json
from qdm_circuits.aqo.proto_encoding import document_from_proto, typed_from_proto
from qdm_circuits.aqo.rules import check_document
from qdm_circuits.aqo.steps import Part, Unbound, read_parts, steps_of
from qdm_circuits.aqo.symbols import Symbols
from qdm_circuits.aqo.typed import Document, ShapeError, as_json, canonical_document, in_types
from qdm_circuits.circuit import Circuit, Measure, Register, make_circuit
from qdm_circuits.collection import collection_paused
from qdm_circuits.limits import check_size
from qdm_driver.errors import DriverError


@dataclass(frozen=True, slots=True)
class AqoDocument:
    """A document that keeps the rules, what each of its operations is, and the hash that it is known by."""

    content: Document
    parts: Sequence[Part]
    aqo_hash: str

    def json(self) -> JsonObject:
        """Returns it as JSON."""
        return as_json(self.content)


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
    return _read(data, typed_from_json, document_from_json)


@collection_paused()
def read_aqo_proto(data: bytes) -> AqoDocument:
    """Reads an AQO_PROTO payload. Raises what ``read_aqo_json`` does."""
    return _read(data, typed_from_proto, document_from_proto)


@collection_paused()
def bind(document: AqoDocument, options: Mapping[str, str]) -> AqoProgram:
    """Gives symbols their values, which are in the document or in the request's options.

    Raises InvalidRequestError where one has none, PreconditionError as ``read_aqo_json``.
    """
    symbols = Symbols(document.content.parameters or {}, options)
    parts = [part.bound(symbols) if isinstance(part, Unbound) else part for part in document.parts]
    steps = list(steps_of(parts))
    check_size(operations=len(steps))
    symbols.refuse_unused_options()
    written = [step.clbit for step in steps if isinstance(step, Measure) and step.clbit is not None]
    registers = [Register("c", max(written) + 1)] if written else []
    circuit = make_circuit(document.content.qubits, registers, steps)
    return AqoProgram(circuit, document.aqo_hash, read_expectation(document.content, parts))


def parse_aqo_json(data: bytes, symbols: Mapping[str, str]) -> AqoProgram:
    """Reads an AQO_JSON payload and binds its symbols. Raises what these raise."""
    return bind(read_aqo_json(data), symbols)


def parse_aqo_proto(data: bytes, symbols: Mapping[str, str]) -> AqoProgram:
    """Reads an AQO_PROTO payload and binds its symbols. Raises what these raise."""
    return bind(read_aqo_proto(data), symbols)


def _read(data: bytes, typed: Callable[[bytes], Document], json_of: Callable[[bytes], JsonObject]) -> AqoDocument:
    """Reads a right document quickly; any other once more, and thoroughly, to tell what is wrong with it first."""
    try:
        return _checked(typed(data))
    except (ShapeError, DriverError, RecursionError):
        document = json_of(data)
    check_document(document)
    return _checked(in_types(document))


def _checked(content: Document) -> AqoDocument:
    head = as_json(replace(content, operations=[]))
    check_values(head)
    check_document(head)
    parts = read_parts(content.operations, content.qubits)
    return AqoDocument(content, parts, hash_of(canonical_document(content)))
