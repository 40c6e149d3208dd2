"""Statements that leave what they stand in: break, continue, return, end. Each sets a flag that skips what follows."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace

from qdm_circuits.qasm3.bits import Bit, disjunction
from qdm_circuits.qasm3.memory import Memory


@dataclass(frozen=True, slots=True)
class Flags:
    """The hidden bits that are 1 after such a statement; ``None`` where there is nothing to leave."""

    end: int
    leave: int | None = None
    next: int | None = None
    back: int | None = None


class Exits:
    """The flags of the innermost loop and subroutine."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.flags = Flags(self._flag())

    def taken(self) -> Bit:
        """Returns whether what follows here is skipped."""
        flags = self.flags
        return self._any(flags.end, flags.leave, flags.next, flags.back)

    def loop_left(self) -> Bit:
        """Returns whether the innermost loop is done with."""
        flags = self.flags
        return self._any(flags.end, flags.leave, flags.back)

    def set(self, flag: int) -> None:
        """Takes an exit."""
        self._memory.write((flag,), (True,))

    def clear(self, flag: int) -> None:
        """Makes ready for an exit that was taken before."""
        self._memory.write((flag,), (False,))

    @contextmanager
    def loop(self) -> Iterator[int]:
        """Enters a loop. Gives the flag that is to be cleared where an iteration begins."""
        outer = self.flags
        leave, following = self._flag(), self._flag()
        self.flags = replace(outer, leave=leave, next=following)
        try:
            yield following
        finally:
            self.flags = outer
            self._memory.drop((leave, following))

    @contextmanager
    def subroutine(self) -> Iterator[None]:
        """Enters a subroutine."""
        outer = self.flags
        back = self._flag()
        self.flags = Flags(outer.end, back=back)
        try:
            yield
        finally:
            self.flags = outer
            self._memory.drop((back,))

    def _flag(self) -> int:
        (flag,) = self._memory.hidden(1)
        self.clear(flag)
        return flag

    def _any(self, *flags: int | None) -> Bit:
        return disjunction(self._memory.read(flag) for flag in flags if flag is not None)
