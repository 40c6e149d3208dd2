"""Random calls of gates, and random gates made of them."""

from collections.abc import Sequence
from dataclasses import dataclass

from oracle.program import Angle, Apply, Control, GateDefinition, Inverse, Modifier, Power, Ref, Statement
from oracle.random_programs.dice import Dice
from oracle.random_programs.operands import Operand
from oracle.random_programs.signatures import Signature

_FRACTIONS = (0.5, 0.25, -0.5, 1.5, 1 / 3)


@dataclass(frozen=True)
class Style:
    """How gates are called: which ones, under which modifiers, by which angles."""

    gates: tuple[Signature, ...]
    modifiers: bool = False
    fractional_powers: bool = False
    quarter_turns: bool = False


def disjoint(dice: Dice, candidates: Sequence[Operand]) -> list[Operand]:
    """Returns operands in random order that share no place, all registers among them of one width."""
    chosen: list[Operand] = []
    rest = list(candidates)
    while rest:
        item = dice.pick(rest)
        chosen.append(item)
        widths = {other.width for other in chosen} - {None}
        rest = [
            other
            for other in rest
            if set(other.numbers).isdisjoint(item.numbers) and (other.width is None or {other.width} >= widths)
        ]
    return chosen


def gate_call(dice: Dice, style: Style, candidates: Sequence[Operand], names: Sequence[str]) -> Apply:
    """Returns a call on some of the candidates; ``names`` are those that an angle may be a multiple of."""
    qubits = disjoint(dice, candidates)
    fitting = [gate for gate in style.gates if gate.num_qubits <= len(qubits)]
    gate = dice.pick(fitting)
    spare = len(qubits) - gate.num_qubits
    modifiers, controls = _modifiers(dice, style, gate, spare) if style.modifiers and dice.chance(45) else ((), 0)
    angles = tuple(_angle(dice, style, names) for _ in range(gate.num_angles))
    return Apply(gate.name, angles, tuple(item.ref for item in qubits[: gate.num_qubits + controls]), modifiers)


def superposition(dice: Dice, qubits: Sequence[Ref]) -> list[Statement]:
    """Returns Hadamard gates on some of the qubits: they make phases visible."""
    return [Apply("h", (), (ref,)) for ref in qubits if dice.chance(60)]


def gate_definition(dice: Dice, style: Style, name: str) -> GateDefinition:
    """Returns a gate of up to three qubits and two parameters."""
    qubits = ("a", "b", "d")[: dice.number(1, 3)]
    parameters = ("alpha", "beta")[: dice.number(0, 2)] if not style.quarter_turns else ()
    candidates = [Operand(Ref(qubit), (number,), None) for number, qubit in enumerate(qubits)]
    body = tuple(gate_call(dice, style, candidates, parameters) for _ in range(dice.number(1, 4)))
    return GateDefinition(name, parameters, qubits, body)


def _modifiers(dice: Dice, style: Style, gate: Signature, spare: int) -> tuple[tuple[Modifier, ...], int]:
    """Returns modifiers, the outermost first, and the number of their controls."""
    modifiers: list[Modifier] = []
    controls = 0
    for _ in range(dice.number(1, 3)):
        kind = dice.number(0, 3)
        if kind == 0:
            modifiers.append(Inverse())
        elif kind == 1:
            fraction = style.fractional_powers and gate.num_qubits == 1 and dice.chance(50)
            modifiers.append(Power(dice.pick(_FRACTIONS) if fraction else dice.number(-2, 3)))
        elif controls < spare:
            count = dice.number(1, spare - controls)
            controls += count
            modifiers.append(Control(count, by_zero=kind == 3))
    return tuple(modifiers), controls


def _angle(dice: Dice, style: Style, names: Sequence[str]) -> Angle:
    name = dice.pick(names) if names and dice.chance(50) else None
    return Angle(dice.angle(quarter_turns=style.quarter_turns), name)
