"""Which gates random programs are made of, by format: name, number of angles, number of qubits."""

from typing import NamedTuple


class Signature(NamedTuple):
    """How a gate is called."""

    name: str
    num_angles: int
    num_qubits: int


def _gates(num_angles: int, num_qubits: int, names: str) -> tuple[Signature, ...]:
    return tuple(Signature(name, num_angles, num_qubits) for name in names.split())


AQO = (
    *_gates(0, 1, "x y z h s t"),
    *_gates(1, 1, "rx ry rz"),
    *_gates(0, 2, "cx cz swap"),
    *_gates(0, 3, "ccx ccz"),
)
CLIFFORD = (*_gates(0, 1, "x y z h s sdg sx id"), *_gates(1, 1, "rx ry rz p"), *_gates(0, 2, "cx cy cz swap CX"))
_SHARED = (
    *_gates(0, 1, "id x y z h s sdg t tdg sx"),
    *_gates(1, 1, "p rx ry rz u1"),
    *_gates(2, 1, "u2"),
    *_gates(3, 1, "u3 U"),
    *_gates(0, 2, "cx CX cy cz ch swap"),
    *_gates(1, 2, "cp crx cry crz"),
    *_gates(4, 2, "cu"),
    *_gates(0, 3, "ccx cswap"),
)
QASM2 = (
    *_SHARED,
    *_gates(0, 1, "sxdg"),
    *_gates(3, 1, "u"),
    *_gates(0, 2, "csx"),
    *_gates(1, 2, "cu1 rxx rzz"),
    *_gates(3, 2, "cu3"),
)
QASM3 = (*_SHARED, *_gates(1, 1, "phase"), *_gates(1, 2, "cphase"))
