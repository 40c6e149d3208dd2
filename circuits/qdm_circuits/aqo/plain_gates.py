"""Gates as nearly all are written, told from the rest at a glance, so that no rule has to be looked at for them."""

import math
from collections.abc import Mapping

ROTATIONS = frozenset({"RX", "RY", "RZ"})
"""Operations that take an angle."""

NUMBER_OF_QUBITS: Mapping[str, int] = {
    **dict.fromkeys(("RX", "RY", "RZ", "X", "Y", "Z", "H", "S", "T"), 1),
    **dict.fromkeys(("CX", "CZ", "SWAP"), 2),
    **dict.fromkeys(("CCX", "CCZ"), 3),
}
"""Gates, and how many qubits each acts on."""


def is_plain_gate(operation: object) -> bool:
    """Tells quickly that an operation is a gate on integers, with a finite angle or none, and nothing else.

    Most are. Where this tells no, it may still be a right one.
    """
    if type(operation) is not dict or len(operation) != 2 + ("params" in operation):
        return False
    name, qubits = operation.get("op"), operation.get("q")
    if type(name) is not str or name not in NUMBER_OF_QUBITS or type(qubits) is not list:
        return False
    if len(qubits) != NUMBER_OF_QUBITS[name] or len(set(qubits)) != len(qubits):
        return False
    for qubit in qubits:
        if type(qubit) is not int:
            return False
    return _is_plain_angle(operation.get("params")) if name in ROTATIONS else "params" not in operation


def _is_plain_angle(params: object) -> bool:
    if type(params) is not dict or len(params) != 1:
        return False
    theta = params.get("theta")
    return type(theta) is float and math.isfinite(theta)
