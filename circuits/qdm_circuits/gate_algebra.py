"""Inverse, power and control of gate sequences, exact up to rounding.

Sequences may hold global phases: under a control they become real.
"""

import math
from collections.abc import Mapping, Sequence
from functools import reduce

from qdm_circuits.gates import CONTROLLED, GLOBAL_PHASE, MULTI_CONTROLLED, SWAPS, Gate, Rotation, meaning
from qdm_circuits.unitary import Unitary, power, product, rotation_of, unitary

_INVERSES: Mapping[str, str] = {"s": "sdg", "sdg": "s", "t": "tdg", "tdg": "t", "sx": "sxdg", "sxdg": "sx"}
_SELF_INVERSE = frozenset({"id", "x", "y", "z", "h", "cx", "cy", "cz", "ch", "ccx", "ccz", "swap", "cswap"})
_ROTATIONS = frozenset({"p", "rx", "ry", "rz", "cp", "crx", "cry", "crz", GLOBAL_PHASE})
_ONE_MORE_CONTROL = {base: name for name, (controls, base) in CONTROLLED.items() if controls == 1} | {
    "cx": "ccx",
    "cz": "ccz",
    "swap": "cswap",
}
# Eigenphases of these gates lie between -π and π for angles below this; then scaling the angle is the principal power.
_PRINCIPAL_ANGLE = {"p": math.pi, "cp": math.pi, GLOBAL_PHASE: math.pi}
_PHASES = {"z": math.pi, "s": math.pi / 2, "sdg": -math.pi / 2, "t": math.pi / 4, "tdg": -math.pi / 4}


def inverse(gates: Sequence[Gate]) -> list[Gate]:
    """Returns the gates that undo ``gates``."""
    return [_inverse(gate) for gate in reversed(gates)]


def controlled(gates: Sequence[Gate], control: int) -> list[Gate]:
    """Returns ``gates`` under one more control, a qubit that none of them touches."""
    return [piece for gate in gates for piece in _controlled(gate, control)]


def fractional_power(gates: Sequence[Gate], exponent: float) -> list[Gate] | None:
    """Returns the principal power of gates on one qubit, or of one gate under controls; ``None`` for all others."""
    if len(gates) == 1:
        name, qubits, params = gates[0]
        if name in _ROTATIONS and abs(params[0]) < _PRINCIPAL_ANGLE.get(name, 2 * math.pi):
            return [Gate(name, qubits, (params[0] * exponent,))]
        if name in _PHASES:
            return [Gate("p", qubits, (_PHASES[name] * exponent,))]
        if name in SWAPS:
            *controls, one, other = qubits
            both, toggle = Gate("cx", (other, one)), (*controls, one, other)
            return [both, *_power_on(toggle, unitary(meaning(Gate("x", (other,)))), exponent), both]
    acting = [gate for gate in gates if gate.name != GLOBAL_PHASE]
    if len({gate.qubits for gate in acting}) > 1 or any(gate.name in SWAPS for gate in acting):
        return None
    qubits = acting[0].qubits if acting else ()
    if len(qubits) > 1 and len(acting) < len(gates):
        return None
    phase = sum(gate.params[0] for gate in gates if gate.name == GLOBAL_PHASE)
    matrix = unitary(Rotation(0, 0, 0, phase))
    matrix = reduce(lambda before, gate: product(unitary(meaning(gate)), before), acting, matrix)
    return _power_on(qubits, matrix, exponent)


def _power_on(qubits: tuple[int, ...], matrix: Unitary, exponent: float) -> list[Gate]:
    rotation = rotation_of(power(matrix, exponent))
    if len(qubits) > 1:
        return [Gate(MULTI_CONTROLLED, qubits, rotation)]
    phase = Gate(GLOBAL_PHASE, (), (rotation.gamma,))
    return [Gate("u", qubits, rotation[:3]), phase] if qubits else [phase]


def _inverse(gate: Gate) -> Gate:
    name, qubits, params = gate
    if name in _SELF_INVERSE:
        return gate
    if name in _INVERSES:
        return Gate(_INVERSES[name], qubits)
    if name in _ROTATIONS:
        return Gate(name, qubits, (-params[0],))
    theta, phi, lam, *gamma = params
    return Gate(name, qubits, (-theta, -lam, -phi, *(-angle for angle in gamma)))


def _controlled(gate: Gate, control: int) -> list[Gate]:
    name, qubits, params = gate
    if name == GLOBAL_PHASE:
        return [Gate("p", (control,), params)]
    if name in _ONE_MORE_CONTROL:
        return [Gate(_ONE_MORE_CONTROL[name], (control, *qubits), params)]
    if name in SWAPS:
        *controls, one, other = qubits
        both = Gate("cx", (other, one))
        toggle = Gate(MULTI_CONTROLLED, (control, *controls, one, other), meaning(Gate("x", (other,))))
        return [both, toggle, both]
    return [Gate(MULTI_CONTROLLED, (control, *qubits), meaning(gate))]
