"""Qiskit's templates: circuits that state identities between gates, each of which must leave any state alone."""

from collections.abc import Callable, Iterator
from functools import partial

from qiskit import QuantumCircuit
from qiskit.circuit.library import templates

from corpora.answers import certain
from corpora.entry import Entry

ANGLE = 0.7


def identity_entries() -> Iterator[Entry]:
    """Yields every template, between rotations away from |0> and back."""
    for name in dir(templates):
        if name.startswith(("clifford_", "rzx_", "template_")):
            template = getattr(templates, name)
            width = template().num_qubits
            yield Entry(name.replace("_", "-"), partial(_make, template), certain("0" * width))


def _make(template: Callable[[], QuantumCircuit]) -> QuantumCircuit:
    identity = template()
    there = QuantumCircuit(identity.num_qubits)
    for qubit in range(identity.num_qubits):
        there.u(1 + qubit, 2 + qubit, 0, qubit)
    bound = identity.assign_parameters([ANGLE] * identity.num_parameters)
    return there.compose(bound).compose(there.inverse())
