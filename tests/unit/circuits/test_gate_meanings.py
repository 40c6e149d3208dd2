"""Matrices of gates, their inverses, powers and controls, against the definitions written out in NumPy."""

import cmath
import math
from collections.abc import Sequence

import numpy as np
import pytest

from qdm_circuits.gate_algebra import controlled, fractional_power, inverse
from qdm_circuits.gates import CONTROLLED, GLOBAL_PHASE, ROTATIONS, SWAPS, Gate, meaning
from qdm_circuits.qasm3.standard_gates import BUILTIN_GATES, STDGATES

Matrix = np.ndarray[tuple[int, int], np.dtype[np.complex128]]

A, B, C, D = 0.37, -1.1, 2.3, 0.6
EVERY_GATE = [
    *[Gate(name, (0,), (A, B, C)[: rotation.__code__.co_argcount]) for name, rotation in ROTATIONS.items()],
    *[
        Gate(name, tuple(range(controls + 1)), (A,) if base in ("p", "rx", "ry", "rz") else ())
        for name, (controls, base) in CONTROLLED.items()
    ],
    Gate("cu", (0, 1), (A, B, C, D)),
    Gate("mcu", (0, 2, 1), (A, B, C, D)),
    Gate("swap", (0, 1)),
    Gate("cswap", (2, 0, 1)),
]


def u(theta: float, phi: float, lam: float) -> Matrix:
    cos, sin = math.cos(theta / 2), math.sin(theta / 2)
    return np.array([[cos, -cmath.exp(1j * lam) * sin], [cmath.exp(1j * phi) * sin, cmath.exp(1j * (phi + lam)) * cos]])


def matrix(gates: Sequence[Gate], qubits: int = 4) -> Matrix:
    """Returns the matrix of a sequence; qubit 0 is the least significant bit of the index."""
    total = np.eye(2**qubits, dtype=complex)
    for gate in gates:
        total = embedded(gate, qubits) @ total
    return total


def embedded(gate: Gate, qubits: int) -> Matrix:
    if gate.name == GLOBAL_PHASE:
        return cmath.exp(1j * gate.params[0]) * np.eye(2**qubits, dtype=complex)
    result = np.zeros((2**qubits, 2**qubits), dtype=complex)
    if gate.name in SWAPS:
        *controls, one, other = gate.qubits
        for index in range(2**qubits):
            swapped = index
            if all(index >> control & 1 for control in controls) and (index >> one ^ index >> other) & 1:
                swapped ^= 1 << one | 1 << other
            result[swapped, index] = 1
        return result
    *controls, target = gate.qubits
    theta, phi, lam, gamma = meaning(gate)
    small = cmath.exp(1j * gamma) * u(theta, phi, lam)
    for index in range(2**qubits):
        if not all(index >> control & 1 for control in controls):
            result[index, index] = 1
            continue
        column = index >> target & 1
        for row in range(2):
            result[index & ~(1 << target) | row << target, index] = small[row, column]
    return result


def one_qubit(name: str, *params: float) -> Matrix:
    return matrix([Gate(name, (0,), params)], 1)


I, X, Y, Z = np.eye(2), np.array([[0, 1], [1, 0]]), np.array([[0, -1j], [1j, 0]]), np.diag([1, -1])  # noqa: E741


@pytest.mark.parametrize(
    ("name", "params", "expected"),
    [
        ("id", (), I),
        ("x", (), X),
        ("y", (), Y),
        ("z", (), Z),
        ("h", (), (X + Z) / math.sqrt(2)),
        ("s", (), np.diag([1, 1j])),
        ("sdg", (), np.diag([1, -1j])),
        ("t", (), np.diag([1, cmath.exp(0.25j * math.pi)])),
        ("tdg", (), np.diag([1, cmath.exp(-0.25j * math.pi)])),
        ("sx", (), np.array([[1 + 1j, 1 - 1j], [1 - 1j, 1 + 1j]]) / 2),
        ("sxdg", (), np.array([[1 - 1j, 1 + 1j], [1 + 1j, 1 - 1j]]) / 2),
        ("p", (A,), np.diag([1, cmath.exp(1j * A)])),
        ("rx", (A,), math.cos(A / 2) * I - 1j * math.sin(A / 2) * X),
        ("ry", (A,), math.cos(A / 2) * I - 1j * math.sin(A / 2) * Y),
        ("rz", (A,), math.cos(A / 2) * I - 1j * math.sin(A / 2) * Z),
        ("u", (A, B, C), u(A, B, C)),
    ],
)
def test_a_one_qubit_gate_is_what_its_name_says(name: str, params: tuple[float, ...], expected: Matrix) -> None:
    np.testing.assert_allclose(one_qubit(name, *params), expected, atol=1e-12)


