"""What gates do to states, in NumPy and double precision."""

import cmath
import math
from collections.abc import Sequence

import numpy as np

from qdm_circuits.gates import SWAPS, Gate, meaning

ARITY = {
    **dict.fromkeys(("id", "x", "y", "z", "h", "s", "sdg", "t", "tdg", "sx", "sxdg", "p", "rx", "ry", "rz", "u"), 1),
    **dict.fromkeys(("cx", "cy", "cz", "ch", "cp", "crx", "cry", "crz", "cu", "swap"), 2),
    **dict.fromkeys(("ccx", "ccz", "cswap", "mcu"), 3),
}
PARAMS = {**dict.fromkeys(("p", "rx", "ry", "rz", "cp", "crx", "cry", "crz"), 1), "u": 3, "cu": 4, "mcu": 4}

State = np.ndarray[tuple[int], np.dtype[np.complex128]]


def applied(gate: Gate, state: State) -> State:
    """Returns the state after the gate."""
    index = np.arange(len(state))
    if gate.name in SWAPS:
        *controls, one, other = gate.qubits
        differ = ((index >> one ^ index >> other) & 1) * all_set(index, controls)
        swapped: State = state[index ^ differ * (1 << one | 1 << other)]
        return swapped
    *controls, target = gate.qubits
    theta, phi, lam, gamma = meaning(gate)
    cos, sin = math.cos(theta / 2), math.sin(theta / 2)
    u = cmath.exp(1j * gamma) * np.array(
        [[cos, -cmath.exp(1j * lam) * sin], [cmath.exp(1j * phi) * sin, cmath.exp(1j * (phi + lam)) * cos]]
    )
    bit = index >> target & 1
    changed = u[bit, 0] * state[index & ~(1 << target)] + u[bit, 1] * state[index | 1 << target]
    return np.where(all_set(index, controls) == 1, changed, state)


def all_set(
    index: np.ndarray[tuple[int], np.dtype[np.int64]], controls: Sequence[int]
) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    """Returns 1 where all bits of the index that are named are set, and otherwise 0."""
    result = np.ones_like(index)
    for control in controls:
        result &= index >> control & 1
    return result
