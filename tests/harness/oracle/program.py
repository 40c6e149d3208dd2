"""The language of the tests: what any payload format can say, and no more.

A program's qubits are numbered over its quantum registers, its bits over its classical ones, the first register first.
"""

from dataclasses import dataclass, replace
from enum import StrEnum


class Kind(StrEnum):
    """What a classical value is."""

    BOOL = "bool"
    BIT = "bit"
    INT = "int"
    UINT = "uint"


@dataclass(frozen=True)
class Type:
    """A classical type; a width of ``None`` is a truth value or a single bit."""

    kind: Kind
    width: int | None = None


BOOL = Type(Kind.BOOL)
BIT = Type(Kind.BIT)


@dataclass(frozen=True)
class Slice:
    """Indices from ``start`` to ``stop``, which is one of them where the steps meet it."""

    start: int
    step: int
    stop: int

    @property
    def numbers(self) -> range:
        """The indices in order."""
        return range(self.start, self.stop + (1 if self.step > 0 else -1), self.step)


@dataclass(frozen=True)
class Ref:
    """A register, or some of it: one index (a number or a loop's variable), a slice, a set of indices."""

    name: str
    index: int | str | Slice | tuple[int, ...] | None = None


# Expressions


@dataclass(frozen=True)
class Literal:
    """A value of a type; without a type, an integer that takes the type of what is beside it."""

    value: int
    type: Type | None = None


@dataclass(frozen=True)
class Value:
    """What a variable, a register or one of its bits holds."""

    ref: Ref


@dataclass(frozen=True)
class Unary:
    """One of ``! ~ -``."""

    op: str
    operand: "Expression"


@dataclass(frozen=True)
class Binary:
    """Arithmetic, bitwise, comparison or logical; both sides have one type, but for the right side of a shift."""

    op: str
    left: "Expression"
    right: "Expression"


@dataclass(frozen=True)
class Cast:
    """The value as another type of the same width, or as a truth value."""

    type: Type
    operand: "Expression"


@dataclass(frozen=True)
class Measured:
    """The outcome of measuring a qubit or a register."""

    qubits: Ref


@dataclass(frozen=True)
class Call:
    """What a subroutine returns; qubits are passed as references, the rest by value."""

    name: str
    arguments: "tuple[Ref | Expression, ...]"


Expression = Literal | Value | Unary | Binary | Cast | Measured | Call


# Gates


@dataclass(frozen=True)
class Angle:
    """``factor`` radians, or that many times the value of a gate's parameter, a symbol or a loop's variable."""

    factor: float
    name: str | None = None


@dataclass(frozen=True)
class Control:
    """``ctrl`` or ``negctrl`` by a number of qubits."""

    count: int
    by_zero: bool


@dataclass(frozen=True)
class Inverse:
    """``inv``."""


@dataclass(frozen=True)
class Power:
    """``pow``."""

    exponent: float


Modifier = Control | Inverse | Power


@dataclass(frozen=True)
class Apply:
    """A gate under modifiers, the outermost first; registers of one width are gone through side by side."""

    gate: str
    angles: tuple[Angle, ...]
    qubits: tuple[Ref, ...]
    modifiers: tuple[Modifier, ...] = ()


@dataclass(frozen=True)
class GateDefinition:
    """A gate made of other gates."""

    name: str
    parameters: tuple[str, ...]
    qubits: tuple[str, ...]
    body: tuple[Apply, ...]


# Statements


@dataclass(frozen=True)
class Measure:
    """Measures qubits into as many bits, in the basis X, Y or Z; without bits the outcomes are forgotten."""

    qubits: Ref
    bits: Ref | None
    basis: str = "Z"


@dataclass(frozen=True)
class Reset:
    """Brings qubits to |0>."""

    qubits: Ref


@dataclass(frozen=True)
class Barrier:
    """Does nothing."""

    qubits: Ref


@dataclass(frozen=True)
class Delay:
    """Does nothing for some nanoseconds."""

    qubits: Ref


@dataclass(frozen=True)
class Declare:
    """A variable of the block that it stands in; bits that no block holds belong to the result, after the registers."""

    type: Type
    name: str
    value: Expression


@dataclass(frozen=True)
class Let:
    """Another name for registers, or parts of them, in a row."""

    name: str
    parts: tuple[Ref, ...]


@dataclass(frozen=True)
class Assign:
    """Writes a variable, a register or a bit; ``op`` is empty or the operator before the ``=``."""

    target: Ref
    op: str
    value: Expression


@dataclass(frozen=True)
class Invoke:
    """Calls a subroutine for what it does."""

    call: Call


@dataclass(frozen=True)
class If:
    """One of two blocks."""

    condition: Expression
    then: "tuple[Statement, ...]"
    otherwise: "tuple[Statement, ...]" = ()


@dataclass(frozen=True)
class While:
    """A block, as long as the condition holds before it."""

    condition: Expression
    body: "tuple[Statement, ...]"


@dataclass(frozen=True)
class For:
    """A block for each value of a range, of a set, or of the bits of a register."""

    type: Type
    name: str
    values: Slice | tuple[int, ...] | Ref
    body: "tuple[Statement, ...]"


@dataclass(frozen=True)
class Switch:
    """The block whose labels hold the target's value, or else the default."""

    target: Expression
    cases: "tuple[tuple[tuple[int, ...], tuple[Statement, ...]], ...]"
    default: "tuple[Statement, ...] | None"


@dataclass(frozen=True)
class Break:
    """Leaves the innermost loop."""


@dataclass(frozen=True)
class Continue:
    """Goes on with the innermost loop's next round."""


@dataclass(frozen=True)
class End:
    """Ends the program."""


@dataclass(frozen=True)
class Return:
    """Leaves the subroutine."""

    value: Expression | None


Statement = (
    Apply
    | Measure
    | Reset
    | Barrier
    | Delay
    | Declare
    | Let
    | Assign
    | Invoke
    | If
    | While
    | For
    | Switch
    | Break
    | Continue
    | End
    | Return
)


@dataclass(frozen=True)
class Wires:
    """The type of a register of qubits; a width of ``None`` is a single qubit."""

    width: int | None = None


@dataclass(frozen=True)
class Subroutine:
    """A subroutine; it sees its parameters only."""

    name: str
    parameters: tuple[tuple[str, Wires | Type], ...]
    returns: Type | None
    body: tuple[Statement, ...]


@dataclass(frozen=True)
class Program:
    """Registers by name, a width of ``None`` being a single one; angles by name, some given by the request."""

    qubits: tuple[tuple[str, int | None], ...]
    bits: tuple[tuple[str, int | None], ...]
    statements: tuple[Statement, ...]
    gates: tuple[GateDefinition, ...] = ()
    subroutines: tuple[Subroutine, ...] = ()
    symbols: tuple[tuple[str, float], ...] = ()
    inputs: tuple[tuple[str, float], ...] = ()

    def with_inputs_bound(self) -> "Program":
        """Returns the program with its inputs as symbols."""
        return replace(self, symbols=(*self.symbols, *self.inputs), inputs=())

    @property
    def angles(self) -> dict[str, float]:
        """Values of symbols and inputs by name."""
        return dict(self.symbols) | dict(self.inputs)

    @property
    def options(self) -> dict[str, str]:
        """The request's options that give the inputs."""
        return {name: repr(value) for name, value in self.inputs}
