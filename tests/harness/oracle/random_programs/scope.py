"""What is in scope at a place of a random program."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from oracle.program import Type
from oracle.random_programs.operands import Places


@dataclass
class Scope:
    """Names by what they stand for. ``counters`` are loop variables with the values that they will take."""

    qubits: dict[str, Places] = field(default_factory=dict)
    bits: dict[str, Places] = field(default_factory=dict)
    variables: dict[str, Type] = field(default_factory=dict)
    read_only: dict[str, Type] = field(default_factory=dict)
    counters: dict[str, Sequence[int]] = field(default_factory=dict)
    in_loop: bool = False
    in_subroutine: bool = False
    returns: Type | None = None

    def child(self, *, in_loop: bool = False) -> "Scope":
        """Returns the scope of a block inside: what it declares is not seen outside."""
        return Scope(
            dict(self.qubits),
            dict(self.bits),
            dict(self.variables),
            dict(self.read_only),
            dict(self.counters),
            self.in_loop or in_loop,
            self.in_subroutine,
            self.returns,
        )

    def readable(self) -> dict[str, Type]:
        """Returns the variables whose value an expression may use."""
        return self.variables | self.read_only
