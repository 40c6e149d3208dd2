"""The expectation value that a document's annotations ask for.

``annotations.expectation`` names one of ``annotations.observables`` (``observable_name``) or holds its terms itself
(``observable_terms``, which goes first). Terms are written in one of two ways:

- as the Eigen compiler does, an object: ``{"Z": 0, "X": [1, 2]}`` is Z0 + X1 X2. One letter acts on every qubit given;
  of several letters each acts on the qubit at its position: ``{"XZ": [0, 3]}`` is X0 Z3;
- with coefficients, an array of pairs: ``[["ZZI", 0.5], ["IIX", -1]]`` is 0.5 Z2 Z1 - X0. There are as many letters as
  qubits, and the rightmost acts on qubit 0, as bitstrings are read.

Annotations never decide whether a circuit runs. Where they are wrong, or the state is not one pure state because the
circuit measures or resets before its end, the reason is told instead of a value.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from qdm_circuits.aqo.document import JsonObject, Place, finite, invalid, is_integer
from qdm_circuits.aqo.typed import Document, Operation
from qdm_circuits.gates import Gate
from qdm_driver.errors import InvalidRequestError

_ANNOTATIONS = Place(None, "annotations")
_KIND = "ExpectationValue"
_LETTERS = frozenset("XYZI")


class PauliTerm(NamedTuple):
    """A real coefficient and the factors X, Y or Z on distinct qubits; of no factors, the identity."""

    coefficient: float
    factors: tuple[tuple[int, str], ...]


@dataclass(frozen=True, slots=True)
class Expectation:
    """The expectation value of a sum of terms, in the state that the gates make of |0…0>."""

    gates: tuple[Gate, ...]
    terms: tuple[PauliTerm, ...]


@dataclass(frozen=True, slots=True)
class NotEvaluable:
    """An expectation value was asked for and has no answer; ``reason`` names the place, in up to 500 characters."""

    reason: str


def read_expectation(document: Document, parts: Sequence[Gate | Operation]) -> Expectation | NotEvaluable | None:
    """Returns what a document that keeps the rules asks for; ``parts`` are its operations, gates with their angles."""
    annotations = document.annotations or {}
    if "expectation" not in annotations:
        return None
    try:
        terms = tuple(_terms(annotations, document.qubits))
        finite(sum(abs(term.coefficient) for term in terms), Place(_ANNOTATIONS, "expectation"))
        return Expectation(tuple(_gates(parts)), terms)
    except InvalidRequestError as error:
        return NotEvaluable(error.message)


def _gates(parts: Sequence[Gate | Operation]) -> Iterator[Gate]:
    """Yields the circuit without the measurements at its end."""
    measured: set[int] = set()
    for number, part in enumerate(parts):
        if isinstance(part, Operation) and part.op == "RESET":
            raise invalid(f"operations[{number}]", "resets qubits, so there is no one state to evaluate")
        qubits = part.q if isinstance(part, Operation) else part.qubits
        if not measured.isdisjoint(qubits):
            raise invalid(f"operations[{number}]", "acts on a measured qubit, so there is no one state to evaluate")
        if isinstance(part, Gate):
            yield part
        else:
            measured.update(qubits)


def _terms(annotations: JsonObject, num_qubits: int) -> Iterator[PauliTerm]:
    place, observable = _observable(annotations)
    if not isinstance(observable, dict | list) or not observable:
        raise invalid(place, "must be an object or an array of at least one term")
    if isinstance(observable, dict):
        for letters, qubits in observable.items():
            yield _compiler_term(letters, qubits, num_qubits, Place(place, letters))
    else:
        for index, pair in enumerate(observable):
            yield _weighted_term(pair, num_qubits, Place(place, index))


def _observable(annotations: JsonObject) -> tuple[Place, object]:
    place = Place(_ANNOTATIONS, "expectation")
    expectation = annotations["expectation"]
    if not isinstance(expectation, dict):
        raise invalid(place, "must be an object")
    if expectation.get("kind", _KIND) != _KIND:
        raise invalid(Place(place, "kind"), f"must be {_KIND}")
    if "observable_terms" in expectation:
        return Place(place, "observable_terms"), expectation["observable_terms"]
    if "observable_name" not in expectation:
        raise invalid(place, "has neither observable_name nor observable_terms")
    name, observables = expectation["observable_name"], annotations.get("observables")
    if not isinstance(name, str) or not isinstance(observables, dict) or name not in observables:
        raise invalid(Place(place, "observable_name"), "must be a name in annotations.observables")
    return Place(Place(_ANNOTATIONS, "observables"), name), observables[name]


def _compiler_term(letters: str, qubits: Any, num_qubits: int, place: Place) -> PauliTerm:
    qubits = qubits if isinstance(qubits, list) else [qubits]
    if not qubits or not all(is_integer(qubit) and 0 <= qubit < num_qubits for qubit in qubits):
        raise invalid(place, f"must be one or more qubits from 0 to {num_qubits - 1}")
    if len(set(qubits)) < len(qubits):
        raise invalid(place, "repeats a qubit")
    if len(letters) not in (1, len(qubits)):
        raise invalid(place, f"must hold one qubit for each of the {len(letters)} letters")
    if len(letters) == 1:
        letters *= len(qubits)
    return _term(1.0, qubits, letters, place)


def _weighted_term(pair: Any, num_qubits: int, place: Place) -> PauliTerm:
    match pair:
        case [str(letters), int() | float() as coefficient] if not isinstance(coefficient, bool):
            if len(letters) != num_qubits:
                raise invalid(place, f"must have {num_qubits} letters, one a qubit")
            return _term(coefficient, range(num_qubits), letters[::-1], place)
        case _:
            raise invalid(place, "must be a pair of letters and a real coefficient")


def _term(coefficient: float, qubits: Sequence[int], letters: str, place: Place) -> PauliTerm:
    letters = letters.upper()
    if not _LETTERS.issuperset(letters):
        raise invalid(place, "must be made of the letters X, Y, Z and I")
    factors = tuple((qubit, letter) for qubit, letter in zip(qubits, letters, strict=True) if letter != "I")
    return PauliTerm(finite(coefficient, place), factors)
