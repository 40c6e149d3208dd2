"""What a name in a program stands for, and how indices select from it."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from openqasm3 import ast

from qdm_circuits.qasm3.constants import CONSTANTS
from qdm_circuits.qasm3.places import invalid
from qdm_circuits.qasm3.standard_gates import STDGATES, StandardGate
from qdm_circuits.qasm3.values import Kind, Type, Value


@dataclass(frozen=True, slots=True)
class Qubits:
    """A register of qubits, an alias of some, or a single one."""

    indices: tuple[int, ...]
    single: bool = False


@dataclass(frozen=True, slots=True)
class Variable:
    """A variable that classical bits hold, the least significant first; a part of one; or a register of bits."""

    kind: Kind
    clbits: tuple[int, ...]
    readonly: bool = False

    @property
    def type(self) -> Type:
        """The variable's type."""
        return Type(self.kind, len(self.clbits))


@dataclass(frozen=True, slots=True)
class NumberVariable:
    """A variable that no bits hold, by its key in the memory."""

    key: int
    readonly: bool = False


@dataclass(frozen=True, slots=True)
class Array:
    """Variables in order; an array of arrays where there is more than one dimension.

    What is selected from one that is ``readonly`` is so, too.
    """

    elements: tuple["Variable | NumberVariable | Array", ...]
    readonly: bool = False


@dataclass(frozen=True, slots=True)
class GateDefinition:
    """A gate that the program defines, with the names its body may use."""

    node: ast.QuantumGateDefinition
    scope: "Scope"


@dataclass(frozen=True, slots=True)
class Subroutine:
    """A subroutine, with the names its body may use."""

    node: ast.SubroutineDefinition
    scope: "Scope"


Storage = Variable | NumberVariable | Array
Meaning = Value | Qubits | Storage | StandardGate | GateDefinition | Subroutine
Operand = ast.Identifier | ast.IndexedIdentifier | ast.Expression
EvaluateInteger = Callable[[ast.Expression], int]


class Scope:
    """The names of a block in the order of their declaration, inside those of the blocks around it."""

    def __init__(self, outer: "Scope | None" = None) -> None:
        self._names: dict[str, tuple[int, Meaning]] = {}
        self._outer = outer

    def __setitem__(self, name: str, meaning: Meaning) -> None:
        self._names[name] = len(self._names), meaning

    @property
    def size(self) -> int:
        """Number of names that the block itself declares."""
        return len(self._names)

    def declares(self, name: str) -> bool:
        """Tells whether the block itself, none around it, declares the name."""
        return name in self._names

    def find(self, name: str) -> Meaning | None:
        """Returns what the name stands for, ``None`` where it stands for nothing."""
        if name in self._names:
            return self._names[name][1]
        return None if self._outer is None else self._outer.find(name)

    def declaring(self, name: str) -> "Scope | None":
        """Returns the innermost block that declares the name."""
        if name in self._names:
            return self
        return None if self._outer is None else self._outer.declaring(name)

    def find_before(self, name: str, place: int) -> Meaning | None:
        """Returns what the block's own name stands for, ``None`` where it is not among the first ``place`` ones."""
        found, meaning = self._names.get(name, (place, None))
        return meaning if found < place else None


class Turn(Scope):
    """What stands around the block of a loop in one of its turns: it declares the loop's variable."""


class AroundBody(Scope):
    """What the body of a gate or a subroutine sees of the outermost names: those before it but variables and qubits."""

    def __init__(self, outermost: Scope) -> None:
        super().__init__()
        self._outermost = outermost
        self._place = outermost.size

    def find(self, name: str) -> Meaning | None:
        """Returns what the name stands for, ``None`` where it stands for nothing."""
        meaning = self._outermost.find_before(name, self._place)
        return None if isinstance(meaning, Qubits | Variable | NumberVariable | Array) else meaning


def declare(scope: Scope, name: ast.Identifier, meaning: Meaning) -> None:
    """Gives a name its meaning in the innermost block. Raises InvalidRequestError where it has one there."""
    if name.name in CONSTANTS:
        raise invalid(name, f"{name.name!r} is built in and cannot be declared")
    if scope.declares(name.name):
        raise invalid(name, f"{name.name!r} is declared already")
    scope[name.name] = meaning


def look_up(scope: Scope, name: ast.Identifier) -> Meaning:
    """Returns what the name stands for. Raises InvalidRequestError where it stands for nothing."""
    meaning = scope.find(name.name)
    if meaning is not None:
        return meaning
    if name.name in STDGATES:
        raise invalid(name, f'{name.name!r} is a gate of stdgates.inc; add: include "stdgates.inc";')
    raise invalid(name, f"unknown name {name.name!r}")


def indices(index: ast.IndexElement, width: int, evaluate: EvaluateInteger, node: ast.QASMNode) -> int | Sequence[int]:
    """Returns the place that an index selects of ``width`` places, or the places where it is a range or a set.

    A negative place counts from the end.

    Raises InvalidRequestError where one is out of range.
    """
    if isinstance(index, ast.DiscreteSet):
        return [_place(evaluate(value), width, value) for value in index.values]
    if len(index) != 1:
        raise invalid(node, "a register has one index")
    (element,) = index
    if isinstance(element, ast.RangeDefinition):
        places = range_values(element, evaluate, width)
        for outermost in (places[0], places[-1]) if places else ():
            # Bounds were counted from the end already: what is negative still was one that is too far from it.
            _place(outermost if outermost >= 0 else outermost - width, width, element)
        return places
    return _place(evaluate(element), width, element)


def range_values(node: ast.RangeDefinition, evaluate: EvaluateInteger, width: int | None = None) -> range:
    """Returns the integers of ``start:step:end``, the end included; ``width`` is that of the indexed register.

    Raises InvalidRequestError where a bound is missing and there is no register to take it from.
    """
    step = evaluate(node.step) if node.step else 1
    if step == 0:
        raise invalid(node, "the step of a range must not be 0")
    bounds = [evaluate(bound) if bound else None for bound in (node.start, node.end)]
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


def selected(items: Sequence[int], places: int | Sequence[int]) -> tuple[int, ...]:
    """Returns the items at these places."""
    return tuple(items[place] for place in ([places] if isinstance(places, int) else places))


def _place(place: int, width: int, node: ast.QASMNode) -> int:
    if not -width <= place < width:
        raise invalid(node, f"index {place} is out of range; the register has {width}")
    return place
