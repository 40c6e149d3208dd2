"""Gates as nearly all are written, told from the rest at a glance, so that no rule has to be looked at for them."""

import math
from collections.abc import Mapping
from typing import Any

from qdm_circuits.gates import Gate

ROTATIONS = frozenset({"RX", "RY", "RZ"})
"""Operations that take an angle."""

NUMBER_OF_QUBITS: Mapping[str, int] = {
    **dict.fromkeys(("RX", "RY", "RZ", "X", "Y", "Z", "H", "S", "T"), 1),
    **dict.fromkeys(("CX", "CZ", "SWAP"), 2),
    **dict.fromkeys(("CCX", "CCZ"), 3),
}
"""Gates, and how many qubits each acts on."""

GATES: Mapping[str, str] = {name: name.lower() for name in NUMBER_OF_QUBITS}
"""The gates' names in the representation."""

_FIELDS = 2  # op and q


def plain_gates(document: object) -> list[Gate | None]:
    """Returns of each operation of a document the gate that it is, where it is a plain one; nothing for no document."""
    operations = document.get("operations") if isinstance(document, dict) else None
    return [_plain_gate(operation) for operation in operations] if isinstance(operations, list) else []


def _plain_gate(operation: object) -> Gate | None:
    """Returns the gate that an operation is: on distinct integers, with a finite angle or none, and nothing else.

    Where this returns ``None`` the operation may still be a right one. Integers may be out of range.
    """
    if type(operation) is not dict:
        return None
    name: Any = operation.get("op")
    qubits: Any = operation.get("q")
    if type(name) is not str or not _are_qubits(qubits) or len(qubits) != NUMBER_OF_QUBITS.get(name):
        return None
    if name not in ROTATIONS:
        return Gate(GATES[name], tuple(qubits)) if len(operation) == _FIELDS else None
    params = operation.get("params")
    if type(params) is dict and len(params) == 1 and len(operation) == _FIELDS + 1:
        theta = params.get("theta")
        if type(theta) is float and math.isfinite(theta):
            return Gate(GATES[name], tuple(qubits), (theta,))
    return None


def _are_qubits(qubits: Any) -> bool:
    if type(qubits) is not list:
        return False
    for qubit in qubits:
        if type(qubit) is not int:
            return False
    return len(qubits) == 1 or len(set(qubits)) == len(qubits)
