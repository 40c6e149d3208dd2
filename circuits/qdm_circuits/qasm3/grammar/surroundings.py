"""What may stand where: the language's rules on what encloses a statement."""

from collections.abc import Mapping
from dataclasses import dataclass

from openqasm3 import ast

from qdm_circuits.qasm3.grammar.types import SCALAR_TYPES

ASSIGNMENT_OPERATORS = frozenset(operator.name for operator in ast.AssignmentOperator)
PRAGMAS = frozenset({"pragma", "#pragma"})

_DEFINITIONS = frozenset({"def", "gate"})
_LOOPS = frozenset({"for", "while"})
_LOOP_ONLY = frozenset({"break", "continue"})
_OUTSIDE_OF_BLOCKS: Mapping[str, str] = {
    "array": "arrays",
    "def": "subroutines",
    "defcalgrammar": "calibration grammars",
    "extern": "extern functions",
    "gate": "gate definitions",
    "include": "includes",
    "input": "inputs",
    "output": "outputs",
    "qreg": "qubit declarations",
    "qubit": "qubit declarations",
} | dict.fromkeys(PRAGMAS, "pragmas")
_NEVER_IN_GATES: Mapping[str, str] = (
    {"creg": "classical variables", "measure": "measurements", "reset": "resets"}
    | dict.fromkeys(SCALAR_TYPES, "classical variables")
    | dict.fromkeys(ASSIGNMENT_OPERATORS, "assignments")
)


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What encloses a statement: the word that starts the definition, if any, and whether a block and a loop do."""

    definition: str = ""
    in_block: bool = False
    in_loop: bool = False

    def inside(self, word: str) -> "Surroundings":
        """Returns what encloses the statements that belong to a statement with this first word."""
        if word in _DEFINITIONS:
            return Surroundings(word, in_block=True)
        return Surroundings(self.definition, in_block=True, in_loop=self.in_loop or word in _LOOPS)

    def objection(self, word: str) -> str | None:
        """Returns the sentence against a statement with this first word or assignment operator, if there is one."""
        if self.in_block and word in _OUTSIDE_OF_BLOCKS:
            return f"{_OUTSIDE_OF_BLOCKS[word]} must stand outside of all blocks"
        if word in _LOOP_ONLY and not self.in_loop:
            return f"'{word}' must stand in a loop"
        if word == "return" and self.definition != "def":
            return "'return' must stand in a subroutine"
        if word in _NEVER_IN_GATES and self.definition == "gate":
            return f"gates cannot have {_NEVER_IN_GATES[word]}"
        return None
