"""Registers of qubits or of classical bits, and what operands select of them."""

from typing import NamedTuple

from qdm_circuits.qasm2.tokens import Tokens
from qdm_circuits.quoting import shown


class Operand(NamedTuple):
    """Bits of one register: all of them, or a ``single`` one."""

    indices: tuple[int, ...]
    single: bool


class Registers:
    """The registers of one kind, ``what`` they are made of; their bits are numbered in the order of declaration."""

    def __init__(self, what: str) -> None:
        self._what = what
        self.by_name: dict[str, tuple[int, ...]] = {}
        self.size = 0

    def declare(self, name: str, width: int) -> None:
        """Adds a register."""
        self.by_name[name] = tuple(range(self.size, self.size + width))
        self.size += width

    def read_name(self, tokens: Tokens) -> tuple[int, ...]:
        """Reads the name of a register and returns its bits. Raises InvalidRequestError where it is none."""
        start = tokens.start
        name = tokens.name(f"a register of {self._what}")
        if name not in self.by_name:
            raise tokens.invalid(start, f"{shown(name)} is no register of {self._what}")
        return self.by_name[name]

    def read_operand(self, tokens: Tokens) -> Operand:
        """Reads a register, or one bit of it. Raises InvalidRequestError where there is none."""
        indices = self.read_name(tokens)
        if not tokens.take("["):
            return Operand(indices, single=False)
        start = tokens.start
        index = tokens.integer("an index")
        if index >= len(indices):
            raise tokens.invalid(start, f"the last index of this register is {len(indices) - 1}")
        tokens.expect("]")
        return Operand(indices[index : index + 1], single=True)
