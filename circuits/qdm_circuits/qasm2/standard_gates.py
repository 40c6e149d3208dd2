"""The gates that a program has without defining them.

``U`` and ``CX`` are the language's own; the others are those of qelib1.inc. Global phases are left out: nothing in
OpenQASM 2.0 puts a gate under a control. Phases that a gate's controls turn into relative ones are exact.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from qdm_circuits.gates import MULTI_CONTROLLED, ROTATIONS, Gate

Expansion = Callable[[tuple[int, ...], tuple[float, ...]], tuple[Gate, ...]]


@dataclass(frozen=True, slots=True)
class StandardGate:
    """A gate's number of parameters and of qubits, and the ``operations`` gates it is made of."""

    num_params: int
    num_qubits: int
    expand: Expansion
    operations: int = 1


def _gate(name: str, num_params: int, num_qubits: int) -> StandardGate:
    return StandardGate(num_params, num_qubits, lambda qubits, params: (Gate(name, qubits, params),))


def _controlled(name: str, num_qubits: int, base: str) -> StandardGate:
    """Returns the one-qubit gate ``base`` on the last qubit, under all others."""
    meaning = tuple(ROTATIONS[base]())
    return StandardGate(0, num_qubits, lambda qubits, _: (Gate(name, qubits, meaning),))


def _sequence(num_params: int, num_qubits: int, text: str) -> StandardGate:
    """Returns a sequence of gates, each with the places of its qubits; the one parameter is the angle of each rz."""
    steps = [(name, tuple(map(int, places))) for name, *places in map(str.split, text.split(","))]

    def expand(qubits: tuple[int, ...], params: tuple[float, ...]) -> tuple[Gate, ...]:
        return tuple(
            Gate(name, tuple(qubits[place] for place in places), params if name == "rz" else ())
            for name, places in steps
        )

    return StandardGate(num_params, num_qubits, expand, len(steps))


LANGUAGE_GATES: Mapping[str, StandardGate] = {"U": _gate("u", 3, 1), "CX": _gate("cx", 0, 2)}

QELIB1: Mapping[str, StandardGate] = {
    **{name: _gate(name, 0, 1) for name in ("id", "x", "y", "z", "h", "s", "sdg", "t", "tdg")},
    **{name: _gate(name, 1, 1) for name in ("rx", "ry", "rz")},
    **{name: _gate(name, 0, 2) for name in ("cx", "cy", "cz", "ch")},
    "ccx": _gate("ccx", 0, 3),
    "crz": _gate("crz", 1, 2),
    "cu1": _gate("cp", 1, 2),
    "cu3": StandardGate(3, 2, lambda qubits, params: (Gate("cu", qubits, (*params, 0.0)),)),
    "u1": _gate("p", 1, 1),
    "u2": StandardGate(2, 1, lambda qubits, params: (Gate("u", qubits, (math.pi / 2, *params)),)),
    "u3": _gate("u", 3, 1),
}
"""What qelib1.inc holds in arXiv:1707.03429."""

ADDED_TO_QELIB1: Mapping[str, StandardGate] = {
    **{name: _gate(name, 0, 1) for name in ("sx", "sxdg")},
    **{name: _gate(name, 1, 2) for name in ("cp", "crx", "cry")},
    "c3sqrtx": _controlled(MULTI_CONTROLLED, 4, "sx"),
    "c3x": _controlled(MULTI_CONTROLLED, 4, "x"),
    "c4x": _controlled(MULTI_CONTROLLED, 5, "x"),
    "cswap": _gate("cswap", 0, 3),
    "csx": _controlled("cu", 2, "sx"),
    "cu": _gate("cu", 4, 2),
    "p": _gate("p", 1, 1),
    "rc3x": _sequence(
        0,
        4,
        "h 3, t 3, cx 2 3, tdg 3, h 3, cx 0 3, t 3, cx 1 3, tdg 3, cx 0 3, t 3, cx 1 3, tdg 3, "
        "h 3, t 3, cx 2 3, tdg 3, h 3",
    ),
    "rccx": _sequence(0, 3, "h 2, t 2, cx 1 2, tdg 2, cx 0 2, t 2, cx 1 2, tdg 2, h 2"),
    "rxx": _sequence(1, 2, "h 0, h 1, cx 0 1, rz 1, cx 0 1, h 0, h 1"),
    "rzz": _sequence(1, 2, "cx 0 1, rz 1, cx 0 1"),
    "swap": _gate("swap", 0, 2),
    "u": _gate("u", 3, 1),
    "u0": StandardGate(1, 1, lambda qubits, _: (Gate("id", qubits),)),
}
"""What others, Qiskit first, added to it later. Older programs use these names for gates and registers of their own."""
