import gc
import inspect
import sys
from collections.abc import Callable

import pytest
from openqasm3 import ast

from qdm_circuits.qasm3.grammar.cursor import MAX_LEVELS
from qdm_circuits.qasm3.grammar.expressions import MAX_CHAIN
from qdm_circuits.qasm3.syntax import Syntax, parse_syntax
from qdm_driver import InvalidRequestError

SIZE = 1 << 20
DEPTH = MAX_LEVELS - 2  # a statement and an expression stand around what is nested

REFUSALS = [
    ("x q[0]", "line 1, column 7: expected ';' after this statement, found the end of the program"),
    ("x q[0]\n  y q;", "line 2, column 3: expected ';' after this statement, found 'y'"),
    ("x q[0", "line 1, column 6: expected ']', found the end of the program"),
    ("x q[0;", "line 1, column 6: expected ']', found ';'"),
    ("\n\trx(pi q;", "line 2, column 8: expected ')', found 'q'"),
    ("x = 2 * ;", "line 1, column 9: expected an expression, found ';'"),
    ("qubit[2] 2;", "line 1, column 10: expected a name, found '2'"),
    ("for i in [0:1] {}", "line 1, column 5: expected a type, found 'i'"),
    ("for int i in [2] {}", "line 1, column 16: expected ':', found ']'"),
    ("if (a) else {}", "line 1, column 8: expected a statement, found 'else'"),
    ("while (a) {\n x q;", "line 2, column 6: expected '}', found the end of the program"),
    ("switch (a) { x q; }", "line 1, column 14: expected 'case', 'default' or '}', found 'x'"),
    ("switch (a) { default {} case 1 {} }", "line 1, column 25: expected '}' after 'default', found 'case'"),
    ("include stdgates;", "line 1, column 9: expected a string, found 'stdgates'"),
    ('include "std\n";', "line 1, column 9: this string is empty or does not end on its line: '\"'"),
    ("OPENQASM three;", "line 1, column 10: expected a version such as 3.1, found 'three'"),
    ("defcal if q {}", "line 1, column 8: expected the name of what is calibrated, found 'if'"),
    ("cal { {}", "line 1, column 5: this block has no end; add a '}'"),
    ("x q; /* y", "line 1, column 6: this comment has no end; add '*/': '/*'"),
    ("a = 12ab;", "line 1, column 5: this is no number of OpenQASM 3: '12ab'"),
    ("a = b ? c;", "line 1, column 7: a program cannot hold this character here: '?'"),
    ("x q²;", "line 1, column 3: '²' cannot be part of a name"),
    ("@2 x q;", "line 1, column 1: an annotation starts with a word right after its '@'"),
    ("pragma  \nx q;", "line 1, column 1: a pragma needs a text on its line"),
    ("a = sizeof();", "line 1, column 5: sizeof takes an array, and maybe a dimension"),
    ("int[0] a;", "line 1, column 4: int needs a size of at least 1"),
    ("array[stretch, 2] a;", "line 1, column 7: an array cannot hold this type"),
    ("array[int, -2] a;", "line 1, column 12: a dimension cannot be negative"),
    ("complex[int] a;", "line 1, column 9: the parts of a complex number are floats"),
    ("if (a) { gate g q {} }", "line 1, column 10: gate definitions must stand outside of all blocks"),
    ("if (a) { break; }", "line 1, column 10: 'break' must stand in a loop"),
    ("while (a) { return; }", "line 1, column 13: 'return' must stand in a subroutine"),
    ("gate g q { x q; reset q; }", "line 1, column 17: gates cannot have resets"),
    ("gate g q { a = 1; }", "line 1, column 14: gates cannot have assignments"),
    ("a = " + "1" * 5000 + ";", "line 1, column 5: this integer has too many digits"),
    ("π π π π;", "line 1, column 5: expected ';' after this statement, found 'π'"),
]

