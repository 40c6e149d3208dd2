"""The gates that a program has without defining them: the built-in U, and those of stdgates.inc.

Global phases are those of the OpenQASM 3 specification (U(θ, φ, λ) = e^(iθ/2) u(θ, φ, λ)); they matter under a control.
"""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from qdm_circuits.gates import GLOBAL_PHASE, Gate

Expansion = Callable[[tuple[int, ...], tuple[float, ...]], list[Gate]]


@dataclass(frozen=True, slots=True)
class StandardGate:
    """A gate's number of parameters and of qubits, and what it is made of."""

    num_params: int
    num_qubits: int
    expand: Expansion


def _named(name: str) -> Expansion:
    return lambda qubits, params: [Gate(name, qubits, params)]


def _builtin_u(qubits: tuple[int, ...], params: tuple[float, ...]) -> list[Gate]:
    return [Gate(GLOBAL_PHASE, (), (params[0] / 2,)), Gate("u", qubits, params)]


def _u2(qubits: tuple[int, ...], params: tuple[float, ...]) -> list[Gate]:
    return _u3(qubits, (math.pi / 2, *params))


def _u3(qubits: tuple[int, ...], params: tuple[float, ...]) -> list[Gate]:
    _, phi, lam = params
    return [Gate(GLOBAL_PHASE, (), (-(phi + lam) / 2,)), Gate("u", qubits, params)]


BUILTIN_GATES: Mapping[str, StandardGate] = {"U": StandardGate(3, 1, _builtin_u)}

STDGATES: Mapping[str, StandardGate] = {
    **{name: StandardGate(0, 1, _named(name)) for name in ("id", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx")},
    **{name: StandardGate(1, 1, _named(name)) for name in ("p", "rx", "ry", "rz")},
    **{name: StandardGate(0, 2, _named(name)) for name in ("cx", "cy", "cz", "ch", "swap")},
    **{name: StandardGate(1, 2, _named(name)) for name in ("cp", "crx", "cry", "crz")},
    **{name: StandardGate(0, 3, _named(name)) for name in ("ccx", "cswap")},
    "cu": StandardGate(4, 2, _named("cu")),
    "CX": StandardGate(0, 2, _named("cx")),
    "phase": StandardGate(1, 1, _named("p")),
    "cphase": StandardGate(1, 2, _named("cp")),
    "u1": StandardGate(1, 1, _named("p")),
    "u2": StandardGate(2, 1, _u2),
    "u3": StandardGate(3, 1, _u3),
}
"""The content of stdgates.inc."""
