"""Classical bits while a program is lowered: what is known of each, and what must be written when the program runs.

Bits of the result are numbered from 0. Hidden bits, which hold all other variables, have negative numbers meanwhile.
A hidden bit that is written with a known value is only remembered; it is written to in fact where two paths meet that
remember different values.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from qdm_circuits.circuit import Assign, Measure, Operation
from qdm_circuits.conditions import ALWAYS, NEVER, AllOf, AnyOf, BitsEqual, Condition, Not, clbits_of
from qdm_circuits.limits import Work
from qdm_circuits.qasm3.bits import Bit, Bits
from qdm_circuits.qasm3.constants import Number

_OPERATION = 6
_HIDDEN_BIT = 4


@dataclass(slots=True)
class State:
    """What is known at one point of the program.

    ``stale`` are the bits whose known value was not written. ``numbers`` are the variables that no bits hold, ``None``
    where the value depends on a measurement.
    """

    known: dict[int, bool] = field(default_factory=dict)
    stale: set[int] = field(default_factory=set)
    numbers: dict[int, Number | None] = field(default_factory=dict)

    @property
    def size(self) -> int:
        """Number of values that are known."""
        return len(self.known) + len(self.numbers)

    def copy(self) -> "State":
        """Returns one that changes by itself."""
        return State(dict(self.known), set(self.stale), dict(self.numbers))


class Mark(NamedTuple):
    """A point that lowering may go back to: its state, and how much had been done."""

    state: State
    operations: int
    bits: int
    numbers: int


class Memory:
    """The state at the point that lowering has come to, and the operations of the block that it is in."""

    def __init__(self, work: Work) -> None:
        self.state = State()
        self._work = work
        self.operations: list[Operation] = []
        self._hidden = 0
        self._numbers = 0
        self._bits_before: list[tuple[State, int, bool | None, bool]] = []
        self._numbers_before: list[tuple[State, int, Number | None]] = []

    def hidden(self, width: int) -> tuple[int, ...]:
        """Returns new hidden bits. What they hold is not known; write them first."""
        self._work.spend(_HIDDEN_BIT * width)
        self._hidden += width
        return tuple(-place for place in range(self._hidden - width + 1, self._hidden + 1))

    def new_number(self) -> int:
        """Returns the key of a new variable that no bits hold."""
        self._work.spend(_HIDDEN_BIT)
        self._numbers += 1
        self.state.numbers[self._numbers] = 0.0
        return self._numbers

    def write_number(self, key: int, value: Number) -> None:
        """Writes a variable that no bits hold."""
        self._numbers_before.append((self.state, key, self.state.numbers[key]))
        self.state.numbers[key] = value

    def declare_output(self, clbits: Iterable[int]) -> None:
        """Takes bits of the result, which are 0."""
        self.state.known.update(dict.fromkeys(clbits, False))

    def read(self, clbit: int) -> Bit:
        """Returns what the bit holds."""
        known = self.state.known.get(clbit)
        return BitsEqual((clbit,), 1) if known is None else known

    def measure(self, qubit: int, clbit: int | None) -> None:
        """Lets the qubit be measured, and its outcome be written unless ``clbit`` is ``None``."""
        self._append(Measure(qubit, clbit))
        if clbit is not None:
            self._forget(clbit)

    def write(self, clbits: Sequence[int], bits: Bits) -> None:
        """Writes all bits at once, as if each were read before any is written."""
        known: list[tuple[int, bool]] = []
        unknown: list[tuple[int, Condition]] = []
        for clbit, bit in zip(clbits, bits, strict=True):
            if isinstance(bit, bool):
                known.append((clbit, bit))
            elif bit != BitsEqual((clbit,), 1):
                unknown.append((clbit, bit))
        targets = set(clbits)
        if any(not targets.isdisjoint(clbits_of(bit)) for _, bit in unknown):
            unknown = [(clbit, self._copied(bit)) for clbit, bit in unknown]
        for clbit, bit in unknown:
            self._assign(clbit, bit)
        for clbit, value in known:
            self._write_known(clbit, known=value)

    def settle(self, bit: Bit) -> Bit:
        """Returns the bit, as one that is known or stands in a hidden bit of its own."""
        return bit if isinstance(bit, bool) else self._copied(bit)

    def assume(self, condition: Bit, *, holds: bool) -> None:
        """Learns from a condition that is known to hold, or not to, on a path of its own."""
        match condition:
            case BitsEqual((clbit,), value):
                self.state.known[clbit] = holds == bool(value)
            case BitsEqual(clbits, value) if holds:
                self.state.known.update({clbit: bool(value >> place & 1) for place, clbit in enumerate(clbits)})
            case AllOf(conditions) if holds:
                for item in conditions:
                    self.assume(item, holds=True)
            case AnyOf(conditions) if not holds:
                for item in conditions:
                    self.assume(item, holds=False)
            case Not(inner):
                self.assume(inner, holds=not holds)

    def collected(self, lower: Callable[[], None]) -> list[Operation]:
        """Lowers an inner block and returns its operations."""
        outer, self.operations = self.operations, []
        try:
            lower()
            return self.operations
        finally:
            self.operations = outer

    def join(self, one: State, other: State) -> tuple[list[Assign], list[Assign]]:
        """Goes on from where two paths meet. Returns what must be written at the end of each."""
        differing = {clbit for clbit, _ in one.known.items() ^ other.known.items()}
        writes = tuple(
            [_constant(clbit, state.known[clbit]) for clbit in sorted(differing & state.stale)]
            for state in (one, other)
        )
        known = dict(one.known.items() & other.known.items())
        numbers = {
            key: value if key in other.numbers and other.numbers[key] == value else None
            for key, value in one.numbers.items()
        }
        self.state = State(known, (one.stale | other.stale) & known.keys(), numbers)
        return writes[0], writes[1]

    def mark(self) -> Mark:
        """Returns this point, for ``written_since`` and ``roll_back``."""
        return Mark(self.state, len(self.operations), len(self._bits_before), len(self._numbers_before))

    def written_since(self, mark: Mark) -> set[int]:
        """Returns the bits that were written since a point, known or not."""
        return {clbit for _, clbit, _, _ in self._bits_before[mark.bits :]}

    def roll_back(self, mark: Mark) -> None:
        """Goes back to a point of this block."""
        while len(self._bits_before) > mark.bits:
            state, clbit, known, stale = self._bits_before.pop()
            (state.stale.add if stale else state.stale.discard)(clbit)
            if known is None:
                state.known.pop(clbit, None)
            else:
                state.known[clbit] = known
        while len(self._numbers_before) > mark.numbers:
            state, key, number = self._numbers_before.pop()
            state.numbers[key] = number
        del self.operations[mark.operations :]
        self.state = mark.state

    def drop(self, clbits: Iterable[int]) -> None:
        """Forgets hidden bits that nothing reads any more."""
        for clbit in clbits:
            self._forget(clbit)

    def forget_marks(self) -> None:
        """Ends the use of all points so far."""
        self._bits_before.clear()
        self._numbers_before.clear()

    def _copied(self, bit: Condition) -> Condition:
        (clbit,) = self.hidden(1)
        self._assign(clbit, bit)
        return BitsEqual((clbit,), 1)

    def _assign(self, clbit: int, bit: Condition) -> None:
        self._append(Assign(clbit, bit))
        self._forget(clbit)

    def _write_known(self, clbit: int, *, known: bool) -> None:
        if self.state.known.get(clbit) is known:
            return
        self._note(clbit)
        self.state.known[clbit] = known
        if clbit >= 0:
            self._append(_constant(clbit, known))
        else:
            self.state.stale.add(clbit)

    def _forget(self, clbit: int) -> None:
        self._note(clbit)
        self.state.known.pop(clbit, None)
        self.state.stale.discard(clbit)

    def _append(self, operation: Measure | Assign) -> None:
        self._work.make(1)
        self._work.spend(_OPERATION)
        self.operations.append(operation)

    def _note(self, clbit: int) -> None:
        state = self.state
        self._bits_before.append((state, clbit, state.known.get(clbit), clbit in state.stale))


def _constant(clbit: int, value: bool) -> Assign:  # noqa: FBT001 - a bit's value
    return Assign(clbit, ALWAYS if value else NEVER)
