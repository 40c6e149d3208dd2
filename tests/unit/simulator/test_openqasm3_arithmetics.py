"""What OpenQASM 3 expressions come to, told by outputs and gates."""

from collections.abc import Callable

import pytest

from qdm_driver import ExecutionResult

Run = Callable[..., ExecutionResult]

HEAD = 'OPENQASM 3.0;\ninclude "stdgates.inc";\nqubit q;\n'


@pytest.mark.parametrize(
    ("statements", "bits"),
    [
        ('output angle[4] b; angle[4] a = "0011"; b = a / 2;', "0001"),
        ('output angle[4] b; angle[4] a = "0111"; b = a / 2;', "0011"),
        ("output angle[4] a; a = 7 * (pi / 8); a /= 2;", "0011"),
        ('output angle[4] b; angle[4] a = "1111"; b = a / 16;', "0000"),
        ('output angle[4] b; angle[4] a = "0111"; uint[2] n = 3; b = a / n;', "0010"),
        ('output angle[4] b; angle[4] a = "0111"; bool n = true; b = a / n;', "0111"),
        ('output uint[4] n; angle[4] a = "1011"; angle[4] b = "0001"; n = a / b;', "1011"),
        ('output uint[4] n; angle[4] a = "0111"; angle[4] b = "0010"; n = a / b;', "0011"),
        ('output uint[4] n; angle[4] a = "1000"; angle[2] b = "01"; n = a / b;', "0010"),
        ('output bool n; angle[4] a = "0111"; angle[4] b = "0010"; n = (a / b == 3);', "1"),
        ('output angle[4] b; bit[4] c = "0011"; c[2] = measure q; angle[4] a = c; b = a / 2;', "0001"),
        ('output angle[100] b; angle[100] a; a[99] = 1; b = a / 2;', "01" + "0" * 98),
    ],
)
def test_an_angle_is_divided_as_its_bit_pattern(run: Run, statements: str, bits: str) -> None:
    assert run(HEAD + statements + "measure q;", shots=10).counts == {bits: 10}
