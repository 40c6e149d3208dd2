"""What OpenQASM 3 expressions come to, told by outputs and gates."""

from collections.abc import Callable

import pytest

from qdm_driver import ExecutionResult, InvalidRequestError

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
        ("output angle[100] b; angle[100] a; a[99] = 1; b = a / 2;", "01" + "0" * 98),
    ],
)
def test_an_angle_is_divided_as_its_bit_pattern(run: Run, statements: str, bits: str) -> None:
    assert run(HEAD + statements + "measure q;", shots=10).counts == {bits: 10}


@pytest.mark.parametrize(
    "statements",
    [
        "rx(3/2) q;",
        "angle[8] a = 3/2;",
        "angle[8] a; a = 3/2;",
        "const angle[8] a = 3/2;",
        "angle[8] a; a += 3/2;",
        "float f; f += 1/2;",
        "float f = 1/2;",
        "const float f = 1/2;",
        "array[float, 2] f = {1, 1/2};",
        "array[angle[8], 2] f; f[1] = 1/2;",
        "def f(float a) { } f(3/2);",
        "def f(angle[8] a) { } f(3/2);",
        "def f() -> float { return 3/2; } f();",
        "def f() -> angle[8] { return 3/2; } f();",
        "for float f in {1, 1/2} { }",
        "for angle[8] f in {1, 1/2} { }",
        "int n = int(float(3/2));",
        "int n = ceiling(3/2);",
        "rx(mod(3/2, 4)) q;",
        "rx(2 * (3/2)) q;",
        "uint[2] n; n[0] = measure q; angle[8] a = n/2;",
        "uint[2] n; n[0] = measure q; rx(n/2) q;",
    ],
)
def test_a_quotient_with_a_remainder_that_becomes_an_angle_or_a_float_is_refused(run: Run, statements: str) -> None:
    with pytest.raises(InvalidRequestError, match="this division of integers leaves a remainder"):
        run(HEAD + statements)


@pytest.mark.parametrize(
    "angle",
    [
        "half(3)",
        "half_of(5/2)",
        "int[8](3/2)",
        "uint[8](3/2)",
        "bool(3/2)",
        "(3/2 == 1)",
        "(3/2 > 0 && true)",
        "(3/2 && true)",
        "!(1/2)",
        "n[3/2]",
        "4/2/2",
    ],
)
def test_a_quotient_with_a_remainder_that_becomes_anything_else_is_an_integer(run: Run, angle: str) -> None:
    program = f"""
    def half(int n) -> int {{ int k = n/2; return k; }}
    def half_of(int n) -> int {{ return n/2; }}
    array[int, 2] n = {{0, 1}};
    rx(pi * {angle}) q;
    """
    assert run(HEAD + program, shots=10).counts == {"1": 10}


@pytest.mark.parametrize(
    ("statements", "bits"),
    [
        ("output uint[4] n; n = floor(5.0) / 2 * 2;", "0101"),
        ("output uint[4] n; n = ceiling(4.5) / 2 * 2;", "0101"),
        ("output uint[4] n; n = floor(2.9);", "0010"),
        ("output bool b; float f = ceiling(2.5) / 2; b = (f == 1.5);", "1"),
        ("output bit b; rx(2 * pi * (floor(3.0) / 2)) q; b = measure q;", "1"),
    ],
)
def test_floor_and_ceiling_give_floats(run: Run, statements: str, bits: str) -> None:
    assert run(HEAD + statements + "measure q;", shots=10).counts == {bits: 10}


@pytest.mark.parametrize("truth", ["true", "k", "b", "(1 == 1)", "bool(1)"])
def test_the_complement_of_a_truth_value_is_one(run: Run, truth: str) -> None:
    program = f"const bool k = true; bool b = true; output bool n; n = ~{truth}; measure q;"
    assert run(HEAD + program, shots=10).counts == {"0": 10}
