"""Random programs without control flow, which AQO and every other format can say; and those of OpenQASM 2."""

from collections.abc import Sequence
from dataclasses import replace

from hypothesis import strategies as st

from oracle.program import Angle, Apply, Barrier, Binary, If, Literal, Measure, Program, Ref, Reset, Statement, Value
from oracle.random_programs import signatures
from oracle.random_programs.dice import Dice
from oracle.random_programs.gate_calls import Style, gate_call, gate_definition, superposition
from oracle.random_programs.operands import Places, Register, operands, registers, singles
from oracle.random_programs.signatures import Signature

_NAMES = (("alpha", "beta"), ("gamma",))
_AQO = Style(signatures.AQO)
_QASM2 = Style(signatures.QASM2)
_MOST_OUTCOMES = 4
"""Of qubits measured or reset before the end."""


@st.composite
def flat_programs(draw: st.DrawFn) -> Program:
    """Draws programs over one register ``q``; their one register ``c`` is as wide as the highest bit written."""
    dice = Dice(draw)
    width = dice.pick((2, 3, 4, 1))
    symbols, inputs = (tuple((name, dice.angle()) for name in names if dice.chance(60)) for names in _NAMES)
    names = [name for name, _ in (*symbols, *inputs)]
    places = operands(dice, {"q": Places(tuple(range(width)), single=False)}, {}, sets=False)
    places = [item for item in places if item.width is None]
    outcomes, measuring = _MOST_OUTCOMES, dice.chance(90)
    each = [Ref("q", index) for index in range(width)]
    statements = superposition(dice, each)
    for _ in range(dice.many(1, 18)):
        qubits = tuple(dice.some(range(width), 1, 2))
        if measuring and len(qubits) <= outcomes and dice.chance(25):
            outcomes -= len(qubits)
            if dice.chance(30):
                statements.append(Reset(Ref("q", qubits)))
            else:
                bits = tuple(dice.some(range(width), len(qubits), len(qubits)))
                statements.append(Measure(Ref("q", qubits), Ref("c", bits), dice.pick("ZXY")))
        else:
            statements.append(_unscaled(gate_call(dice, _AQO, places, names)))
    statements += superposition(dice, each)
    if measuring:
        qubits = tuple(dice.some(range(width), 1, width))
        statements.append(Measure(Ref("q", qubits), Ref("c", tuple(range(len(qubits)))), dice.pick("ZXY")))
    written = [bit for item in statements if isinstance(item, Measure) for bit in _indices(item.bits)]
    bits_declared = (("c", max(written) + 1),) if written else ()
    used = {angle.name for item in statements if isinstance(item, Apply) for angle in item.angles}
    inputs = tuple((name, value) for name, value in inputs if name in used)
    return Program((("q", width),), bits_declared, tuple(statements), symbols=symbols, inputs=inputs)


def _unscaled(call: Apply) -> Apply:
    """Returns the call with symbols as they are: AQO has no expressions."""
    return replace(call, angles=tuple(angle if angle.name is None else Angle(1.0, angle.name) for angle in call.angles))


def _indices(ref: Ref | None) -> tuple[int, ...]:
    assert ref is not None
    assert isinstance(ref.index, tuple)
    return ref.index


@st.composite
def qasm2_programs(draw: st.DrawFn) -> Program:
    """Draws programs of several registers, gate definitions, broadcasts, and ``if (register == number)``."""
    dice = Dice(draw)
    qubits = registers(dice, "q", dice.pick((2, 3, 4, 1)), singles=False)
    bits = registers(dice, "c", dice.pick((2, 3, 4, 1)), singles=False)
    gates = tuple(gate_definition(dice, _QASM2, f"g{number}") for number in range(dice.number(0, 2)))
    own = tuple(Signature(gate.name, len(gate.parameters), len(gate.qubits)) for gate in gates)
    style = Style((*own, *signatures.QASM2))
    qubit_operands = operands(dice, _numbered(qubits), {}, sets=False)
    bit_operands = operands(dice, _numbered(bits), {}, sets=False)
    measuring = dice.chance(90)
    outcomes = _MOST_OUTCOMES if measuring else 0

    def instruction(*, conditional: bool) -> Statement:
        nonlocal outcomes
        kind = dice.number(0, 9)
        if kind > 6 and outcomes:
            pairs = [
                (item, target)
                for item in qubit_operands
                for target in bit_operands
                # Whether each measurement of a register asks a condition anew is not said anywhere.
                if item.width == target.width and len(item.numbers) <= (1 if conditional else outcomes)
            ]
            if pairs:
                item, target = dice.pick(pairs)
                outcomes -= len(item.numbers)
                return Reset(item.ref) if kind == 9 else Measure(item.ref, target.ref)
        if kind == 6 and not conditional:
            return Barrier(dice.pick(qubit_operands).ref)
        return gate_call(dice, style, qubit_operands, ())

    def branch() -> Statement:
        name, width = dice.pick(bits)
        condition = Binary("==", Value(Ref(name)), Literal(dice.number(0, 2 ** (width or 1) - 1)))
        return If(condition, (instruction(conditional=True),))

    statements: list[Statement] = superposition(dice, singles(qubits))
    statements += (branch() if dice.chance(20) else instruction(conditional=False) for _ in range(dice.many(1, 18)))
    statements += superposition(dice, singles(qubits))
    if measuring:
        pairs = list(zip(singles(qubits), singles(bits), strict=False))
        statements += (Measure(*pair) for pair in pairs[: dice.many(1, len(pairs))])
    return Program(qubits, bits, tuple(statements), gates)


def _numbered(declared: Sequence[Register]) -> dict[str, Places]:
    numbered: dict[str, Places] = {}
    first = 0
    for name, width in declared:
        assert width is not None
        numbered[name] = Places(tuple(range(first, first + width)), single=False)
        first += width
    return numbered
