"""Operations as nearly all are written, told from the rest at a glance, so that no rule is looked at for them."""

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

from qdm_circuits.circuit import Measure
from qdm_circuits.gates import Gate

Plain = Gate | Measure

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

_OPCODES = {name: opcode for opcode, name in GATES.items()}

_FIELDS = 2  # op and q; a rotation has params too, a measurement c
_INTEGERS = {int}


def plain_operations(document: object) -> list[Plain | None]:
    """Returns of each operation of a document what it is, where it is a plain one; nothing for no document.

    Plain are a gate on distinct integers, with a finite angle or none, and a measurement of one integer into another,
    with nothing else said. Integers may be out of range. Where there is ``None`` the operation may be a right one too.
    """
    operations = document.get("operations") if isinstance(document, dict) else None
    return [_plain(operation) for operation in operations] if isinstance(operations, list) else []


def members_of(plain: Sequence[Plain | None]) -> int:
    """Returns how many members the objects of plain operations have, with those of their params."""
    kinds = Counter(map(type, plain))
    angles = sum(len(step.params) for step in plain if type(step) is Gate)
    return _FIELDS * kinds[Gate] + (_FIELDS + 1) * kinds[Measure] + 2 * angles


def indices_in(plain: Sequence[Plain | None]) -> set[int]:
    """Returns the qubits and clbits that plain operations name."""
    measured = (index for step in plain if type(step) is Measure for index in (step.qubit, step.clbit or 0))
    return {*chain.from_iterable(step.qubits for step in plain if type(step) is Gate), *measured}


def canonical_text(plain: Plain) -> str:
    """Returns the operation in canonical JSON, which ``document`` defines."""
    if isinstance(plain, Measure):
        return f'{{"c":[{plain.clbit}],"op":"MEASURE","q":[{plain.qubit}]}}'
    name, qubits, params = plain
    where = qubits[0] if len(qubits) == 1 else ",".join(map(str, qubits))
    theta = f',"params":{{"theta":{params[0]!r}}}' if params else ""
    return f'{{"op":"{_OPCODES[name]}"{theta},"q":[{where}]}}'


def _plain(operation: object) -> Plain | None:
    if type(operation) is not dict:
        return None
    name, qubits = operation.get("op"), operation.get("q")
    if type(name) is str and type(qubits) is list:
        return _plain_measurement(operation, qubits) if name == "MEASURE" else _plain_gate(operation, name, qubits)
    return None


def _plain_gate(operation: Mapping[str, Any], name: str, qubits: list[Any]) -> Gate | None:
    number = len(qubits)
    if number != NUMBER_OF_QUBITS.get(name) or type(qubits[0]) is not int:
        return None
    if number > 1 and (set(map(type, qubits)) != _INTEGERS or len(set(qubits)) < number):
        return None
    if name not in ROTATIONS:
        return Gate(GATES[name], tuple(qubits)) if len(operation) == _FIELDS else None
    params = operation.get("params")
    if type(params) is dict and len(params) == 1 and len(operation) == _FIELDS + 1:
        theta = params.get("theta")
        if type(theta) is float and math.isfinite(theta):
            return Gate(GATES[name], tuple(qubits), (theta,))
    return None


def _plain_measurement(operation: Mapping[str, Any], qubits: list[Any]) -> Measure | None:
    clbits = operation.get("c")
    if len(operation) == _FIELDS + 1 and type(clbits) is list and len(qubits) == len(clbits) == 1:
        (qubit,), (clbit,) = qubits, clbits
        if type(qubit) is int and type(clbit) is int:
            return Measure(qubit, clbit)
    return None
