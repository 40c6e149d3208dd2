"""Matrices of gates, as the OpenQASM 3 specification writes them ("Gates", "Standard library"), and of OpenQASM 2's.

A gate of k qubits is a matrix of 2^k rows; the first qubit is the most significant bit of the index, so that controls,
which come first, make a block matrix. Rotations turn by half their angle, which the specification's formulas forgot.
"""

from cmath import exp
from collections.abc import Callable, Mapping, Sequence
from math import cos, pi, sin, sqrt

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.complex128]

_EDGE = 1e-9


def matrix(rows: Sequence[Sequence[complex]]) -> Matrix:
    """Returns the rows as a matrix."""
    return np.array(rows, dtype=np.complex128)


def u(theta: float, phi: float, lam: float) -> Matrix:
    """Returns OpenQASM 3's built-in U."""
    plus, minus = 1 + exp(1j * theta), 1 - exp(1j * theta)
    return matrix([[plus, -1j * exp(1j * lam) * minus], [1j * exp(1j * phi) * minus, exp(1j * (phi + lam)) * plus]]) / 2


def u3(theta: float, phi: float, lam: float) -> Matrix:
    """Returns OpenQASM 2's U."""
    return exp(-0.5j * (theta + phi + lam)) * u(theta, phi, lam)


def phase(lam: float) -> Matrix:
    """Returns the matrix of a phase on |1>."""
    return matrix([[1, 0], [0, exp(1j * lam)]])


def rx(theta: float) -> Matrix:
    """Returns exp(-i θ/2 X)."""
    c, s = cos(theta / 2), sin(theta / 2)
    return matrix([[c, -1j * s], [-1j * s, c]])


def ry(theta: float) -> Matrix:
    """Returns exp(-i θ/2 Y)."""
    c, s = cos(theta / 2), sin(theta / 2)
    return matrix([[c, -s], [s, c]])


def rz(theta: float) -> Matrix:
    """Returns exp(-i θ/2 Z)."""
    return matrix([[exp(-0.5j * theta), 0], [0, exp(0.5j * theta)]])


def controlled(gate: Matrix, *, by_zero: bool = False) -> Matrix:
    """Returns the gate under one more control, which becomes its first qubit."""
    size = len(gate)
    result = np.eye(2 * size, dtype=np.complex128)
    place = slice(0, size) if by_zero else slice(size, None)
    result[place, place] = gate
    return result


def power(gate: Matrix, exponent: float) -> Matrix:
    """Returns the principal power: eigenvalues e^(iφ) with -π < φ <= π become e^(iφ·exponent)."""
    values, vectors = np.linalg.eig(gate)
    phases = np.angle(values)
    phases[phases < _EDGE - pi] = pi
    result: Matrix = vectors @ np.diag(np.exp(1j * exponent * phases)) @ np.linalg.inv(vectors)
    return result


I2 = matrix([[1, 0], [0, 1]])
X = matrix([[0, 1], [1, 0]])
Y = matrix([[0, -1j], [1j, 0]])
Z = matrix([[1, 0], [0, -1]])
H = matrix([[1, 1], [1, -1]]) / sqrt(2)
SX = matrix([[1 + 1j, 1 - 1j], [1 - 1j, 1 + 1j]]) / 2
SWAP = matrix([[1, 0, 0, 0], [0, 0, 1, 0], [0, 1, 0, 0], [0, 0, 0, 1]])

STANDARD: Mapping[str, Callable[..., Matrix]] = {
    "id": lambda: I2,
    "x": lambda: X,
    "y": lambda: Y,
    "z": lambda: Z,
    "h": lambda: H,
    "s": lambda: phase(pi / 2),
    "sdg": lambda: phase(-pi / 2),
    "t": lambda: phase(pi / 4),
    "tdg": lambda: phase(-pi / 4),
    "sx": lambda: SX,
    "p": phase,
    "phase": phase,
    "u1": phase,
    "rx": rx,
    "ry": ry,
    "rz": rz,
    "U": u,
    "u2": lambda phi, lam: u3(pi / 2, phi, lam),
    "u3": u3,
    "cx": lambda: controlled(X),
    "CX": lambda: controlled(X),
    "cy": lambda: controlled(Y),
    "cz": lambda: controlled(Z),
    "ch": lambda: controlled(H),
    "cp": lambda lam: controlled(phase(lam)),
    "cphase": lambda lam: controlled(phase(lam)),
    "crx": lambda theta: controlled(rx(theta)),
    "cry": lambda theta: controlled(ry(theta)),
    "crz": lambda theta: controlled(rz(theta)),
    "cu": lambda theta, phi, lam, gamma: controlled(exp(1j * (gamma - theta / 2)) * u(theta, phi, lam)),
    "swap": lambda: SWAP,
    "ccx": lambda: controlled(controlled(X)),
    "ccz": lambda: controlled(controlled(Z)),
    "cswap": lambda: controlled(SWAP),
    "gphase": lambda gamma: matrix([[exp(1j * gamma)]]),
    "u": lambda theta, phi, lam: exp(-0.5j * theta) * u(theta, phi, lam),
    "sxdg": lambda: SX.conj().T,
    "cu1": lambda lam: controlled(phase(lam)),
    "cu3": lambda theta, phi, lam: controlled(exp(-0.5j * theta) * u(theta, phi, lam)),
    "csx": lambda: controlled(SX),
    "rxx": lambda theta: cos(theta / 2) * np.eye(4) - 1j * sin(theta / 2) * np.kron(X, X),
    "rzz": lambda theta: np.diag(np.exp(0.5j * theta * np.array([-1, 1, 1, -1]))),
}
"""Gates by name: of stdgates.inc, built-in ones, AQO's, and after gphase those of qelib1.inc only."""
