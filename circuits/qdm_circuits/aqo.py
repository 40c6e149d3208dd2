"""AQO documents (Abstract Quantum Operations, 0.1 and 1.x), checked rule by rule and read into a circuit.

All classical bits make one register ``c``, as wide as the highest bit that is written.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from qdm_circuits.aqo_json import JsonObject, invalid, is_integer, parse_document
from qdm_circuits.aqo_json import aqo_hash as hash_of
from qdm_circuits.aqo_symbols import Symbols
from qdm_circuits.circuit import Circuit, Measure, Operation, Register, Reset, make_circuit
from qdm_circuits.gates import Gate
from qdm_circuits.limits import check_size
from qdm_driver.errors import PreconditionError

_REQUIRED = ("version", "qubits", "operations")
_OBJECTS = ("parameters", "metadata", "checksums", "topology", "annotations")
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)(\.(0|[1-9]\d*))?", re.ASCII)
_NUMBER_OF_QUBITS = {
    **dict.fromkeys(("RX", "RY", "RZ", "X", "Y", "Z", "H", "S", "T"), 1),
    **dict.fromkeys(("CX", "CZ", "SWAP"), 2),
    **dict.fromkeys(("CCX", "CCZ"), 3),
}
_ROTATIONS = frozenset({"RX", "RY", "RZ"})
# Gates that turn a basis into Z, and back.
_BASES = {"X": (("h",), ("h",)), "Y": (("sdg", "h"), ("h", "s")), "Z": ((), ())}


@dataclass(frozen=True, slots=True)
class AqoProgram:
    """The circuit of a document, and the hash that the document is known by."""

    circuit: Circuit
    aqo_hash: str


def parse_aqo_json(data: bytes, symbols: Mapping[str, str]) -> AqoProgram:
    """Reads an AQO_JSON payload; ``symbols`` are the request's values for symbols, by option key.

    Raises InvalidRequestError with the place of the first wrong thing, PreconditionError (``AQO_VERSION``) for a
    version of another major, PreconditionError (``CIRCUIT_TOO_LARGE``) where no engine could ever take it.
    """
    return read_document(parse_document(data), symbols)


def read_document(document: JsonObject, symbols: Mapping[str, str]) -> AqoProgram:
    """Reads a document that was decoded already, whatever its encoding was. Raises as ``parse_aqo_json``."""
    _check_top_level(document)
    num_qubits = document["qubits"]
    reader = _OperationReader(num_qubits, Symbols(document.get("parameters", {}), symbols))
    operations = [
        piece
        for index, operation in enumerate(document["operations"])
        for piece in reader.read(operation, f"operations[{index}]")
    ]
    reader.symbols.refuse_unused_options()
    check_size(qubits=num_qubits, operations=len(operations))
    written = [item.clbit for item in operations if isinstance(item, Measure) and item.clbit is not None]
    registers = [Register("c", max(written) + 1)] if written else []
    return AqoProgram(make_circuit(num_qubits, registers, operations), hash_of(document))


def _check_top_level(document: JsonObject) -> None:
    for name in _REQUIRED:
        if name not in document:
            raise invalid(name, "is missing")
    for name in document:
        if name not in (*_REQUIRED, *_OBJECTS):
            raise invalid(name, "is an unknown field; remove it")
    _check_version(document["version"])
    if not is_integer(document["qubits"]) or document["qubits"] < 1:
        raise invalid("qubits", "must be an integer of at least 1")
    if not isinstance(document["operations"], list):
        raise invalid("operations", "must be an array")
    for name in _OBJECTS:
        if name in document and not isinstance(document[name], dict):
            raise invalid(name, "must be an object")


def _check_version(version: object) -> None:
    if not isinstance(version, str) or not (parts := _VERSION.fullmatch(version)):
        raise invalid("version", 'must be a string such as "0.1" or "1.0.0"')
    major, minor = parts[1], parts[2]
    if major != "1" and (major, minor) != ("0", "1"):
        raise PreconditionError(f"AQO version {version[:32]} is not supported; use 0.1 or 1.x", kind="AQO_VERSION")


class _OperationReader:
    """Checks single operations against the document's number of qubits and its symbols."""

    def __init__(self, num_qubits: int, symbols: Symbols) -> None:
        self._num_qubits = num_qubits
        self.symbols = symbols

    def read(self, operation: object, place: str) -> Iterator[Operation]:
        """Yields what the operation at ``place`` stands for."""
        if not isinstance(operation, dict):
            raise invalid(place, "must be an object")
        name = _opcode(operation, place)
        _check_fields(operation, name, place)
        params = operation.get("params", {})
        if not isinstance(params, dict):
            raise invalid(f"{place}.params", "must be an object")
        qubits = self._indices(operation, "q", place)
        if len(set(qubits)) < len(qubits):
            position = next(index for index, qubit in enumerate(qubits) if qubit in qubits[:index])
            raise invalid(f"{place}.q[{position}]", f"repeats qubit {qubits[position]}")
        if name == "MEASURE":
            yield from self._measure(operation, params, qubits, place)
            return
        _check_param_names(params, {"theta"} if name in _ROTATIONS else set(), f"{place}.params")
        if name == "RESET":
            yield from map(Reset, qubits)
            return
        if len(qubits) != _NUMBER_OF_QUBITS[name]:
            raise invalid(f"{place}.q", f"must hold {_NUMBER_OF_QUBITS[name]} for {name}, holds {len(qubits)}")
        yield Gate(name.lower(), qubits, self._angles(params, name, place))

    def _angles(self, params: JsonObject, name: str, place: str) -> tuple[float, ...]:
        if name not in _ROTATIONS:
            return ()
        if "theta" not in params:
            raise invalid(f"{place}.params.theta", f"is missing; {name} needs it")
        return (self.symbols.number(params["theta"], f"{place}.params.theta"),)

    def _measure(
        self, operation: JsonObject, params: JsonObject, qubits: tuple[int, ...], place: str
    ) -> Iterator[Operation]:
        _check_param_names(params, {"basis"}, f"{place}.params")
        clbits = self._indices(operation, "c", place)
        if len(clbits) != len(qubits):
            raise invalid(f"{place}.c", f"must hold as many as q, holds {len(clbits)} for {len(qubits)}")
        to_z, from_z = _BASES[_basis(operation, params, place)]
        for qubit, clbit in zip(qubits, clbits, strict=True):
            yield from (Gate(gate, (qubit,)) for gate in to_z)
            yield Measure(qubit, clbit)
            yield from (Gate(gate, (qubit,)) for gate in from_z)

    def _indices(self, operation: JsonObject, field: str, place: str) -> tuple[int, ...]:
        if field not in operation:
            raise invalid(f"{place}.{field}", "is missing")
        values = operation[field]
        if not isinstance(values, list) or not values:
            raise invalid(f"{place}.{field}", "must be an array of at least one integer")
        for position, value in enumerate(values):
            if not is_integer(value):
                raise invalid(f"{place}.{field}[{position}]", "must be an integer")
            if not 0 <= value < self._num_qubits:
                raise invalid(f"{place}.{field}[{position}]", f"must be from 0 to {self._num_qubits - 1}")
        return tuple(values)


