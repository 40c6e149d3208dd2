"""Circuits that only OpenQASM can say: registers, loose bits, feed-forward."""

import math
from collections.abc import Iterator, Mapping
from functools import partial

from qdm_driver.compliance.circuits.circuit import GradedCircuit, Topic
from qdm_driver.payload import CircuitFormat, CircuitPayload

_TELEPORTED = math.sin(0.6) ** 2
# Two fair bits on both sides of the one that was teleported.
_TELEPORTATION = {
    f"{left}{bit}{right}": probability / 4
    for bit, probability in (("0", 1 - _TELEPORTED), ("1", _TELEPORTED))
    for left in "01"
    for right in "01"
}
_HEADS = {
    CircuitFormat.QASM3_TEXT: 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit[{}] q;\n',
    CircuitFormat.BACKEND_NATIVE: 'OPENQASM 2.0;\ninclude "qelib1.inc";\nqreg q[{}];\n',
}


def qasm3_circuits() -> Iterator[GradedCircuit]:
    """Yields circuits in OpenQASM 3."""
    circuit = partial(_circuit, encoding=CircuitFormat.QASM3_TEXT)
    yield circuit(
        "two registers",
        Topic.REGISTERS,
        3,
        "bit[2] a; bit[1] b; x q[2]; a[0] = measure q[0]; b[0] = measure q[2];",
        {"100": 1.0},
    )
    yield circuit("whole registers", Topic.REGISTERS, 2, "bit[2] a; bit[2] b; x q[0]; b = measure q;", {"0100": 1.0})
    yield circuit("loose bits", Topic.REGISTERS, 1, "bit a; bit b; bit[2] c; x q[0]; b = measure q[0];", {"0010": 1.0})
    yield circuit(
        "teleportation",
        Topic.FEED_FORWARD,
        3,
        "bit left; bit out; bit right;"
        " ry(1.2) q[0]; h q[1]; cx q[1], q[2]; cx q[0], q[1]; h q[0];"
        " left = measure q[0]; right = measure q[1];"
        " if (right) x q[2]; if (left) z q[2]; out = measure q[2];",
        _TELEPORTATION,
        dynamic=True,
    )
    yield circuit(
        "the other branch",
        Topic.FEED_FORWARD,
        2,
        "bit[3] c; h q[0]; c[0] = measure q[0]; if (c[0]) { x q[1]; } else { } c[1] = measure q[1];"
        " if (!c[0]) { x q[0]; } c[2] = measure q[0];",
        {"100": 0.5, "111": 0.5},
        dynamic=True,
    )


def qasm2_circuits() -> Iterator[GradedCircuit]:
    """Yields circuits in OpenQASM 2.0, for BACKEND_NATIVE."""
    circuit = partial(_circuit, encoding=CircuitFormat.BACKEND_NATIVE)
    yield circuit(
        "two registers",
        Topic.REGISTERS,
        3,
        "creg a[2]; creg b[1]; x q[2]; measure q[0]->a[0]; measure q[2]->b[0];",
        {"100": 1.0},
    )
    yield circuit("whole registers", Topic.REGISTERS, 2, "creg a[2]; creg b[2]; x q[0]; measure q->b;", {"0100": 1.0})
    yield circuit(
        "teleportation",
        Topic.FEED_FORWARD,
        3,
        "creg left[1]; creg out[1]; creg right[1];"
        " ry(1.2) q[0]; h q[1]; cx q[1], q[2]; cx q[0], q[1]; h q[0];"
        " measure q[0]->left[0]; measure q[1]->right[0];"
        " if(right==1) x q[2]; if(left==1) z q[2]; measure q[2]->out[0];",
        _TELEPORTATION,
        dynamic=True,
    )


def _circuit(
    name: str,
    topic: Topic,
    qubits: int,
    body: str,
    probabilities: Mapping[str, float],
    *,
    encoding: CircuitFormat,
    dynamic: bool = False,
) -> GradedCircuit:
    payload = CircuitPayload(encoding, f"{_HEADS[encoding].format(qubits)}{body}\n".encode())
    return GradedCircuit(name, topic, payload, qubits, probabilities, dynamic=dynamic)
