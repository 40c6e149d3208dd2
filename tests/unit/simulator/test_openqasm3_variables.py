"""What variables hold on every path through a program, told by counts."""

from collections.abc import Callable

import pytest

from qdm_driver import ExecutionResult

Run = Callable[..., ExecutionResult]

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\n'

TURNS_TWICE = """
go = measure q[0];
first = measure q[0];
while (go) {
  if (first) { seen = true; }
  if (seen) { x q[1]; }
  seen = false;
  go = first;
  first = measure q[2];
}
"""


@pytest.mark.parametrize("engine", ["qsim", "aer"])
@pytest.mark.parametrize(
    "statements",
    [
        pytest.param(f"while (seen) {{ seen = measure q[2]; }} {TURNS_TWICE}", id="a-loop-has-ended"),
        pytest.param(f"seen = measure q[2]; if (!seen) {{ {TURNS_TWICE} }}", id="a-branch-is-taken"),
    ],
)
def test_a_turn_of_a_loop_finds_what_the_turn_before_it_wrote(run: Run, statements: str, engine: str) -> None:
    program = f"""
    qubit[3] q; bit go; bit first; bool seen; output bit r;
    x q[0]; seen = measure q[0];
    {statements}
    r = measure q[1];
    """
    assert run(HEAD + program, engine=engine).counts == {"1": 1000}
