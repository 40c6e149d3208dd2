"""OpenQASM 3 that branches, loops and computes while it runs, against Microsoft's quantum development kit.

qdk has a reader and a simulator of its own. Its samples and ours must come from one distribution: how often an outcome
is among ours, given how often it is among both, is hypergeometric. All tests together fail right counts in less than
one run of a million; seeds are fixed.

qdk gives the value of each variable of the outermost scope, in the order of declaration, and a register's bits from
bit 0 on. Here the bits alone are looked at, and written as our bitstrings are: bit 0 rightmost.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import pytest
from corpora.dynamic_programs import DYNAMIC_PROGRAMS, HEAD
from qdk import Result
from qdk.openqasm import OutputSemantics, run
from scipy.stats import hypergeom

from qdm_driver import CircuitFormat, ExecutionResult

SHOTS = 1000
RATE = 1e-6 / len(DYNAMIC_PROGRAMS)

Execute = Callable[..., ExecutionResult]


@dataclass(frozen=True)
class Difference:
    """A program whose one outcome here is not qdk's."""

    program: str
    ours: str
    theirs: str


# By the specification bit 0 of a register is the rightmost and least significant one, and sized integers wrap around.
# That a program without measurement measures all is a convention of ours.
DIFFERENCES = {
    "a register as a number": Difference(
        "qubit[3] q; bit[2] c; bit two; x q[1]; c = measure q[0:1]; if (c == 2) { x q[2]; } two = measure q[2];",
        ours="110",
        theirs="010",
    ),
    "a register in order": Difference(
        "qubit[3] q; bit[2] c; bit below; x q[0]; c = measure q[0:1]; if (c < 2) { x q[2]; } below = measure q[2];",
        ours="101",
        theirs="001",
    ),
    "a register cast to a number": Difference(
        "qubit[2] q; bit[2] c; bit[2] d; x q[1]; c = measure q; uint[2] n = c; if (n == 1) { x q[0]; } d = measure q;",
        ours="1010",
        theirs="1110",
    ),
    "a number as a register": Difference(
        "qubit q; bit m; bit[3] c; uint[3] n = 6; c = n; m = measure q;", "1100", "0110"
    ),
    "a string of bits": Difference('qubit q; bit m; bit[3] c = "110"; m = measure q;', "1100", "0110"),
    "a uint wraps up": Difference(
        "qubit[2] q; bit[2] c; uint[2] n = 3; n = n + 2; if (n == 1) { x q[0]; } c = measure q;", "01", "00"
    ),
    "a uint wraps down": Difference(
        "qubit[2] q; bit[2] c; uint[3] n = 1; n = n - 2; if (n == 7) { x q[0]; } c = measure q;", "01", "00"
    ),
    "an int wraps": Difference(
        "qubit[2] q; bit[2] c; int[4] n = 7; n = n + 1; if (n == -8) { x q[0]; } c = measure q;", "01", "00"
    ),
    "no measurement measures all": Difference("qubit[2] q; x q[0];", "01", ""),
}


def sample(program: str, seed: int) -> Mapping[str, int]:
    shots = run(HEAD + program, shots=SHOTS, seed=seed, output_semantics=OutputSemantics.OpenQasm)
    return Counter("".join(reversed([*bits(shot)])) for shot in shots)


def bits(value: Any) -> Iterator[str]:
    """Yields the bits that are in a value, bit 0 of the first register first."""
    match value:
        case Result():
            yield "1" if value == Result.One else "0"
        case tuple() | list():
            for item in value:
                yield from bits(item)


def check_one_distribution(ours: Mapping[str, int], theirs: Mapping[str, int], rate: float) -> None:
    """Raises AssertionError where samples of SHOTS each differ too much; right ones do no oftener than the rate."""
    outcomes = ours.keys() | theirs.keys()
    for outcome in outcomes:
        mine, both = ours.get(outcome, 0), ours.get(outcome, 0) + theirs.get(outcome, 0)
        count = hypergeom(2 * SHOTS, both, SHOTS)
        tail = min(count.cdf(mine), count.sf(mine - 1))
        assert tail >= rate / (2 * len(outcomes)), f"{outcome}: {mine} of ours, {both - mine} of theirs"


@pytest.mark.parametrize("name", DYNAMIC_PROGRAMS)
def test_a_dynamic_program_has_one_distribution_here_and_there(simulate: Execute, name: str) -> None:
    program = DYNAMIC_PROGRAMS[name]
    ours = simulate(CircuitFormat.QASM3_TEXT, (HEAD + program).encode(), SHOTS, seed="1").counts
    check_one_distribution(ours, sample(program, seed=1), RATE)


@pytest.mark.parametrize("name", DIFFERENCES)
def test_a_difference_is_one_that_is_decided(simulate: Execute, name: str) -> None:
    difference = DIFFERENCES[name]
    text = (HEAD + difference.program).encode()
    assert simulate(CircuitFormat.QASM3_TEXT, text, SHOTS).counts == {difference.ours: SHOTS}
    assert sample(difference.program, seed=1) == {difference.theirs: SHOTS}