def _opcode(operation: JsonObject, place: str) -> str:
    if "op" not in operation:
        raise invalid(f"{place}.op", "is missing")
    name: Any = operation["op"]
    if not isinstance(name, str) or (name not in _NUMBER_OF_QUBITS and name not in ("MEASURE", "RESET")):
        raise invalid(f"{place}.op", f"must be one of {', '.join(_NUMBER_OF_QUBITS)}, MEASURE, RESET")
    return name


def _check_fields(operation: JsonObject, name: str, place: str) -> None:
    for field in operation:
        if field in ("c", "basis") and name != "MEASURE":
            raise invalid(f"{place}.{field}", "belongs to MEASURE only; remove it")
        if field not in ("op", "q", "c", "params", "basis"):
            raise invalid(f"{place}.{field}", "is an unknown field; remove it")


def _check_param_names(params: JsonObject, allowed: set[str], place: str) -> None:
    for name in params:
        if name not in allowed:
            raise invalid(f"{place}.{name}", "is an unknown parameter; remove it")


def _basis(operation: JsonObject, params: JsonObject, place: str) -> str:
    given = [
        (value["basis"], where)
        for value, where in ((operation, f"{place}.basis"), (params, f"{place}.params.basis"))
        if "basis" in value
    ]
    for basis, where in given:
        if not isinstance(basis, str) or basis not in _BASES:
            raise invalid(where, "must be X, Y or Z")
        if basis != given[0][0]:
            raise invalid(where, "contradicts the basis beside op; keep one")
    return given[0][0] if given else "Z"
