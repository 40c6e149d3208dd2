"""Random OpenQASM 3 programs of all features."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import count

from hypothesis import strategies as st

from oracle.program import (
    BIT,
    BOOL,
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
    GateDefinition,
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
    Subroutine,
    Switch,
    Type,
    Unary,
    Value,
    While,
    Wires,
)
from oracle.random_programs.dice import Dice
from oracle.random_programs.expressions import OPERATORS, bit_operands, condition, expression, literals_of
from oracle.random_programs.features import Feature
from oracle.random_programs.gate_calls import Style, disjoint, gate_call, gate_definition, superposition
from oracle.random_programs.operands import Operand, Places, Register, operands, registers, singles
from oracle.random_programs.scope import Scope
from oracle.random_programs.signatures import Signature

_MOST_OUTCOMES = 5
"""Of qubits measured or reset before the end."""
_MOST_OUTCOMES_OF_A_SUBROUTINE = 2
_OUTCOMES_UNTIL_SUCCESS = 3
_MOST_ROUNDS = 4
_TYPES = (Type(Kind.UINT, 2), Type(Kind.INT, 3), Type(Kind.UINT, 3), BOOL, Type(Kind.BIT, 2), BIT)
_MACHINE_INT = Type(Kind.INT)

Statements = tuple[Statement, ...]
Maker = Callable[[Scope, int], Statements]


@st.composite
def dynamic_programs(
    draw: st.DrawFn, gates: tuple[Signature, ...], features: frozenset[Feature], *, quarter_turns: bool = False
) -> Program:
    """Draws programs of some gates and features, with ``quarter_turns`` of no angles but those."""
    return _Author(Dice(draw), gates, features, quarter_turns=quarter_turns).program()


class _Author:
    """Writes one program; what it counts is the outcomes that its measurements may still have."""

    def __init__(
        self, dice: Dice, gates: tuple[Signature, ...], features: frozenset[Feature], *, quarter_turns: bool
    ) -> None:
        self._dice = dice
        self._features = features
        self._style = Style(
            gates,
            modifiers=Feature.MODIFIERS in features,
            fractional_powers=Feature.FRACTIONAL_POWERS in features,
            quarter_turns=quarter_turns,
        )
        self._outcomes = _MOST_OUTCOMES
        self._rounds = 1
        self._names = count()
        self._definitions: list[GateDefinition] = []
        self._subroutines: list[tuple[Subroutine, int]] = []
        self._ends = False
        makers: list[tuple[Feature | None, int, Maker]] = [
            (None, 14, self._gate),
            (None, 3, self._measure),
            (None, 1, self._reset),
            (Feature.IGNORED, 1, self._ignored),
            (Feature.ALIASES, 1, self._alias),
            (Feature.IF, 3, self._if),
            (Feature.FOR, 2, self._for),
            (Feature.WHILE, 2, self._while),
            (Feature.WHILE, 2, self._flag),
            (Feature.SWITCH, 2, self._switch),
            (Feature.LEAVING, 3, self._leave),
            (Feature.END, 1, self._end),
            (Feature.VARIABLES, 3, self._declare),
            (Feature.VARIABLES, 4, self._assign),
            (Feature.ASSIGNED_BITS, 2, self._assign_bits),
            (Feature.SUBROUTINES, 3, self._call),
        ]
        self._makers = [
            maker for feature, weight, maker in makers if feature is None or feature in features for _ in range(weight)
        ]

    def program(self) -> Program:
        """Returns a program that surely measures, or that holds no measurement at all."""
        dice = self._dice
        qubits, bits = (registers(dice, prefix, dice.pick((2, 3, 4)), singles=True) for prefix in "qc")
        scope = Scope(qubits=self._numbered(qubits), bits=self._numbered(bits))
        if Feature.GATE_DEFINITIONS in self._features:
            self._define_gates(dice.number(0, 2))
        if Feature.SUBROUTINES in self._features:
            self._define_subroutines(dice.number(0, 2))
        measuring = bool(self._subroutines) or dice.chance(95)
        self._outcomes = _MOST_OUTCOMES if measuring else 0
        statements: list[Statement] = superposition(dice, singles(qubits))
        statements += self._statements(scope, dice.many(1, 12), depth=2)
        statements += superposition(dice, singles(qubits))
        if measuring:
            pairs = list(zip(singles(qubits), singles(bits), strict=False))
            # Whether a measurement that is never made counts as one is not for random programs to ask.
            statements = [Measure(*pairs[0]), *statements] if self._ends else statements
            statements += [Measure(*pair) for pair in pairs[: dice.many(1, len(pairs))]]
        shown = self._show(scope, statements)
        subroutines = tuple(subroutine for subroutine, _ in self._subroutines)
        return Program(qubits, (*bits, *shown), tuple(statements), tuple(self._definitions), subroutines)

    # Definitions

    def _define_gates(self, number: int) -> None:
        for _ in range(number):
            gate = gate_definition(self._dice, self._style, f"g{next(self._names)}")
            self._definitions.append(gate)
            signature = Signature(gate.name, len(gate.parameters), len(gate.qubits))
            self._style = replace(self._style, gates=(signature, *self._style.gates))

    def _define_subroutines(self, number: int) -> None:
        dice = self._dice
        for _ in range(number):
            parameters: dict[str, Wires | Type] = {"a": Wires(dice.pick((None, 2)))}
            parameters |= {"b": Wires()} if dice.chance(40) else {}
            parameters |= {"n": dice.pick(_TYPES)} if dice.chance(60) else {}
            scope = Scope(in_subroutine=True, returns=dice.pick((None, BIT, *_TYPES)))
            for name, wanted in parameters.items():
                if isinstance(wanted, Wires):
                    scope.qubits[name] = self._places(wanted.width)
                else:
                    self._enter(scope, name, wanted)
            self._outcomes = most = _MOST_OUTCOMES_OF_A_SUBROUTINE
            body = [*self._statements(scope, dice.number(1, 3), depth=1)]
            if scope.returns is not None:
                body.append(self._return(scope))
            subroutine = Subroutine(f"f{next(self._names)}", tuple(parameters.items()), scope.returns, tuple(body))
            self._subroutines.append((subroutine, most - self._outcomes))

    # Blocks

    def _statements(self, scope: Scope, length: int, depth: int) -> Iterator[Statement]:
        for _ in range(length):
            yield from self._dice.pick(self._makers)(scope, depth)

    def _block(self, scope: Scope, depth: int) -> Statements:
        return tuple(self._statements(scope, self._dice.number(1, 3), depth - 1))

    def _if(self, scope: Scope, depth: int) -> Statements:
        if not depth:
            return self._gate(scope, depth)
        otherwise = self._block(scope.child(), depth) if self._dice.chance(40) else ()
        return (If(condition(self._dice, scope), self._block(scope.child(), depth), otherwise),)

    def _for(self, scope: Scope, depth: int) -> Statements:
        if not depth:
            return self._gate(scope, depth)
        dice, name = self._dice, f"i{next(self._names)}"
        inner = scope.child(in_loop=True)
        vectors = [(ref, type_.width) for ref, type_ in bit_operands(dice, scope).items() if type_.width]
        if Feature.VARIABLES in self._features and vectors and dice.chance(25):
            bits, width = dice.pick(vectors)
            inner.read_only[name] = BIT
            return (For(BIT, name, bits, self._repeated(inner, depth, width)),)
        first, last, step = dice.number(0, 3), dice.number(0, 3), dice.number(1, 2)
        steps = Slice(first, step if first <= last else -step, last)
        chosen = tuple(dice.some(range(5), 1, _MOST_ROUNDS))
        values = steps if dice.chance(70) else chosen
        inner.counters[name] = steps.numbers if isinstance(values, Slice) else chosen
        inner.read_only[name] = type_ = dice.pick((_MACHINE_INT, Type(Kind.UINT, 3)))
        return (For(type_, name, values, self._repeated(inner, depth, len(inner.counters[name]))),)

    def _while(self, scope: Scope, depth: int) -> Statements:
        dice = self._dice
        singles = [ref for ref, type_ in bit_operands(dice, scope).items() if type_ == BIT]
        if singles and dice.chance(30) and self._spend(_OUTCOMES_UNTIL_SUCCESS):
            return (self._until_success(scope, dice.pick(singles)),)
        if not depth:
            return self._gate(scope, depth)
        name, rounds = f"i{next(self._names)}", dice.number(1, 3)
        scope.read_only[name] = Type(Kind.UINT, 3)
        goes_on: Expression = Binary("<", Value(Ref(name)), Literal(rounds))
        if dice.chance(50):
            goes_on = Binary("&&", goes_on, condition(dice, scope))
        body = self._repeated(scope.child(in_loop=True), depth, rounds)
        counted = Assign(Ref(name), "+", Literal(1))
        return (Declare(Type(Kind.UINT, 3), name, Literal(0)), While(goes_on, (counted, *body)))

    def _until_success(self, scope: Scope, bit: Ref) -> Statement:
        qubit = self._dice.pick(self._qubits(scope, single=True)).ref
        body = (Apply("h", (), (qubit,)), Measure(qubit, bit))
        return While(Value(bit) if self._dice.chance(50) else Unary("!", Value(bit)), body)

    def _flag(self, scope: Scope, depth: int) -> Statements:
        """Returns a loop whose turns clear a flag that was found to be 0 before it, and tell how often it was set.

        Nothing else that is known where the loop begins is changed in it.
        """
        dice = self._dice
        bits = [ref for ref, type_ in bit_operands(dice, scope).items() if type_ == BIT]
        qubits = [item.ref for item in disjoint(dice, self._qubits(scope, single=True))]
        if not depth or len(bits) < 2 or len(qubits) < 2 or not self._spend(_OUTCOMES_UNTIL_SUCCESS + 1):
            return self._gate(scope, depth)
        (goes_on, sets), (tossed, turned) = dice.some(bits, 2, 2), qubits[:2]
        flag, odd = (Ref(f"v{next(self._names)}") for _ in range(2))
        scope.variables |= {flag.name: BOOL, odd.name: BOOL}
        body = (
            If(Value(sets), (Assign(flag, "", Literal(1, BOOL)),)),
            If(Value(flag), (Assign(odd, "", Unary("!", Value(odd))),)),
            Assign(flag, "", Literal(0, BOOL)),
            Apply("x", (), (turned,)),
            Measure(turned, sets),
            Apply("h", (), (tossed,)),
            Measure(tossed, goes_on),
        )
        loop = (Apply("x", (), (tossed,)), Measure(tossed, goes_on), While(Value(goes_on), body))
        return (
            Measure(turned, sets),
            Measure(tossed, goes_on),
            Declare(BOOL, flag.name, Cast(BOOL, Value(goes_on))),
            Declare(BOOL, odd.name, Cast(BOOL, Value(goes_on))),
            If(Unary("!", Value(flag)), loop),
        )

    def _repeated(self, scope: Scope, depth: int, rounds: int) -> Statements:
        before, self._rounds = self._rounds, self._rounds * rounds
        body = self._block(scope, depth)
        self._rounds = before
        return body

    def _switch(self, scope: Scope, depth: int) -> Statements:
        dice = self._dice
        targets: list[tuple[Expression, Type]] = [
            (Value(Ref(name)), type_) for name, type_ in scope.readable().items() if type_.kind in (Kind.UINT, Kind.INT)
        ]
        for ref, type_ in bit_operands(dice, scope).items():
            unsigned = Type(Kind.UINT, type_.width)
            targets += [(Cast(unsigned, Value(ref)), unsigned)] if type_.width else []
        if not depth or not targets:
            return self._gate(scope, depth)
        target, type_ = dice.pick(targets)
        labels = dice.some(literals_of(type_), 1, 4)
        parts = [labels[:1], labels[1:]] if dice.chance(60) else [labels]
        cases = tuple((tuple(part), self._block(scope.child(), depth)) for part in parts if part)
        return (Switch(target, cases, self._block(scope.child(), depth) if dice.chance(60) else None),)

    def _leave(self, scope: Scope, depth: int) -> Statements:
        ways: list[Statement] = [Break(), Continue()] if scope.in_loop else []
        ways += [self._return(scope)] if scope.in_subroutine else []
        if not ways:
            return self._gate(scope, depth)
        return (If(condition(self._dice, scope), (self._dice.pick(ways),)),)

    def _return(self, scope: Scope) -> Return:
        if scope.returns == BIT and self._dice.chance(50) and self._spend(1):
            return Return(Measured(self._dice.pick(self._qubits(scope, single=True)).ref))
        return Return(None if scope.returns is None else expression(self._dice, scope, scope.returns))

    def _end(self, scope: Scope, depth: int) -> Statements:  # noqa: ARG002 - one signature for all
        self._ends = True
        return (If(condition(self._dice, scope), (End(),)),)

    # Quantum

    def _qubits(self, scope: Scope, *, single: bool = False) -> list[Operand]:
        sets = Feature.INDEX_SETS in self._features and self._dice.chance(30)
        found = operands(self._dice, scope.qubits, scope.counters, sets=sets)
        return [item for item in found if item.width is None or not single]

    def _gate(self, scope: Scope, depth: int) -> Statements:  # noqa: ARG002
        return (gate_call(self._dice, self._style, self._qubits(scope), list(scope.counters)),)

    def _measure(self, scope: Scope, depth: int) -> Statements:
        dice = self._dice
        item = dice.pick(self._qubits(scope))
        if not self._spend(item.width or 1):
            return self._gate(scope, depth)
        type_ = Type(Kind.BIT, item.width)
        targets = [ref for ref, other in bit_operands(dice, scope).items() if other == type_]
        if targets and dice.chance(85):
            return (Measure(item.ref, dice.pick(targets)),)
        if Feature.VARIABLES in self._features and dice.chance(70):
            name = f"v{next(self._names)}"
            self._enter(scope, name, type_)
            return (Declare(type_, name, Measured(item.ref)),)
        return (Measure(item.ref, None),)

    def _reset(self, scope: Scope, depth: int) -> Statements:
        item = self._dice.pick(self._qubits(scope))
        return (Reset(item.ref),) if self._spend(item.width or 1) else self._gate(scope, depth)

    def _ignored(self, scope: Scope, depth: int) -> Statements:  # noqa: ARG002
        qubits = self._dice.pick(self._qubits(scope)).ref
        return (Barrier(qubits) if self._dice.chance(50) else Delay(qubits),)

    def _alias(self, scope: Scope, depth: int) -> Statements:
        dice, name = self._dice, f"r{next(self._names)}"
        vectors = [bits for bits in operands(dice, scope.bits, {}, sets=dice.chance(30)) if bits.width]
        if vectors and dice.chance(25):
            bits = dice.pick(vectors)
            scope.bits[name] = Places(bits.numbers, single=False)
            return (Let(name, (bits.ref,)),)
        qubits = [item for item in self._qubits(scope) if not isinstance(item.ref.index, str)]
        parts = disjoint(dice, [item for item in qubits if item.width] if dice.chance(50) else [dice.pick(qubits)])
        if not parts:
            return self._gate(scope, depth)
        numbers = tuple(number for part in parts for number in part.numbers)
        scope.qubits[name] = Places(numbers, single=parts[0].width is None)
        return (Let(name, tuple(part.ref for part in parts)),)

    # Classical

    def _declare(self, scope: Scope, depth: int) -> Statements:  # noqa: ARG002
        name, type_ = f"v{next(self._names)}", self._dice.pick(_TYPES)
        value = self._value(scope, type_)
        self._enter(scope, name, type_)
        return (Declare(type_, name, value),)

    def _assign(self, scope: Scope, depth: int) -> Statements:
        if not scope.variables:
            return self._gate(scope, depth)
        name, type_ = self._dice.pick(list(scope.variables.items()))
        op = "" if type_ == BOOL else self._dice.pick(("", *OPERATORS[type_.kind]))
        return (Assign(Ref(name), op, expression(self._dice, scope, type_) if op else self._value(scope, type_)),)

    def _assign_bits(self, scope: Scope, depth: int) -> Statements:
        targets = list(bit_operands(self._dice, scope).items())
        if not targets:
            return self._gate(scope, depth)
        ref, type_ = self._dice.pick(targets)
        op = self._dice.pick(("", *OPERATORS[Kind.BIT]))
        return (Assign(ref, op, expression(self._dice, scope, type_) if op else self._value(scope, type_)),)

    def _value(self, scope: Scope, type_: Type) -> Expression:
        """Returns what a variable can be set to: also what a subroutine returns, which stands in no other place."""
        returning = [called for called in self._subroutines if called[0].returns == type_]
        call = self._invocation(scope, *self._dice.pick(returning)) if returning and self._dice.chance(50) else None
        return call or expression(self._dice, scope, type_)

    def _call(self, scope: Scope, depth: int) -> Statements:
        call = self._invocation(scope, *self._dice.pick(self._subroutines)) if self._subroutines else None
        return self._gate(scope, depth) if call is None else (Invoke(call),)

    def _invocation(self, scope: Scope, subroutine: Subroutine, outcomes: int) -> Call | None:
        arguments: list[Ref | Expression] = []
        free = self._qubits(scope)
        for _, wanted in subroutine.parameters:
            if isinstance(wanted, Type):
                arguments.append(expression(self._dice, scope, wanted, 1))
                continue
            fitting = [item for item in free if item.width == wanted.width]
            if not fitting:
                return None
            item = self._dice.pick(fitting)
            arguments.append(item.ref)
            free = [other for other in free if set(other.numbers).isdisjoint(item.numbers)]
        return Call(subroutine.name, tuple(arguments)) if self._spend(outcomes) else None

    def _show(self, scope: Scope, statements: list[Statement]) -> tuple[Register, ...]:
        """Adds statements that write the program's variables to bits of the result, and returns their registers."""
        shown: list[Register] = []
        for name, type_ in scope.variables.items():
            register = f"o{next(self._names)}"
            shown.append((register, type_.width))
            if type_ == BOOL:
                statements.append(If(Value(Ref(name)), (Assign(Ref(register), "", Literal(1, BIT)),)))
            else:
                value = Cast(Type(Kind.BIT, type_.width), Value(Ref(name)))
                statements.append(Assign(Ref(register), "", value))
        return tuple(shown)

    def _enter(self, scope: Scope, name: str, type_: Type) -> None:
        if type_.kind is Kind.BIT:
            scope.bits[name] = self._places(type_.width)
        else:
            scope.variables[name] = type_

    def _spend(self, outcomes: int) -> bool:
        """Tells whether so many more outcomes are few enough, and counts them if so."""
        needed = outcomes * self._rounds
        if needed > self._outcomes:
            return False
        self._outcomes -= needed
        return True

    def _places(self, width: int | None) -> Places:
        return Places(tuple(next(self._names) for _ in range(width or 1)), single=width is None)

    def _numbered(self, registers: Sequence[Register]) -> dict[str, Places]:
        return {name: self._places(width) for name, width in registers}
