"""A short cut for programs without control flow, modifiers and definitions, which most programs are.

One regular expression a statement takes a third of the time that a syntax tree and its lowering take. This module knows
a subset of the language and no errors: whatever it does not know, or finds wrong, the complete way tells.
"""

import math
import re
from collections.abc import Iterable
from itertools import repeat

from qdm_circuits.circuit import Measure, Operation, Register, Reset, make_circuit
from qdm_circuits.gates import GLOBAL_PHASE
from qdm_circuits.limits import MAX_CLBITS, MAX_OPERATIONS, MAX_QUBITS
from qdm_circuits.qasm3.constants import CONSTANTS
from qdm_circuits.qasm3.grammar.tokens import KEYWORDS
from qdm_circuits.qasm3.standard_gates import BUILTIN_GATES, STDGATES, StandardGate
from qdm_circuits.text_program import TextProgram

# Text is matched with all spaces gone that separate nothing, by quantifiers that never give back what they took: so no
# input makes the matching take longer than a few passes.
_NAME = r"[A-Za-z_][A-Za-z0-9_]*+"
_INT = r"(?:0|[1-9][0-9]{0,8})"
_OPERAND = rf"{_NAME}(?:\[{_INT}\])?+"
_OPERANDS = rf"{_OPERAND}(?:,{_OPERAND})*+"
_STATEMENT = re.compile(
    rf"""(?:
      (?P<measure>(?P<to>{_OPERAND})=measure[ ](?P<of>{_OPERAND})
                |measure[ ](?P<from>{_OPERAND})->(?P<into>{_OPERAND}))
    | (?P<declare>(?P<kind>qubit|bit)(?:\[(?P<size>{_INT})\]|[ ])(?P<declared>{_NAME})
                |(?P<old_kind>qreg|creg)[ ](?P<old_declared>{_NAME})\[(?P<old_size>{_INT})\])
    | (?P<version>OPENQASM[ ]3(?:\.[01])?)
    | (?P<include>include"stdgates\.inc")
    | reset[ ](?P<reset>{_OPERAND})
    | barrier[ ](?P<barrier>{_OPERANDS})
    | (?P<gate>{_NAME})(?:\((?P<angles>[^();]*+)\)|[ ])(?P<operands>{_OPERANDS})
    );""",
    re.VERBOSE,
)
_COMMENT = re.compile(r"//[^\n\r]*")
_OTHER_SPACES = "\v\f\x1c\x1d\x1e\x1f"  # which Python takes for spaces and OpenQASM does not
_SPACE_BESIDE_PUNCTUATION = re.compile(r' (?:(?=->|[;,()\[\]=*/"])|(?<=[;,()\[\]=*/"] )|(?<=-> ))')
_OPERAND_PARTS = re.compile(rf"({_NAME})(?:\[({_INT})\])?+")
_FLOAT = r"(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?|[0-9]+[eE][+-]?[0-9]+"
# By far the most statements: a gate of one or two qubits, with a decimal for an angle or none.
_INDEXED = rf"{_NAME}\[{_INT}\]"
_COMMON_GATE = re.compile(rf"({_NAME})(?:\((-?[0-9]{{1,20}}\.[0-9]{{1,20}})\)| )({_INDEXED})(?:,({_INDEXED}))?+;")
_ANGLE = re.compile(rf"(- ?)?(?:({_FLOAT}|{_INT})(?:\*(pi|{_FLOAT}))?|(pi))(?:/({_FLOAT}|{_INT}))?")
_RESERVED = KEYWORDS | {"nop", "sizeof"}

_Register = tuple[range, bool]
_Operand = tuple[str, str]


class _Unknown(Exception):  # noqa: N818 - no error: the complete way is asked
    """The program has something that this module does not know."""


def read_straight_line(text: str) -> TextProgram | None:
    """Returns the circuit, or ``None`` where the program is not one of the common kind or not right."""
    try:
        return _Reader().read(text)
    except _Unknown:
        return None


