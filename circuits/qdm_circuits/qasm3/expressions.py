"""Classical expressions: their values, as far as they are known, and what must run to get them."""

import operator
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from openqasm3 import ast

from qdm_circuits.limits import MAX_QUBITS, Work, check_size
from qdm_circuits.qasm3 import constants
from qdm_circuits.qasm3.bits import (
    Bit,
    Bits,
    conjunction,
    constant,
    difference,
    disjunction,
    equality,
    integer,
    less,
    negation,
    product,
    total,
)
from qdm_circuits.qasm3.constants import CONSTANTS
from qdm_circuits.qasm3.memory import Memory
from qdm_circuits.qasm3.names import (
    Array,
    Meaning,
    NumberVariable,
    Operand,
    Qubits,
    Scope,
    Storage,
    Subroutine,
    Turn,
    Variable,
    indices,
    look_up,
    selected,
)
from qdm_circuits.qasm3.places import invalid, unsupported
from qdm_circuits.qasm3.values import (
    WORD,
    Kind,
    Type,
    Value,
    Vector,
    integer_type,
    number,
    resized,
    truth,
    truth_of,
    type_of,
    typed,
)

_Result = TypeVar("_Result")

CallSubroutine = Callable[[Subroutine, ast.FunctionCall, Scope], Value | None]

_LOGICAL: Mapping[str, Callable[[Iterable[Bit]], Bit]] = {"&&": conjunction, "||": disjunction}
_SHIFTS = frozenset({"<<", ">>"})
_COMPARISONS = frozenset({"==", "!=", "<", "<=", ">", ">="})
_TRUTHS = _COMPARISONS | _LOGICAL.keys()
_BITWISE: Mapping[str, Callable[[Bit, Bit], Bit]] = {
    "&": lambda one, other: conjunction((one, other)),
    "|": lambda one, other: disjunction((one, other)),
    "^": difference,
}
_MODULAR: Mapping[str, Callable[[int, int], int]] = {"+": operator.add, "-": operator.sub, "*": operator.mul}
_MAX_DIGITS = 9
_EXPRESSION = 2


