"""What a program means: the exact probability of every bitstring.

A program is run once for each history of measurement outcomes that can happen. A run follows the history that it was
given as far as that goes; from then on it takes the first outcome that is possible, and tells which others are.
"""

from collections import ChainMap, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, is_dataclass

from oracle.classical import Number, binary, cast, fitted, unary
from oracle.gates import matrix_of
from oracle.machine import ImpossibleError, Machine
from oracle.program import (
    Apply,
    Assign,
    Barrier,
    Binary,
    Break,
    Call,
    Cast,
    Continue,
    Declare,
    Delay,
    End,
    Expression,
    For,
    If,
    Invoke,
    Kind,
    Let,
    Literal,
    Measure,
    Measured,
    Program,
    Ref,
    Reset,
    Return,
    Slice,
    Statement,
    Switch,
    Type,
    Unary,
    Value,
    While,
)


def distribution(program: Program) -> Mapping[str, float]:
    """Returns the probability of every bitstring that can come out, bit 0 rightmost.

    A program without any measurement measures all its qubits at the end, qubit i into bit i, and that is its result.
    """
    probabilities: dict[str, float] = defaultdict(float)
    histories: list[tuple[int, ...]] = [()]
    while histories:
        run = _Run(program, histories.pop())
        with suppress(ImpossibleError):
            bits = run.execute()
            probabilities[bits] += run.machine.probability
        histories += run.machine.alternatives
    return dict(probabilities)


def measures(program: Program) -> bool:
    """Tells whether a measurement stands anywhere in the program."""
    return any(isinstance(part, Measure | Measured) for part in _parts((program.statements, program.subroutines)))


def _parts(whole: object) -> Iterator[object]:
    yield whole
    for part in whole if isinstance(whole, tuple) else vars(whole).values() if is_dataclass(whole) else ():
        yield from _parts(part)


@dataclass(frozen=True)
class _Qubits:
    indices: tuple[int, ...]
    single: bool


@dataclass(frozen=True)
class _Bits:
    indices: tuple[int, ...]
    single: bool


@dataclass
class _Variable:
    number: Number


_Meaning = _Qubits | _Bits | _Variable
_Scope = ChainMap[str, _Meaning]


class _Break(Exception):  # noqa: N818 - no error
    pass


class _Continue(Exception):  # noqa: N818
    pass


class _End(Exception):  # noqa: N818
    pass


class _Return(Exception):  # noqa: N818
    def __init__(self, number: Number | None) -> None:
        self.number = number