class _Reader:
    def __init__(self) -> None:
        self._gates: dict[str, StandardGate] = dict(BUILTIN_GATES)
        self._qubits: dict[str, _Register] = {}
        self._bits: dict[str, _Register] = {}
        self._known_qubits: dict[str, int] = {}
        self._num_qubits = 0
        self._num_clbits = 0
        self._operations: list[Operation] = []
        self._barriers = False

    def read(self, text: str) -> TextProgram:
        text = _COMMENT.sub(" ", text)
        if not text.isascii() or any(space in text for space in _OTHER_SPACES):
            raise _Unknown
        text = _SPACE_BESIDE_PUNCTUATION.sub("", " ".join(text.split()))
        position = 0
        while position < len(text):
            found = _COMMON_GATE.match(text, position)
            if found and (gate := self._gates.get(found[1])):
                self._common_gate(gate, *found.groups()[1:])
            else:
                found = _STATEMENT.match(text, position)
                if found is None or (found["version"] and position):
                    raise _Unknown
                self._statement(found)
            if len(self._operations) > MAX_OPERATIONS // 2:
                raise _Unknown
            position = found.end()
        if not self._num_qubits:
            raise _Unknown
        registers = (Register(name, len(indices)) for name, (indices, _) in self._bits.items())
        circuit = make_circuit(self._num_qubits, registers, self._operations)
        return TextProgram(circuit, ("barrier",) if self._barriers else ())

    def _common_gate(self, gate: StandardGate, angle: str | None, one: str, other: str | None) -> None:
        params = (float(angle),) if angle else ()
        qubits = (self._qubit(one), self._qubit(other)) if other else (self._qubit(one),)
        self._append(gate, qubits, params)

    def _qubit(self, operand: str) -> int:
        qubit = self._known_qubits.get(operand)
        if qubit is None:
            qubit = self._known_qubits[operand] = self._resolve(_parts(operand), self._qubits)[0][0]
        return qubit

    def _statement(self, found: re.Match[str]) -> None:
        if found["gate"]:
            self._gate(found["gate"], found["angles"], _OPERAND_PARTS.findall(found["operands"]))
        elif found["measure"]:
            self._measure(found["of"] or found["from"], found["to"] or found["into"])
        elif found["declare"]:
            self._declare(found)
        elif found["reset"]:
            self._operations += map(Reset, self._resolve(_parts(found["reset"]), self._qubits)[0])
        elif found["barrier"]:
            self._barriers = True
            for operand in _OPERAND_PARTS.findall(found["barrier"]):
                self._resolve(operand, self._qubits)
        elif found["include"]:
            if self._gates.keys() & STDGATES.keys() or STDGATES.keys() & self._declared():
                raise _Unknown
            self._gates |= STDGATES

    def _declared(self) -> Iterable[str]:
        return self._qubits.keys() | self._bits.keys()

    def _declare(self, found: re.Match[str]) -> None:
        name = found["declared"] or found["old_declared"]
        size = found["size"] or found["old_size"]
        width = 1 if size is None else int(size)
        if not width or name in self._declared() or name in self._gates or name in _RESERVED or name in CONSTANTS:
            raise _Unknown
        if (found["kind"] or found["old_kind"]).startswith("q"):
            start = self._num_qubits
            self._num_qubits += width
            self._qubits[name] = range(start, start + width), size is None
        else:
            start = self._num_clbits
            self._num_clbits += width
            self._bits[name] = range(start, start + width), size is None
        if self._num_qubits > MAX_QUBITS or self._num_clbits > MAX_CLBITS:
            raise _Unknown

    def _measure(self, qubit: str, clbit: str) -> None:
        qubits, _ = self._resolve(_parts(qubit), self._qubits)
        clbits, _ = self._resolve(_parts(clbit), self._bits)
        if len(qubits) != len(clbits):
            raise _Unknown
        self._operations += map(Measure, qubits, clbits)

    def _gate(self, name: str, angles: str | None, parts: list[_Operand]) -> None:
        gate = self._gates.get(name)
        params = tuple(map(_angle, angles.split(","))) if angles and angles.strip() else ()
        if gate is None:
            raise _Unknown
        operands = [self._resolve(part, self._qubits) for part in parts]
        widths = {len(indices) for indices, single in operands if not single}
        if len(widths) > 1:
            raise _Unknown
        columns = (repeat(indices[0]) if widths and single else indices for indices, single in operands)
        for qubits in zip(*columns, strict=False):
            self._append(gate, qubits, params)

    def _append(self, gate: StandardGate, qubits: tuple[int, ...], params: tuple[float, ...]) -> None:
        if len(params) != gate.num_params or len(qubits) != gate.num_qubits or len(set(qubits)) < len(qubits):
            raise _Unknown
        pieces = gate.expand(qubits, params)
        self._operations += pieces if len(pieces) == 1 else [piece for piece in pieces if piece.name != GLOBAL_PHASE]

    def _resolve(self, operand: _Operand, registers: dict[str, _Register]) -> _Register:
        name, index = operand
        if name not in registers:
            raise _Unknown
        indices, single = registers[name]
        if not index:
            return indices, single
        if single or int(index) >= len(indices):
            raise _Unknown
        return indices[int(index) : int(index) + 1], True


def _parts(operand: str) -> _Operand:
    found = _OPERAND_PARTS.fullmatch(operand)
    if found is None:
        raise _Unknown
    return found[1], found[2]


def _angle(text: str) -> float:
    """Evaluates in the language's order: the sign first, then from left to right."""
    found = _ANGLE.fullmatch(text)
    if found is None:
        raise _Unknown
    sign, number, factor, pi, divisor = found.groups()
    if divisor and not factor and not pi and number.isdigit():
        raise _Unknown
    value = math.pi if pi else float(number)
    value = -value if sign else value
    if factor:
        value *= math.pi if factor == "pi" else float(factor)
    if divisor:
        if not float(divisor):
            raise _Unknown
        value /= float(divisor)
    if not math.isfinite(value):
        raise _Unknown
    return value