def by_name(gate: Gate) -> str:
    return gate.name


@pytest.mark.parametrize("gate", EVERY_GATE, ids=by_name)
def test_a_gate_and_its_inverse_cancel(gate: Gate) -> None:
    np.testing.assert_allclose(matrix([gate, *inverse([gate])]), np.eye(16), atol=1e-12)


@pytest.mark.parametrize("gate", [*EVERY_GATE, Gate(GLOBAL_PHASE, (), (A,))], ids=by_name)
def test_a_controlled_gate_acts_where_its_control_is_1_only(gate: Gate) -> None:
    acting = range(8, 16)
    expected = np.eye(16, dtype=complex)
    expected[np.ix_(acting, acting)] = matrix([gate])[np.ix_(acting, acting)]
    np.testing.assert_allclose(matrix(controlled([gate], 3)), expected, atol=1e-12)


@pytest.mark.parametrize("gate", EVERY_GATE, ids=by_name)
def test_a_gate_under_two_more_controls_is_exact(gate: Gate) -> None:
    expected = np.eye(32, dtype=complex)
    expected[24:, 24:] = matrix([gate], 3)
    np.testing.assert_allclose(matrix(controlled(controlled([gate], 3), 4), 5), expected, atol=1e-12)


POWERS = [
    *[[gate] for gate in EVERY_GATE],
    [Gate("p", (0,), (4.0,))],
    [Gate("p", (0,), (-math.pi,))],
    [Gate("rz", (0,), (2 * math.pi,))],
    [Gate("cry", (1, 0), (-2 * math.pi,))],
    [Gate("h", (0,)), Gate("t", (0,)), Gate("rx", (0,), (B,))],
    [Gate(GLOBAL_PHASE, (), (A,)), Gate("u", (1,), (A, B, C))],
    [Gate("x", (0,)), Gate("x", (0,))],
    [Gate("cx", (0, 1)), Gate("crz", (0, 1), (A,))],
    [Gate(GLOBAL_PHASE, (), (A,))],
    [Gate(GLOBAL_PHASE, (), (4.0,)), Gate(GLOBAL_PHASE, (), (A,))],
]


@pytest.mark.parametrize("gates", POWERS, ids=lambda gates: "-".join(gate.name for gate in gates))
@pytest.mark.parametrize("exponent", [0.5, 0.25, -0.5, 1.7])
def test_a_fractional_power_is_the_principal_one(gates: list[Gate], exponent: float) -> None:
    powered = fractional_power(gates, exponent)
    assert powered is not None
    values, vectors = np.linalg.eig(matrix(gates, 3))
    phases = np.exp(1j * np.where(np.angle(values) < -math.pi + 1e-9, math.pi, np.angle(values)) * exponent)
    np.testing.assert_allclose(matrix(powered, 3), vectors @ np.diag(phases) @ np.linalg.inv(vectors), atol=1e-9)


@pytest.mark.parametrize(
    "gates",
    [
        [Gate("h", (0,)), Gate("h", (1,))],
        [Gate("cx", (0, 1)), Gate("cx", (1, 0))],
        [Gate("cx", (0, 1)), Gate(GLOBAL_PHASE, (), (A,))],
        [Gate("swap", (0, 1)), Gate("cx", (0, 1))],
    ],
)
def test_a_fractional_power_of_gates_that_couple_qubits_is_none(gates: list[Gate]) -> None:
    assert fractional_power(gates, 0.5) is None


@pytest.mark.parametrize(
    ("name", "params", "phase", "rotation"),
    [
        ("U", (A, B, C), A / 2, (A, B, C)),
        ("u2", (B, C), -(B + C) / 2, (math.pi / 2, B, C)),
        ("u3", (A, B, C), -(B + C) / 2, (A, B, C)),
    ],
)
def test_old_gates_carry_the_phase_that_the_specification_gives_them(
    name: str, params: tuple[float, ...], phase: float, rotation: tuple[float, float, float]
) -> None:
    gate = {**BUILTIN_GATES, **STDGATES}[name]
    np.testing.assert_allclose(matrix(gate.expand((0,), params), 1), cmath.exp(1j * phase) * u(*rotation), atol=1e-12)