class Expressions:
    """Evaluates expressions at the point that lowering has come to."""

    def __init__(self, memory: Memory, work: Work, call_subroutine: CallSubroutine) -> None:
        self._memory = memory
        self._work = work
        self._call_subroutine = call_subroutine
        self._exact = False
        self._handlers: Mapping[type[ast.QASMNode], Callable[[Any, Scope], Value]] = {
            ast.BinaryExpression: self._binary,
            ast.BitstringLiteral: lambda node, _: Vector(Kind.BIT, constant(node.value, node.width)),
            ast.BooleanLiteral: lambda node, _: bool(node.value),
            ast.Cast: self._cast,
            ast.Concatenation: self._concatenation,
            ast.FloatLiteral: lambda node, _: constants.checked(node.value, node),
            ast.FunctionCall: self._call,
            ast.Identifier: self._name,
            ast.IndexExpression: self._name,
            ast.IntegerLiteral: lambda node, _: constants.checked(node.value, node),
            ast.QuantumMeasurement: lambda node, scope: self.measured(self.qubits(node.qubit, scope)),
            ast.SizeOf: self._size_of,
            ast.UnaryExpression: self._unary,
        }
        self.physical: dict[int, ast.Identifier] = {}

    def evaluate(self, node: ast.Expression | ast.QuantumMeasurement, scope: Scope) -> Value:
        """Returns the expression's value.

        Raises InvalidRequestError where it has none, UnsupportedError where no simulator could have it, NotKnown where
        it must be known and is not.
        """
        if handler := self._handlers.get(type(node)):
            self._work.spend(_EXPRESSION)
            value = handler(node, scope)
            if isinstance(value, Vector):
                self._work.spend(value.width)
            return value
        raise unsupported(node, _UNSUPPORTED.get(type(node), "expressions of this kind"))

    def integer(self, node: ast.Expression, scope: Scope) -> int:
        """Returns the value of an expression that must be an integer and known. Raises as ``evaluate``."""
        value = number(self._dividing(self.evaluate, node, scope, exact=False), node)
        if isinstance(value, float):
            raise invalid(node, "an integer is needed here")
        return int(value)

    def evaluate_for(self, to: Type | None, node: ast.Expression | ast.QuantumMeasurement, scope: Scope) -> Value:
        """Returns the value of an expression that is to become one of a type, ``None`` being that of floats.

        Raises as ``evaluate``, and RemainderError where an angle or a float would lose the remainder of a division.
        """
        return self._dividing(self.evaluate, node, scope, exact=to is None or to.kind is Kind.ANGLE)

    def angle(self, node: ast.Expression | ast.QuantumMeasurement, scope: Scope) -> float:
        """Returns the value of an expression that must be a float and known. Raises as ``evaluate_for``."""
        value = self.evaluate_for(None, node, scope)
        if isinstance(value, Vector) and value.kind is Kind.BIT:
            raise invalid(node, "a bit string is no number; cast it to uint or to an angle first")
        return float(number(value, node))

    def type_named(self, node: ast.ClassicalType, scope: Scope) -> Type | None:
        """Returns the type that is written in the program, ``None`` where no bits hold it."""
        size = getattr(node, "size", None)
        width = None if size is None or isinstance(node, ast.FloatType) else self.integer(size, scope)
        if width is not None and width < 1:
            raise invalid(node, "a size must be at least 1")
        return type_of(node, width)

    def measured(self, qubits: Qubits) -> Vector:
        """Measures into hidden bits and returns what they hold."""
        clbits = self._memory.hidden(len(qubits.indices))
        for qubit, clbit in zip(qubits.indices, clbits, strict=True):
            self._memory.measure(qubit, clbit)
        return Vector(Kind.BIT, tuple(map(self._memory.read, clbits)))

    def settled(self, value: Value) -> Value:
        """Returns the value such that nothing that is written later changes it."""
        if not isinstance(value, Vector):
            return value
        return Vector(value.kind, tuple(map(self._memory.settle, value.bits)))

    def resolve(self, operand: Operand, scope: Scope) -> Meaning:
        """Returns what a name, with its indices, stands for."""
        match operand:
            case ast.Identifier(name) if name.startswith("$"):
                return self._physical(operand)
            case ast.Identifier(name):
                return CONSTANTS[name] if name in CONSTANTS else look_up(scope, operand)
            case ast.IndexedIdentifier(name, index_list):
                found = self.resolve(name, scope)
                for index in index_list:
                    found = self._select(found, index, scope, operand)
                return found
            case ast.IndexExpression(collection, index):
                return self._select(self.resolve(collection, scope), index, scope, operand)
        return self.evaluate(operand, scope)

    def load(self, meaning: Meaning, node: ast.QASMNode) -> Value:
        """Returns the value of what a name stands for."""
        match meaning:
            case Vector() | bool() | int() | float():
                return meaning
            case Variable(kind, clbits):
                return Vector(kind, tuple(map(self._memory.read, clbits)))
            case NumberVariable(key):
                value = self._memory.state.numbers[key]
                if value is None:
                    raise unsupported(node, "floats whose value depends on a measurement")
                return value
        raise invalid(node, "this is no classical value")

    def assign(self, target: Storage, node: ast.Expression | ast.QuantumMeasurement, scope: Scope) -> None:
        """Writes the value of an expression to a variable. Raises as ``evaluate_for``."""
        match target:
            case Variable():
                self.store(target, self.evaluate_for(target.type, node, scope), node)
            case NumberVariable():
                self.store(target, self.angle(node, scope), node)
            case Array():
                raise unsupported(node, "assignments of whole arrays")

    def update(self, op: str, target: Storage, other: ast.Expression, scope: Scope, node: ast.QASMNode) -> None:
        """Writes what an assignment with an operator, such as ``+=``, says. Raises as ``evaluate_for``."""
        old = self.load(target, node)
        to = target.type if isinstance(target, Variable) else None
        kept = self._kept(old, other)
        self.store(target, self.binary(op, kept, self.evaluate_for(to, other, scope), node), node)

    def store(self, target: Storage, value: Value, node: ast.QASMNode) -> None:
        """Writes a value to a variable."""
        match target:
            case Variable():
                self._memory.write(target.clbits, typed(value, target.type, node).bits)
            case NumberVariable(key):
                self._memory.write_number(key, float(number(value, node)))
            case Array():
                raise unsupported(node, "assignments of whole arrays")

    def variable(self, operand: ast.Identifier | ast.IndexedIdentifier, scope: Scope) -> Storage:
        """Returns the variable that is assigned to."""
        found = self.resolve(operand, scope)
        if not isinstance(found, Variable | NumberVariable | Array):
            name = operand.name if isinstance(operand, ast.IndexedIdentifier) else operand
            if isinstance(scope.declaring(name.name), Turn):
                raise unsupported(operand, "assignments to the variable of a for loop")
            raise invalid(operand, "this is no variable, so nothing can be assigned to it")
        if found.readonly:
            raise invalid(operand, "this is readonly here, so nothing can be assigned to it")
        return found

    def qubits(self, operand: Operand, scope: Scope) -> Qubits:
        """Returns the qubits that an operand names. Raises InvalidRequestError where it names none."""
        if isinstance(operand, ast.Concatenation):
            left, right = self.qubits(operand.lhs, scope), self.qubits(operand.rhs, scope)
            return Qubits(self.joined(left.indices, right.indices))
        found = self.resolve(operand, scope)
        if not isinstance(found, Qubits):
            raise invalid(operand, "this is no qubit")
        return found

    def joined(self, left: tuple[int, ...], right: tuple[int, ...]) -> tuple[int, ...]:
        """Returns the places of one register behind those of another."""
        self._work.spend(len(left) + len(right))
        return left + right

    def _physical(self, name: ast.Identifier) -> Qubits:
        digits = name.name[1:]
        qubit = int(digits) if len(digits) <= _MAX_DIGITS else MAX_QUBITS
        check_size(qubits=qubit + 1)
        self.physical.setdefault(qubit, name)
        return Qubits((qubit,), single=True)

    def _dividing(self, work: Callable[..., _Result], *arguments: object, exact: bool) -> _Result:
        """Does work in which divisions of integers that leave a remainder are refused, or are not."""
        outer, self._exact = self._exact, exact
        try:
            return work(*arguments)
        finally:
            self._exact = outer

    def _select(self, found: Meaning, index: ast.IndexElement, scope: Scope, node: ast.QASMNode) -> Meaning:
        def places(index: ast.IndexElement, width: int) -> int | Sequence[int]:
            chosen = indices(index, width, lambda expression: self.integer(expression, scope), node)
            if not isinstance(chosen, int):
                self._work.spend(len(chosen))
            return chosen

        match found:
            case Qubits(qubits, single=False):
                chosen = places(index, len(qubits))
                return Qubits(selected(qubits, chosen), single=isinstance(chosen, int))
            case Variable(_, clbits, readonly):
                return Variable(Kind.BIT, selected(clbits, places(index, len(clbits))), readonly)
            case Vector(_, bits):
                chosen = places(index, len(bits))
                return Vector(
                    Kind.BIT, tuple(bits[place] for place in ([chosen] if isinstance(chosen, int) else chosen))
                )
            case Array(elements, readonly):
                first, *others = [index] if isinstance(index, ast.DiscreteSet) else index
                chosen = places(first if isinstance(first, ast.DiscreteSet) else [first], len(elements))
                inner = (
                    elements[chosen] if isinstance(chosen, int) else Array(tuple(elements[place] for place in chosen))
                )
                inner = replace(inner, readonly=readonly)
                return self._select(inner, [*others], scope, node) if others else inner
        raise invalid(node, "only registers have an index")

    def _in_order(self, left: ast.Expression, right: ast.Expression, scope: Scope) -> tuple[Value, Value]:
        value = self._kept(self.evaluate(left, scope), right)
        return value, self.evaluate(right, scope)

    def _kept(self, value: Value, right: ast.Expression) -> Value:
        """Returns the value such that the evaluation of what stands to the right of it does not change it."""
        return self.settled(value) if _calls(right) else value

    def _name(self, node: ast.Identifier | ast.IndexExpression, scope: Scope) -> Value:
        return self.load(self.resolve(node, scope), node)

    def _cast(self, node: ast.Cast, scope: Scope) -> Value:
        written = node.type
        to = self.type_named(written, scope)
        value = self.evaluate_for(to, node.argument, scope)
        if to is None:
            return float(number(value, written))
        if isinstance(written, ast.IntType | ast.UintType) and written.size is None and isinstance(value, Vector):
            to = Type(to.kind, max(WORD, value.width))
        return typed(value, to, written)

    def _binary(self, node: ast.BinaryExpression, scope: Scope) -> Value:
        op = node.op.name
        exact = self._exact and op not in _TRUTHS
        left, right = self._dividing(self._in_order, node.lhs, node.rhs, scope, exact=exact)
        return self.binary(op, left, right, node)

    def _unary(self, node: ast.UnaryExpression, scope: Scope) -> Value:
        op = node.op.name
        value = self._dividing(self.evaluate, node.expression, scope, exact=self._exact and op != "!")
        if op == "!":
            return truth_of(negation(truth(value)))
        if not isinstance(value, Vector):
            return constants.unary(op, value, node)
        if op == "~":
            return Vector(value.kind, tuple(map(negation, value.bits)))
        if value.kind is Kind.BIT and value.width > 1:
            raise invalid(node, "a bit string has no sign; cast it to int first")
        to = Type(value.kind, value.width) if value.kind is Kind.ANGLE else integer_type(value)
        return Vector(to.kind, self._modular("-", constant(0, to.width), resized(value, to.width)))

    def binary(self, op: str, left: Value, right: Value, node: ast.QASMNode) -> Value:
        """Returns the value of an operator. Raises as ``evaluate``."""
        if op in _LOGICAL:
            return truth_of(_LOGICAL[op]((truth(left), truth(right))))
        if isinstance(left, float) or isinstance(right, float):
            if op in ("+", "-") and Kind.ANGLE in (_kind(left), _kind(right)):
                return self._arithmetic(op, left, right, node)
            left, right = number(left, node), number(right, node)
        if not isinstance(left, Vector) and not isinstance(right, Vector):
            return constants.binary(op, left, right, node, exact=self._exact)
        for operators, work in (
            (_COMPARISONS, self._comparison),
            (_BITWISE, self._bitwise),
            (_SHIFTS, self._shift),
        ):
            if op in operators:
                return work(op, left, right, node)
        return self._arithmetic(op, left, right, node)

    def _comparison(self, op: str, left: Value, right: Value, node: ast.QASMNode) -> Value:
        ones, others = _comparable(left, right, node)
        self._work.spend(len(ones))
        if op in (">", "<="):
            ones, others = others, ones
        holds = equality(ones, others) if op in ("==", "!=") else less(ones, others, self._memory.settle)
        return truth_of(negation(holds) if op in ("!=", "<=", ">=") else holds)

    def _bitwise(self, op: str, left: Value, right: Value, node: ast.QASMNode) -> Vector:
        vectors = [value for value in (left, right) if isinstance(value, Vector)]
        width = max(vector.width for vector in vectors)
        if all(vector.kind is Kind.BIT for vector in vectors) and len({vector.width for vector in vectors}) > 1:
            raise invalid(node, "bit strings of different size cannot be combined")
        kind = next((vector.kind for vector in vectors if vector.kind is not Kind.BOOL), Kind.BOOL)
        ones, others = _bits(left, width), _bits(right, width)
        return Vector(kind, tuple(map(_BITWISE[op], ones, others)))

    def _shift(self, op: str, left: Value, right: Value, node: ast.QASMNode) -> Value:
        places = int(number(right, node))
        if not isinstance(left, Vector):
            return constants.binary(op, left, places, node, exact=False)
        if places < 0:
            raise invalid(node, "the number of places to shift by must not be negative")
        places = min(places, left.width)
        if op == "<<":
            return Vector(left.kind, (False,) * places + left.bits[: left.width - places])
        filler = left.bits[-1] if left.kind is Kind.INT else False
        return Vector(left.kind, left.bits[places:] + (filler,) * places)

    def _arithmetic(self, op: str, left: Value, right: Value, node: ast.QASMNode) -> Value:
        for value in (left, right):
            if isinstance(value, Vector) and value.kind is Kind.BIT and value.width > 1:
                raise invalid(node, "bit strings have no arithmetics; cast this to uint first")
        if Kind.ANGLE in (_kind(left), _kind(right)):
            return self._angle_arithmetic(op, left, right, node)
        kind, width = _common_type(left, right)
        if op in _MODULAR:
            return Vector(kind, self._modular(op, _bits(left, width), _bits(right, width)))
        value = constants.binary(op, number(left, node), number(right, node), node, exact=self._exact)
        return value if isinstance(value, float) else Vector(kind, constant(int(value), width))

    def _angle_arithmetic(self, op: str, left: Value, right: Value, node: ast.QASMNode) -> Value:
        width = max(value.width for value in (left, right) if _kind(value) is Kind.ANGLE and isinstance(value, Vector))
        to = Type(Kind.ANGLE, width)
        if op in ("+", "-"):
            return Vector(Kind.ANGLE, self._modular(op, typed(left, to, node).bits, typed(right, to, node).bits))
        if op == "*" and _kind(left) is not _kind(right):
            return Vector(Kind.ANGLE, self._modular(op, _bits(left, width), _bits(right, width)))
        if op == "/":
            return _angle_quotient(left, right, to, node)
        return constants.binary(op, number(left, node), number(right, node), node, exact=False)

    def _modular(self, op: str, left: Bits, right: Bits) -> Bits:
        """Returns the sum, difference or product of integers of one length, modulo two to the power of the length."""
        one, other = integer(left), integer(right)
        if one is not None and other is not None:
            return constant(_MODULAR[op](one, other), len(left))
        if op == "*":
            self._work.spend(len(left) * sum(bit is not False for bit in right))
            return product(left, right, self._memory.settle)
        if op == "-":
            return total(left, tuple(map(negation, right)), self._memory.settle, carry=True)
        return total(left, right, self._memory.settle)

    def _concatenation(self, node: ast.Concatenation, scope: Scope) -> Vector:
        left, right = self._in_order(node.lhs, node.rhs, scope)
        if not isinstance(left, Vector) or not isinstance(right, Vector):
            raise invalid(node, "only registers and bit strings can be put together")
        return Vector(Kind.BIT, left.bits + right.bits)

    def _call(self, node: ast.FunctionCall, scope: Scope) -> Value:
        name = node.name.name
        if isinstance(found := scope.find(name), Subroutine):
            value = self._dividing(self._call_subroutine, found, node, scope, exact=False)
            if value is None:
                raise invalid(node, f"{name!r} returns nothing")
            return value
        exact = self._exact or name in constants.FLOAT_FUNCTIONS
        values = [self._dividing(self.evaluate, argument, scope, exact=exact) for argument in node.arguments]
        if name in _BIT_FUNCTIONS:
            return _BIT_FUNCTIONS[name](values, node)
        return constants.call(name, [number(value, node) for value in values], node)

    def _size_of(self, node: ast.SizeOf, scope: Scope) -> int:
        found = self.resolve(node.target, scope)
        dimension = self.integer(node.index, scope) if node.index else 0
        while dimension and isinstance(found, Array):
            found = found.elements[0]
            dimension -= 1
        if not isinstance(found, Array):
            raise invalid(node.target, "this is no array of so many dimensions")
        return len(found.elements)


