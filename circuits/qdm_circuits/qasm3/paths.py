"""Paths through a program: branches, loops, and what is known where paths meet."""

from collections.abc import Callable, Iterable

from openqasm3 import ast

from qdm_circuits.circuit import Assign, Branch, Measure, Operation, While, flatten
from qdm_circuits.conditions import BitsEqual, clbits_of
from qdm_circuits.limits import Work
from qdm_circuits.qasm3.bits import Bit
from qdm_circuits.qasm3.constants import RemainderError
from qdm_circuits.qasm3.memory import Memory, State
from qdm_circuits.qasm3.places import invalid, unsupported
from qdm_circuits.qasm3.values import NotKnown
from qdm_driver.errors import InvalidRequestError

Lower = Callable[[], None]

_BRANCH = 24
_UNKNOWN = 30

MAX_NESTED_PATHS = 60
"""Branches and loops in one another."""

MAX_UNKNOWN_BITS = 10
"""Classical bits of which one statement may need to know the values: it is lowered for each combination of them."""


class Paths:
    """Lowers what is taken on some paths only."""

    def __init__(self, memory: Memory, work: Work) -> None:
        self._memory = memory
        self._work = work
        self._nested = 0
        self._statements = 0

    def branch(self, condition: Bit, then: Lower, otherwise: Lower, node: ast.QASMNode) -> None:
        """Lowers the side that is taken, or both where that is not known."""
        if isinstance(condition, bool):
            (then if condition else otherwise)()
            return
        before = self._memory.state
        self._work.spend(_BRANCH + before.size)
        then_operations, then_state = self._side(before, condition, then, node, holds=True)
        otherwise_operations, otherwise_state = self._side(before, condition, otherwise, node, holds=False)
        then_writes, otherwise_writes = self._memory.join(then_state, otherwise_state)
        sides = (*then_operations, *then_writes), (*otherwise_operations, *otherwise_writes)
        if any(sides):
            self._memory.operations.append(Branch(condition, *sides))

    def specialised(self, lower: Lower) -> None:
        """Lowers a statement; where it needs to know a bit that is not known, once for each value of the bit.

        A value for which the statement is wrong, such as an index that is out of range, does nothing. Where it is wrong
        for all, the error is raised; and also where an angle or a float would lose a remainder for one of them.
        """
        self._statements += 1
        try:
            error = self._specialised(lower, 0)
        finally:
            self._statements -= 1
        if error is not None:
            raise error
        if not self._statements:
            self._memory.forget_marks()

    def _specialised(self, lower: Lower, known_bits: int) -> InvalidRequestError | None:
        mark = self._memory.mark()
        try:
            lower()
        except NotKnown as missing:
            if missing.clbit in self._memory.written_since(mark):
                raise unsupported(missing.node, "values that a statement measures and needs to know itself") from None
            if known_bits == MAX_UNKNOWN_BITS:
                raise unsupported(missing.node, f"values of more than {MAX_UNKNOWN_BITS} measured bits here") from None
            self._memory.roll_back(mark)
            self._work.spend(_UNKNOWN)
            errors: list[InvalidRequestError | None] = []

            def again() -> None:
                errors.append(self._specialised(lower, known_bits + 1))

            self.branch(BitsEqual((missing.clbit,), 1), again, again, missing.node)
            return errors[0] if all(errors) else None
        except RemainderError:
            raise
        except InvalidRequestError as error:
            self._memory.roll_back(mark)
            return error
        return None

    def loop(self, condition: Callable[[], Bit], body: Lower, node: ast.QASMNode) -> None:
        """Lowers a loop whose condition is not known before the program runs.

        What the body changes is not known where the loop begins, so it is lowered until nothing new turns up. Reading
        the condition must need no operations.
        """
        while True:
            head = self._memory.state
            self._work.spend(_BRANCH + head.size)
            self._memory.state = head.copy()
            goes_on = condition()
            self._memory.assume(goes_on, holds=True)
            operations = self._inside(body, node)
            before_writes, end_writes = self._memory.join(head, self._memory.state)
            self._memory.operations += before_writes
            if _is_settled(head, self._memory.state):
                break
        operations += end_writes
        if isinstance(goes_on, bool) or _written(operations).isdisjoint(clbits_of(goes_on)):
            raise invalid(node, "nothing in this loop changes its condition, so it would never end")
        self._memory.operations.append(While(goes_on, tuple(operations)))
        self._memory.assume(goes_on, holds=False)

    def _side(
        self, before: State, condition: Bit, lower: Lower, node: ast.QASMNode, *, holds: bool
    ) -> tuple[list[Operation], State]:
        self._memory.state = before.copy()
        self._memory.assume(condition, holds=holds)
        return self._inside(lower, node), self._memory.state

    def _inside(self, lower: Lower, node: ast.QASMNode) -> list[Operation]:
        if self._nested == MAX_NESTED_PATHS:
            raise unsupported(node, f"more than {MAX_NESTED_PATHS} branches and loops in one another")
        self._nested += 1
        try:
            return self._memory.collected(lower)
        finally:
            self._nested -= 1


def _is_settled(head: State, joined: State) -> bool:
    """Tells whether a loop's body, lowered from ``head``, is right for what its end joins to that."""
    # Less and less is known, and ever more of it is stale.
    return len(joined.known) == len(head.known) and joined.numbers == head.numbers and joined.stale <= head.stale


def _written(operations: Iterable[Operation]) -> set[int]:
    return {item.clbit for item in flatten(operations) if isinstance(item, Assign | Measure) and item.clbit is not None}
