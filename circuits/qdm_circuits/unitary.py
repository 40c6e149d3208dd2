"""Unitaries of one qubit as two by two matrices: products and principal powers."""

import cmath
import math

from qdm_circuits.gates import Rotation

Unitary = tuple[tuple[complex, complex], tuple[complex, complex]]

_ROUNDING = 1e-12


def unitary(rotation: Rotation) -> Unitary:
    """Returns the matrix of e^(i gamma) u(θ, φ, λ)."""
    theta, phi, lam, gamma = rotation
    cos, sin = cmath.exp(1j * gamma) * math.cos(theta / 2), cmath.exp(1j * gamma) * math.sin(theta / 2)
    return (cos, -cmath.exp(1j * lam) * sin), (cmath.exp(1j * phi) * sin, cmath.exp(1j * (phi + lam)) * cos)


def product(left: Unitary, right: Unitary) -> Unitary:
    """Returns the matrix that acts as ``right`` first and ``left`` then."""
    (a, b), (c, d) = left
    (e, f), (g, h) = right
    return (a * e + b * g, a * f + b * h), (c * e + d * g, c * f + d * h)


def power(matrix: Unitary, exponent: float) -> Unitary:
    """Returns the principal power: eigenphases, taken from (-π, π], times the exponent.

    A unitary is e^(i delta) (cos alpha + i sin alpha R) with a reflection R; its eigenphases are delta ± alpha.
    """
    (a, b), (c, d) = matrix
    delta = cmath.phase(a * d - b * c) / 2
    turn = cmath.exp(-1j * delta)
    alpha = math.acos(max(-1.0, min(1.0, ((a + d) * turn / 2).real)))
    high, low = _principal(delta + alpha) * exponent, _principal(delta - alpha) * exponent
    sin = math.sin(alpha)
    if sin < _ROUNDING:
        scalar = cmath.exp(1j * high)
        return (scalar, 0), (0, scalar)
    cos = math.cos(alpha)
    mean, half = cmath.exp(1j * (high + low) / 2), (high - low) / 2
    new_cos, new_sin = math.cos(half), math.sin(half) / sin
    return (
        (mean * (new_cos + new_sin * (a * turn - cos)), mean * new_sin * b * turn),
        (mean * new_sin * c * turn, mean * (new_cos + new_sin * (d * turn - cos))),
    )


def rotation_of(matrix: Unitary) -> Rotation:
    """Returns the angles of a unitary."""
    (a, b), (c, d) = matrix
    theta = 2 * math.atan2(abs(c), abs(a))
    if abs(c) < _ROUNDING:
        gamma = cmath.phase(a)
        return Rotation(theta, 0.0, cmath.phase(d) - gamma, gamma)
    if abs(a) < _ROUNDING:
        gamma = cmath.phase(c)
        return Rotation(theta, 0.0, cmath.phase(-b) - gamma, gamma)
    gamma = cmath.phase(a)
    return Rotation(theta, cmath.phase(c) - gamma, cmath.phase(-b) - gamma, gamma)


def _principal(phase: float) -> float:
    phase = math.remainder(phase, math.tau)
    return math.pi if phase < -math.pi + _ROUNDING else phase
