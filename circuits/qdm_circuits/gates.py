"""The gates of the representation, and what each of them means.

Names and matrices are those of OpenQASM's stdgates.inc, with ``u`` as Qiskit defines it:
u(θ, φ, λ) = [[cos θ/2, -e^iλ sin θ/2], [e^iφ sin θ/2, e^i(φ+λ) cos θ/2]]. Angles are radians. Controls come before
the target, and all of them must be 1.
"""

import math
from collections.abc import Callable, Mapping
from typing import NamedTuple


class Gate(NamedTuple):
    """A named gate on distinct qubits. A tuple, because programs have up to a million of them."""

    name: str
    qubits: tuple[int, ...]
    params: tuple[float, ...] = ()


class Rotation(NamedTuple):
    """The one-qubit gate e^(i gamma) u(θ, φ, λ)."""

    theta: float
    phi: float
    lam: float
    gamma: float


ROTATIONS: Mapping[str, Callable[..., Rotation]] = {
    "id": lambda: Rotation(0, 0, 0, 0),
    "x": lambda: Rotation(math.pi, 0, math.pi, 0),
    "y": lambda: Rotation(math.pi, math.pi / 2, math.pi / 2, 0),
    "z": lambda: Rotation(0, 0, math.pi, 0),
    "h": lambda: Rotation(math.pi / 2, 0, math.pi, 0),
    "s": lambda: Rotation(0, 0, math.pi / 2, 0),
    "sdg": lambda: Rotation(0, 0, -math.pi / 2, 0),
    "t": lambda: Rotation(0, 0, math.pi / 4, 0),
    "tdg": lambda: Rotation(0, 0, -math.pi / 4, 0),
    "sx": lambda: Rotation(math.pi / 2, -math.pi / 2, math.pi / 2, math.pi / 4),
    "sxdg": lambda: Rotation(-math.pi / 2, -math.pi / 2, math.pi / 2, -math.pi / 4),
    "p": lambda lam: Rotation(0, 0, lam, 0),
    "rx": lambda theta: Rotation(theta, -math.pi / 2, math.pi / 2, 0),
    "ry": lambda theta: Rotation(theta, 0, 0, 0),
    "rz": lambda lam: Rotation(0, 0, lam, -lam / 2),
    "u": lambda theta, phi, lam: Rotation(theta, phi, lam, 0),
}
"""What each one-qubit gate does to its qubit."""

CONTROLLED: Mapping[str, tuple[int, str]] = {
    "cx": (1, "x"),
    "cy": (1, "y"),
    "cz": (1, "z"),
    "ch": (1, "h"),
    "cp": (1, "p"),
    "crx": (1, "rx"),
    "cry": (1, "ry"),
    "crz": (1, "rz"),
    "ccx": (2, "x"),
    "ccz": (2, "z"),
}
"""Gates that are a one-qubit gate under a number of controls."""

SWAPS: Mapping[str, int] = {"swap": 0, "cswap": 1}
"""Exchanges of the last two qubits, and their number of controls."""

MULTI_CONTROLLED = "mcu"
"""The gate of any number of controls: parameters are those of Rotation, the last qubit is the target."""

GLOBAL_PHASE = "gphase"
"""The gate of no qubit: e^(i angle). It matters under a control only, so circuits hold none."""

MAX_ANGLE = 1e6
"""Angles of a circuit are no further from 0. Up to here a double comes as near to multiples of π as 1e-10."""


def meaning(gate: Gate) -> Rotation:
    """Returns what the gate does to its last qubit while all others are 1; for every gate but swaps and phases."""
    if gate.name in ("cu", MULTI_CONTROLLED):
        return Rotation(*gate.params)
    _, base = CONTROLLED.get(gate.name, (0, gate.name))
    return ROTATIONS[base](*gate.params)


def turned_back(angle: float) -> float:
    """Returns an angle of at most MAX_ANGLE that is the same to every gate: 4π is a whole number of turns to all."""
    return angle if abs(angle) <= MAX_ANGLE else 2 * math.atan2(math.sin(angle / 2), math.cos(angle / 2))
