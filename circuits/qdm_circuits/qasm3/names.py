"""What a name in a program stands for, and how indices select from it."""

from collections import ChainMap
from dataclasses import dataclass

from openqasm3 import ast

from qdm_circuits.qasm3.constants import Number, evaluate_integer
from qdm_circuits.qasm3.places import invalid, unsupported
from qdm_circuits.qasm3.standard_gates import STDGATES, StandardGate


@dataclass(frozen=True, slots=True)
class Qubits:
    """A register of qubits, an alias of some, or a single one."""

    indices: tuple[int, ...]
    single: bool = False


@dataclass(frozen=True, slots=True)
class Bits:
    """A register of classical bits, an alias of some, or a single one."""

    indices: tuple[int, ...]
    single: bool = False


@dataclass(frozen=True, slots=True)
class GateDefinition:
    """A gate that the program defines, with the names its body may use."""

    node: ast.QuantumGateDefinition
    scope: "Scope"


Meaning = Number | Qubits | Bits | StandardGate | GateDefinition
Scope = ChainMap[str, Meaning]
Operand = ast.Identifier | ast.IndexedIdentifier | ast.Expression


def declare(scope: Scope, name: ast.Identifier, meaning: Meaning) -> None:
    """Gives a name its meaning in the innermost block. Raises InvalidRequestError where it has one there."""
    if name.name in scope.maps[0]:
        raise invalid(name, f"{name.name!r} is declared already")
    scope[name.name] = meaning


def look_up(scope: Scope, name: ast.Identifier) -> Meaning:
    """Returns what the name stands for. Raises InvalidRequestError where it stands for nothing."""
    if name.name not in scope:
        if name.name in STDGATES:
            raise invalid(name, f'{name.name!r} is a gate of stdgates.inc; add: include "stdgates.inc";')
        raise invalid(name, f"unknown name {name.name!r}")
    return scope[name.name]


def qubits_of(operand: Operand, scope: Scope) -> Qubits:
    """Returns the qubits that an operand names. Raises InvalidRequestError where it names none."""
    if isinstance(operand, ast.Identifier) and operand.name.startswith("$"):
        raise unsupported(operand, "physical qubits")
    if isinstance(operand, ast.Concatenation):
        sides = qubits_of(operand.lhs, scope), qubits_of(operand.rhs, scope)
        return Qubits(sides[0].indices + sides[1].indices)
    found = _resolve(operand, scope)
    if not isinstance(found, Qubits):
        raise invalid(operand, "this is no qubit")
    return found


def bits_of(operand: Operand, scope: Scope) -> Bits:
    """Returns the classical bits that an operand names. Raises InvalidRequestError where it names none."""
    found = _resolve(operand, scope)
    if not isinstance(found, Bits):
        raise invalid(operand, "this is no classical bit")
    return found


def names_bits(expression: ast.Expression, scope: Scope) -> bool:
    """Tells whether the expression is a name, indexed or not, of classical bits."""
    while isinstance(expression, ast.IndexExpression):
        expression = expression.collection
    return isinstance(expression, ast.Identifier) and isinstance(look_up(scope, expression), Bits)


def _resolve(operand: Operand, scope: Scope) -> Meaning:
    match operand:
        case ast.Identifier():
            return look_up(scope, operand)
        case ast.IndexedIdentifier(name, indices):
            found = look_up(scope, name)
            for index in indices:
                found = _select(found, index, scope, operand)
            return found
        case ast.IndexExpression(collection, index):
            return _select(_resolve(collection, scope), index, scope, operand)
    raise invalid(operand, "a name is needed here")


def _select(found: Meaning, index: ast.IndexElement, scope: Scope, node: ast.QASMNode) -> Qubits | Bits:
    if not isinstance(found, Qubits | Bits) or found.single:
        raise invalid(node, "only registers have an index")
    if isinstance(index, ast.DiscreteSet):
        positions = [_position(value, found, scope) for value in index.values]
        return type(found)(tuple(found.indices[position] for position in positions))
    if len(index) != 1:
        raise invalid(node, "a register has one index")
    (element,) = index
    if isinstance(element, ast.RangeDefinition):
        values = range_values(element, scope, len(found.indices))
        positions = [_in_range(value, found, element) for value in values]
        return type(found)(tuple(found.indices[position] for position in positions))
    return type(found)((found.indices[_position(element, found, scope)],), single=True)


def _position(expression: ast.Expression, register: Qubits | Bits, scope: Scope) -> int:
    return _in_range(evaluate_integer(expression, scope), register, expression)


def _in_range(position: int, register: Qubits | Bits, node: ast.QASMNode) -> int:
    width = len(register.indices)
    if not -width <= position < width:
        raise invalid(node, f"index {position} is out of range; the register has {width}")
    return position


def range_values(node: ast.RangeDefinition, scope: Scope, width: int | None = None) -> range:
    """Returns the integers of ``start:step:end``, the end included; ``width`` is that of the indexed register.

    Raises InvalidRequestError where a bound is missing and there is no register to take it from.
    """
    step = evaluate_integer(node.step, scope) if node.step else 1
    if step == 0:
        raise invalid(node, "the step of a range must not be 0")
    bounds = [evaluate_integer(bound, scope) if bound else None for bound in (node.start, node.end)]
    if width is None:
        if None in bounds:
            raise invalid(node, "this range needs both bounds")
    else:
        defaults = (0, width - 1) if step > 0 else (width - 1, 0)
        bounds = [
            default if bound is None else bound + width if bound < 0 else bound
            for bound, default in zip(bounds, defaults, strict=True)
        ]
    start, end = (bound or 0 for bound in bounds)
    return range(start, end + (1 if step > 0 else -1), step)