NESTED: list[Callable[[int], str]] = [
    lambda levels: "a = " + "(" * levels + "1" + ")" * levels + ";",
    lambda levels: "a = " + "-" * levels + "1;",
    lambda levels: "a = " + "a[" * levels + "1" + "]" * levels + ";",
    lambda levels: "a = " + "f(" * levels + "1" + ")" * levels + ";",
    lambda levels: "a = " + "int(" * levels + "1" + ")" * levels + ";",
    lambda levels: "a = 1" + " ** 1" * levels + ";",
    lambda levels: "array[int, 1] a = " + "{" * levels + "1" + "}" * levels + ";",
    lambda levels: "{" * levels + "x q; a;" + "}" * levels,
    lambda levels: "if (a) " * levels + "a;",
    lambda levels: "if (a) b; else " * levels + "a;",
    lambda levels: "while (a) { " * levels + "a;" + "}" * levels,
    lambda levels: "a = " + "durationof({ a = " * (levels // 2) + "1" + "; })" * (levels // 2) + ";",
]

CHAINED: list[Callable[[int], str]] = [
    lambda length: "a = b" + " ^ b" * length + ";",
    lambda length: "let a = b" + " ++ b" * length + ";",
    lambda length: "a = b" + "[0]" * length + ";",
    lambda length: "b" + "[0]" * length + ";",
]

LARGE = [
    " ",
    "\n",
    "//",
    "// a\n",
    "/**/",
    "/*",
    "/* /",
    "*/",
    ";",
    "(",
    "[",
    "{",
    "{{}",
    "a[",
    "f(",
    "a = -",
    "a = b + ",
    "a = b ** ",
    "-",
    "!",
    "ctrl @ ",
    "pow(",
    "a",
    "π",
    "é\u0301",
    "1",
    "1_",
    "1 ",
    "0x1",
    ".1",
    "1e1",
    '"',
    '"0',
    'include "',
    "pragma a",
    "@a.",
    "cal {",
    "defcal a(",
    "if (a) b; else ",
    "while (a) ",
    "durationof({",
    "switch (a) { case 1 {",
    "array[int, 1] a = {",
    "let a = b ++ ",
    "\x00",
    "\r",
]


@pytest.mark.parametrize(("program", "message"), REFUSALS)
def test_a_refusal_says_where_what_was_found_and_what_was_expected(program: str, message: str) -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_syntax(program)
    assert caught.value.message == message


def test_a_long_word_is_shortened_in_a_message() -> None:
    with pytest.raises(InvalidRequestError) as caught:
        parse_syntax("x q " + "a" * 1000)
    assert caught.value.message.endswith(f"found '{'a' * 40}…'")


@pytest.mark.parametrize("nested", NESTED)
def test_programs_may_be_nested_up_to_the_bound(nested: Callable[[int], str]) -> None:
    assert parse_syntax(nested(DEPTH)).tree.statements
    with pytest.raises(
        InvalidRequestError, match=r"^line 1, column \d+: .* nested too deeply; take it apart into at most 128 levels$"
    ):
        parse_syntax(nested(DEPTH + 2))


def test_the_bound_of_nesting_is_exact() -> None:
    assert parse_syntax("{" * MAX_LEVELS + "}" * MAX_LEVELS).tree.statements
    with pytest.raises(InvalidRequestError, match=r"^line 1, column 129: "):
        parse_syntax("{" * (MAX_LEVELS + 1) + "}" * (MAX_LEVELS + 1))


@pytest.mark.parametrize("chained", CHAINED)
def test_operators_and_indices_may_stand_in_a_row_up_to_the_bound(chained: Callable[[int], str]) -> None:
    assert parse_syntax(chained(MAX_CHAIN)).tree.statements
    with pytest.raises(InvalidRequestError, match=r"^line 1, column \d+: more than 256 .* in a row; take them apart$"):
        parse_syntax(chained(MAX_CHAIN + 1))


def test_indices_of_what_is_assigned_are_no_chain() -> None:
    (statement,) = parse_syntax("b" + "[0]" * (MAX_CHAIN + 1) + " = 1;").tree.statements
    assert isinstance(statement, ast.ClassicalAssignment)


@pytest.mark.parametrize("nested", NESTED)
def test_a_caller_deep_in_its_stack_gets_a_tree_or_a_refusal(nested: Callable[[int], str]) -> None:
    free = sys.getrecursionlimit() - len(inspect.stack())

    def parse(program: str, unused: int) -> Syntax:
        return parse(program, unused + 1) if unused < free - 60 else parse_syntax(program)

    assert parse(nested(2), 0).tree.statements
    with pytest.raises(InvalidRequestError, match="nested too deeply"):
        parse(nested(DEPTH), 0)


@pytest.mark.parametrize("piece", LARGE)
def test_a_mebibyte_of_anything_gives_a_tree_or_a_short_refusal_with_its_place(piece: str) -> None:
    try:
        parse_syntax(piece * (SIZE // len(piece.encode())))
    except InvalidRequestError as error:
        (violation,) = error.violations
        assert violation.field.startswith("line ")
        assert len(violation.description) < 150


@pytest.mark.parametrize(
    "program",
    ["a" * SIZE + " q;", 'a = "' + "01" * (SIZE // 2) + '";', "a = 0x" + "f" * SIZE + ";", "a = 1." + "1" * SIZE + ";"],
)
def test_one_token_may_fill_a_program(program: str) -> None:
    assert len(parse_syntax(program).tree.statements) == 1


@pytest.mark.parametrize("enabled", [True, False])
@pytest.mark.parametrize("program", ["x q;", "x"])
def test_the_garbage_collector_is_left_as_it_was(program: str, *, enabled: bool) -> None:
    if not enabled:
        gc.disable()
    try:
        parse_syntax(program)
    except InvalidRequestError:
        assert program == "x"
    finally:
        was_enabled = gc.isenabled()
        gc.enable()
    assert was_enabled is enabled