class _Run:
    """One way through a program, on a machine that follows one history."""

    def __init__(self, program: Program, history: Sequence[int]) -> None:
        self._program = program
        self._bits: list[int] = []
        self._global: _Scope = ChainMap()
        self._gates = {gate.name: gate for gate in program.gates}
        self._subroutines = {subroutine.name: subroutine for subroutine in program.subroutines}
        num_qubits = 0
        for name, width in program.qubits:
            indices = tuple(range(num_qubits, num_qubits + (width or 1)))
            self._global[name] = _Qubits(indices, single=width is None)
            num_qubits += len(indices)
        for name, width in program.bits:
            self._global[name] = self._new_bits(width)
        # Bits that the program declares on its way, in no block, belong to the result from the start.
        self._results = {
            item.name: self._new_bits(item.type.width)
            for item in program.statements
            if isinstance(item, Declare) and item.type.kind is Kind.BIT
        }
        self._num_results = len(self._bits)
        self.machine = Machine(num_qubits, history)

    def execute(self) -> str:
        """Runs the program, and returns its bitstring. Raises ImpossibleError where the history never happens."""
        with suppress(_End):
            self._block(self._program.statements, self._global)
        if measures(self._program):
            result = self._bits[: self._num_results]
        else:
            result = [self.machine.measure(qubit) for qubit in range(self.machine.num_qubits)]
        return "".join(map(str, reversed(result)))

    def _block(self, statements: Sequence[Statement], scope: _Scope) -> None:
        for statement in statements:
            self._step(statement, scope)

    def _step(self, statement: Statement, scope: _Scope) -> None:  # noqa: C901, PLR0912 - a case a statement
        match statement:
            case Apply():
                self._apply(statement, scope)
            case Measure(qubits, bits, basis):
                outcomes = [self.machine.measure(qubit, basis) for qubit in self._qubits_of(qubits, scope).indices]
                if bits is not None:
                    self._write_bits(self._bits_of(bits, scope), outcomes)
            case Reset(qubits):
                for qubit in self._qubits_of(qubits, scope).indices:
                    self.machine.reset(qubit)
            case Barrier() | Delay():
                pass
            case Declare(type_, name, value):
                self._declare(name, type_, self._number(value, scope, type_), scope)
            case Let(name, parts):
                scope[name] = self._joined(parts, scope)
            case Assign(target, op, value):
                self._assign(target, op, value, scope)
            case Invoke(call):
                self._call(call, scope)
            case If(condition, then, otherwise):
                self._block(then if self._holds(condition, scope) else otherwise, scope.new_child())
            case While(condition, body):
                self._while(condition, body, scope)
            case For():
                self._for(statement, scope)
            case Switch(target_, cases, default):
                value_ = self._evaluate(target_, scope).value
                chosen = [body for labels, body in cases if value_ in labels] or [default or ()]
                self._block(chosen[0], scope.new_child())
            case Break():
                raise _Break
            case Continue():
                raise _Continue
            case End():
                raise _End
            case Return(value__):
                raise _Return(None if value__ is None else self._evaluate(value__, scope))

    # Quantum

    def _apply(self, call: Apply, scope: _Scope) -> None:
        operands = [self._qubits_of(ref, scope) for ref in call.qubits]
        widths = {len(operand.indices) for operand in operands if not operand.single}
        assert len(widths) < 2, call
        angles = {name: float(item.number.value) for name, item in scope.items() if isinstance(item, _Variable)}
        gate = matrix_of(call, angles | self._program.angles, self._gates)
        for position in range(max(widths, default=1)):
            qubits = [operand.indices[0 if operand.single else position] for operand in operands]
            self.machine.apply(gate, qubits)

    # Classical

    def _assign(self, target: Ref, op: str, value: Expression, scope: _Scope) -> None:
        meaning = scope[target.name]
        if isinstance(meaning, _Variable):
            assert meaning.number.type is not None
            number = self._number(value, scope, None if op else meaning.number.type)
            meaning.number = fitted(
                binary(op, meaning.number, number).value if op else number.value, meaning.number.type
            )
            return
        bits = self._bits_of(target, scope)
        type_ = Type(Kind.BIT, None if bits.single else len(bits.indices))
        number = self._number(value, scope, None if op else type_)
        after = binary(op, self._evaluate(Value(target), scope), number) if op else number
        self._write_bits(bits, _digits(after.value, len(bits.indices)))

    def _number(self, expression: Expression, scope: _Scope, to: Type | None) -> Number:
        number = self._evaluate(expression, scope)
        return number if to is None else _fitting(number, to)

    def _holds(self, condition: Expression, scope: _Scope) -> bool:
        return bool(self._evaluate(condition, scope).value)

    def _evaluate(self, expression: Expression, scope: _Scope) -> Number:  # noqa: PLR0911 - a case an expression
        match expression:
            case Literal(value, type_):
                return Number(value, type_)
            case Value(ref):
                meaning = scope[ref.name]
                if isinstance(meaning, _Variable):
                    return meaning.number
                bits = self._bits_of(ref, scope)
                value = sum(self._bits[bit] << place for place, bit in enumerate(bits.indices))
                return Number(value, Type(Kind.BIT, None if bits.single else len(bits.indices)))
            case Unary(op, operand):
                return unary(op, self._evaluate(operand, scope))
            case Binary("&&" | "||" as op, left, right):
                # What is not needed is not evaluated; it matters where it measures.
                first = self._holds(left, scope)
                decided = first is (op == "||")
                return cast(Number(int(first if decided else self._holds(right, scope)), None), Type(Kind.BOOL))
            case Binary(op, left, right):
                return binary(op, self._evaluate(left, scope), self._evaluate(right, scope))
            case Cast(type_, operand):
                return cast(self._evaluate(operand, scope), type_)
            case Measured(qubits):
                meaning_ = self._qubits_of(qubits, scope)
                outcomes = [self.machine.measure(qubit) for qubit in meaning_.indices]
                value = sum(outcome << place for place, outcome in enumerate(outcomes))
                return Number(value, Type(Kind.BIT, None if meaning_.single else len(outcomes)))
            case Call():
                number = self._call(expression, scope)
                assert number is not None, expression
                return number

    # Control

    def _while(self, condition: Expression, body: Sequence[Statement], scope: _Scope) -> None:
        while self._holds(condition, scope):
            try:
                self._block(body, scope.new_child())
            except _Continue:
                continue
            except _Break:
                return

    def _for(self, loop: For, scope: _Scope) -> None:
        match loop.values:
            case Slice():
                values: Sequence[int] = loop.values.numbers
            case tuple():
                values = loop.values
            case Ref():
                values = [self._bits[bit] for bit in self._bits_of(loop.values, scope).indices]
            case _:
                raise AssertionError(loop)
        for value in values:
            inner = scope.new_child({loop.name: _Variable(fitted(value, loop.type))})
            try:
                self._block(loop.body, inner)
            except _Continue:
                continue
            except _Break:
                return

    def _call(self, call: Call, scope: _Scope) -> Number | None:
        subroutine = self._subroutines[call.name]
        inner: _Scope = ChainMap()
        for argument, (name, wanted) in zip(call.arguments, subroutine.parameters, strict=True):
            if isinstance(argument, Ref):
                inner[name] = self._qubits_of(argument, scope)
            else:
                assert isinstance(wanted, Type), call
                self._declare(name, wanted, self._number(argument, scope, wanted), inner)
        try:
            self._block(subroutine.body, inner)
        except _Return as returned:
            return returned.number if subroutine.returns is None else _fitting(returned.number, subroutine.returns)
        return None

    # Names

    def _declare(self, name: str, type_: Type, number: Number, scope: _Scope) -> None:
        if type_.kind is not Kind.BIT:
            scope[name] = _Variable(number)
            return
        scope[name] = bits = self._results.get(name) or self._new_bits(type_.width)
        self._write_bits(bits, _digits(number.value, len(bits.indices)))

    def _new_bits(self, width: int | None) -> _Bits:
        first = len(self._bits)
        self._bits += [0] * (width or 1)
        return _Bits(tuple(range(first, len(self._bits))), single=width is None)

    def _write_bits(self, bits: _Bits, values: Sequence[int]) -> None:
        for bit, value in zip(bits.indices, values, strict=True):
            self._bits[bit] = value

    def _joined(self, parts: Sequence[Ref], scope: _Scope) -> _Qubits | _Bits:
        if isinstance(scope[parts[0].name], _Bits):
            bits = [self._bits_of(part, scope) for part in parts]
            return _Bits(tuple(bit for part in bits for bit in part.indices), single=len(parts) == 1 and bits[0].single)
        qubits = [self._qubits_of(part, scope) for part in parts]
        single = len(parts) == 1 and qubits[0].single
        return _Qubits(tuple(qubit for part in qubits for qubit in part.indices), single=single)

    def _qubits_of(self, ref: Ref, scope: _Scope) -> _Qubits:
        meaning = scope[ref.name]
        assert isinstance(meaning, _Qubits), ref
        return _Qubits(*self._picked(meaning.indices, ref, scope, single=meaning.single))

    def _bits_of(self, ref: Ref, scope: _Scope) -> _Bits:
        meaning = scope[ref.name]
        assert isinstance(meaning, _Bits), ref
        return _Bits(*self._picked(meaning.indices, ref, scope, single=meaning.single))

    def _picked(
        self, indices: tuple[int, ...], ref: Ref, scope: _Scope, *, single: bool
    ) -> tuple[tuple[int, ...], bool]:
        match ref.index:
            case None:
                return indices, single
            case int():
                return (indices[ref.index],), True
            case str():
                variable = scope[ref.index]
                assert isinstance(variable, _Variable), ref
                return (indices[variable.number.value],), True
            case Slice():
                return tuple(indices[index] for index in ref.index.numbers), False
            case tuple():
                return tuple(indices[index] for index in ref.index), False


def _fitting(number: Number | None, to: Type) -> Number:
    assert number is not None
    assert number.type in (None, to), (number, to)
    return fitted(number.value, to)


def _digits(value: int, width: int) -> list[int]:
    return [value >> place & 1 for place in range(width)]
