"""Which circuits are made of Clifford gates alone."""

import math
from collections.abc import Iterable, Mapping

from qdm_circuits.circuit import Branch, Operation, While
from qdm_circuits.gates import MAX_ANGLE, Gate

_EXACT_TO_RADIANS = 1e-12
_CLIFFORD_GATES = frozenset({"id", "x", "y", "z", "h", "s", "sdg", "sx", "sxdg", "cx", "cy", "cz", "swap"})
# Gates in the order they act, for 0 to 3 quarter turns.
_QUARTER_TURNS: Mapping[str, tuple[tuple[str, ...], ...]] = {
    "rx": ((), ("sx",), ("x",), ("sxdg",)),
    "ry": ((), ("z", "h"), ("y",), ("h", "z")),
    "rz": ((), ("s",), ("z",), ("sdg",)),
    "p": ((), ("s",), ("z",), ("sdg",)),
}


def as_clifford(operations: Iterable[Operation]) -> tuple[Operation, ...] | None:
    """Returns the operations in named Clifford gates, ``None`` where one is no Clifford gate."""
    rewritten: list[Operation] = []
    for operation in operations:
        if isinstance(operation, Gate) and operation.name in _CLIFFORD_GATES:
            rewritten.append(operation)
            continue
        match operation:
            case Gate():
                names = _clifford_names(operation)
                if names is None:
                    return None
                rewritten += (Gate(name, operation.qubits) for name in names)
            case Branch(condition, then, otherwise):
                branches = as_clifford(then), as_clifford(otherwise)
                if branches[0] is None or branches[1] is None:
                    return None
                rewritten.append(Branch(condition, branches[0], branches[1]))
            case While(condition, body):
                clifford_body = as_clifford(body)
                if clifford_body is None:
                    return None
                rewritten.append(While(condition, clifford_body))
            case _:
                rewritten.append(operation)
    return tuple(rewritten)


def _clifford_names(gate: Gate) -> tuple[str, ...] | None:
    """Returns the gates that do the same up to a global phase, in the order they act."""
    turns = [_quarter_turns(angle) for angle in gate.params]
    match gate.name, turns:
        case "u", [int(theta), int(phi), int(lam)]:
            return _QUARTER_TURNS["rz"][lam] + _QUARTER_TURNS["ry"][theta] + _QUARTER_TURNS["rz"][phi]
        case "cp", [0]:
            return ()
        case "cp", [2]:
            return ("cz",)
        case name, [int(angle)] if name in _QUARTER_TURNS:
            return _QUARTER_TURNS[name][angle]
    return None


def _quarter_turns(angle: float) -> int | None:
    if abs(angle) > MAX_ANGLE:
        return None
    turns = round(angle / (math.pi / 2))
    return turns % 4 if abs(angle - turns * (math.pi / 2)) <= _EXACT_TO_RADIANS else None
