"""Which documents are right: every rule of AQO but those about the values of symbols, which need the request's options.

A message names the first thing that is wrong, by its place in the document.
"""

import re
from collections.abc import Mapping
from typing import Any

from qdm_circuits.aqo.document import JsonObject, invalid, is_integer
from qdm_circuits.limits import check_size
from qdm_circuits.quoting import shown
from qdm_driver.errors import PreconditionError

OBJECTS = ("parameters", "metadata", "checksums", "topology", "annotations")
"""The document's optional fields, whose members are free."""

ROTATIONS = frozenset({"RX", "RY", "RZ"})
"""Operations that take an angle."""

NUMBER_OF_QUBITS: Mapping[str, int] = {
    **dict.fromkeys(("RX", "RY", "RZ", "X", "Y", "Z", "H", "S", "T"), 1),
    **dict.fromkeys(("CX", "CZ", "SWAP"), 2),
    **dict.fromkeys(("CCX", "CCZ"), 3),
}
"""Gates, and how many qubits each acts on."""

_REQUIRED = ("version", "qubits", "operations")
_VERSION = re.compile(r"(0|[1-9]\d*)\.(0|[1-9]\d*)(\.(0|[1-9]\d*))?", re.ASCII)
_BASES = ("X", "Y", "Z")


def check_document(document: JsonObject) -> None:
    """Checks a document that an encoding was read into.

    Raises InvalidRequestError with the place of the first wrong thing, PreconditionError (``AQO_VERSION``) for a
    version of another major, PreconditionError (``CIRCUIT_TOO_LARGE``) for more qubits than any engine could ever take.
    """
    _check_fields(document)
    _check_version(document["version"])
    num_qubits = document["qubits"]
    if not is_integer(num_qubits) or num_qubits < 1:
        raise invalid("qubits", "must be an integer of at least 1")
    check_size(qubits=num_qubits)
    if not isinstance(document["operations"], list):
        raise invalid("operations", "must be an array")
    for index, operation in enumerate(document["operations"]):
        check_operation(operation, num_qubits, f"operations[{index}]")


def _check_fields(document: JsonObject) -> None:
    for name in _REQUIRED:
        if name not in document:
            raise invalid(name, "is missing")
    for name, value in document.items():
        if name in OBJECTS and not isinstance(value, dict):
            raise invalid(name, "must be an object")
        if name not in (*_REQUIRED, *OBJECTS):
            raise invalid(name, "is an unknown field; remove it")


def _check_version(version: object) -> None:
    if not isinstance(version, str) or not (parts := _VERSION.fullmatch(version)):
        raise invalid("version", 'must be a string such as "0.1" or "1.0.0"')
    major, minor = parts[1], parts[2]
    if major != "1" and (major, minor) != ("0", "1"):
        raise PreconditionError(f"AQO version {shown(version)} is not supported; use 0.1 or 1.x", kind="AQO_VERSION")


def check_operation(operation: object, num_qubits: int, place: str) -> None:
    """Checks the operation at one place of a document of so many qubits. Raises InvalidRequestError."""
    if not isinstance(operation, dict):
        raise invalid(place, "must be an object")
    name = _opcode(operation, place)
    for field in operation:
        if field in ("c", "basis") and name != "MEASURE":
            raise invalid(f"{place}.{field}", "belongs to MEASURE only; remove it")
        if field not in ("op", "q", "c", "params", "basis"):
            raise invalid(f"{place}.{field}", "is an unknown field; remove it")
    params = operation.get("params", {})
    if not isinstance(params, dict):
        raise invalid(f"{place}.params", "must be an object")
    _check_qubits(operation, name, num_qubits, place)
    if name == "MEASURE":
        _check_param_names(params, ("basis",), f"{place}.params")
        _check_clbits(operation, num_qubits, place)
        _check_basis(operation, params, place)
    elif name in ROTATIONS:
        _check_param_names(params, ("theta",), f"{place}.params")
        _check_theta(params, name, f"{place}.params.theta")
    else:
        _check_param_names(params, (), f"{place}.params")


def _opcode(operation: JsonObject, place: str) -> str:
    if "op" not in operation:
        raise invalid(f"{place}.op", "is missing")
    name: Any = operation["op"]
    if not isinstance(name, str) or (name not in NUMBER_OF_QUBITS and name not in ("MEASURE", "RESET")):
        raise invalid(f"{place}.op", f"must be one of {', '.join(NUMBER_OF_QUBITS)}, MEASURE, RESET")
    return name


def _check_qubits(operation: JsonObject, name: str, num_qubits: int, place: str) -> None:
    qubits = _indices(operation, "q", num_qubits, place)
    seen: set[int] = set()
    for position, qubit in enumerate(qubits):
        if qubit in seen:
            raise invalid(f"{place}.q[{position}]", f"repeats qubit {qubit}")
        seen.add(qubit)
    wanted = NUMBER_OF_QUBITS.get(name, len(qubits))
    if len(qubits) != wanted:
        raise invalid(f"{place}.q", f"must hold {wanted} for {name}, holds {len(qubits)}")


def _check_clbits(operation: JsonObject, num_qubits: int, place: str) -> None:
    clbits = _indices(operation, "c", num_qubits, place)
    if len(clbits) != len(operation["q"]):
        raise invalid(f"{place}.c", f"must hold as many as q, holds {len(clbits)} for {len(operation['q'])}")


def _indices(operation: JsonObject, field: str, num_qubits: int, place: str) -> list[int]:
    if field not in operation:
        raise invalid(f"{place}.{field}", "is missing")
    values = operation[field]
    if not isinstance(values, list) or not values:
        raise invalid(f"{place}.{field}", "must be an array of at least one integer")
    for position, value in enumerate(values):
        if not is_integer(value):
            raise invalid(f"{place}.{field}[{position}]", "must be an integer")
        if not 0 <= value < num_qubits:
            raise invalid(f"{place}.{field}[{position}]", f"must be from 0 to {num_qubits - 1}")
    return values


def _check_param_names(params: JsonObject, allowed: tuple[str, ...], place: str) -> None:
    for name in params:
        if name not in allowed:
            raise invalid(f"{place}.{name}", "is an unknown parameter; remove it")


def _check_theta(params: JsonObject, name: str, place: str) -> None:
    if "theta" not in params:
        raise invalid(place, f"is missing; {name} needs it")
    theta = params["theta"]
    if not (is_integer(theta) or isinstance(theta, float | str)):
        raise invalid(place, "must be a number or a symbol")


def _check_basis(operation: JsonObject, params: JsonObject, place: str) -> None:
    given = [
        (value["basis"], where)
        for value, where in ((operation, f"{place}.basis"), (params, f"{place}.params.basis"))
        if "basis" in value
    ]
    for basis, where in given:
        if basis not in _BASES:
            raise invalid(where, "must be X, Y or Z")
        if basis != given[0][0]:
            raise invalid(where, "contradicts the basis beside op; keep one")