_UNSUPPORTED: Mapping[type[ast.QASMNode], str] = {
    ast.ArrayLiteral: "array values outside declarations",
    ast.DurationLiteral: "durations",
    ast.DurationOf: "durations",
    ast.ImaginaryLiteral: "complex numbers",
}


def _kind(value: Value) -> Kind | None:
    return value.kind if isinstance(value, Vector) else None


def _bits(value: Value, width: int) -> Bits:
    return resized(value, width) if isinstance(value, Vector) else constant(int(value), width)


def _common_type(left: Value, right: Value) -> tuple[Kind, int]:
    one, other = integer_type(left), integer_type(right)
    if one.width == other.width:
        return (one.kind if one.kind is other.kind else Kind.UINT), one.width
    wider = max(one, other, key=lambda item: item.width)
    return wider.kind, wider.width


def _comparable(left: Value, right: Value, node: ast.QASMNode) -> tuple[Bits, Bits]:
    """Returns both values as unsigned integers of one length that compare as the values do."""
    if Kind.ANGLE in (_kind(left), _kind(right)):
        width = max(value.width for value in (left, right) if isinstance(value, Vector))
        to = Type(Kind.ANGLE, width)
        return typed(left, to, node).bits, typed(right, to, node).bits
    if (
        isinstance(left, Vector)
        and isinstance(right, Vector)
        and left.kind is right.kind is Kind.BIT
        and left.width != right.width
    ):
        raise invalid(node, f"{left.width} bits are compared with {right.width}")
    width = max(value.width if isinstance(value, Vector) else int(value).bit_length() for value in (left, right))
    if not _may_be_negative(left) and not _may_be_negative(right):
        return _bits(left, width), _bits(right, width)
    ones, others = _bits(left, width + 1), _bits(right, width + 1)
    return (*ones[:-1], negation(ones[-1])), (*others[:-1], negation(others[-1]))


def _angle_quotient(left: Value, right: Value, to: Type, node: ast.QASMNode) -> Vector:
    """Divides the bits of an angle, as unsigned integers: by an integer to an angle, by an angle to an integer."""
    if _kind(left) is not Kind.ANGLE:
        raise invalid(node, "an integer cannot be divided by an angle")
    by_angle = _kind(right) is Kind.ANGLE
    divisor = int(number(_as_uint(right, to, node) if by_angle else right, node))
    if divisor < 1:
        raise invalid(node, "an angle can be divided only by what is greater than 0")
    quotient = int(number(_as_uint(left, to, node), node)) // divisor
    return Vector(Kind.UINT if by_angle else Kind.ANGLE, constant(quotient, to.width))


def _as_uint(angle: Value, to: Type, node: ast.QASMNode) -> Vector:
    return Vector(Kind.UINT, typed(angle, to, node).bits)


def _may_be_negative(value: Value) -> bool:
    return value.kind is Kind.INT if isinstance(value, Vector) else value < 0


def _calls(node: ast.Expression) -> bool:
    match node:
        case ast.FunctionCall() | ast.QuantumMeasurement():
            return True
        case ast.BinaryExpression(_, left, right) | ast.Concatenation(left, right):
            return _calls(left) or _calls(right)
        case ast.UnaryExpression(_, operand) | ast.Cast(_, operand) | ast.IndexExpression(operand, _):
            return _calls(operand)
    return False


def _popcount(values: list[Value], node: ast.QASMNode) -> Value:
    (vector,) = _vectors(values, 1, node)
    return int(number(Vector(Kind.UINT, vector.bits), node)).bit_count()


def _rotated(values: list[Value], node: ast.QASMNode, *, left: bool) -> Value:
    (vector,) = _vectors(values[:1], 1, node)
    if len(values) != 2:  # noqa: PLR2004 - what to turn, and by how much
        raise invalid(node, "this function takes a value and a number of places")
    places = int(number(values[1], node)) % vector.width
    cut = vector.width - places if left else places
    return Vector(vector.kind, vector.bits[cut:] + vector.bits[:cut])


def _vectors(values: list[Value], count: int, node: ast.QASMNode) -> list[Vector]:
    vectors = [value for value in values if isinstance(value, Vector)]
    if len(values) != count or len(vectors) != count:
        raise invalid(node, "this function needs a bit string or an integer with a size")
    return vectors


_BIT_FUNCTIONS: Mapping[str, Callable[[list[Value], ast.QASMNode], Value]] = {
    "popcount": _popcount,
    "rotl": lambda values, node: _rotated(values, node, left=True),
    "rotr": lambda values, node: _rotated(values, node, left=False),
}
