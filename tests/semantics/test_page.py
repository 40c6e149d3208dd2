"""Every example of docs/semantics.md, run as its language says and held against the result below it.

A result is one line an outcome with its probability as a fraction, ``key = value`` for metadata that must be there, or
a status code with the message. Seeds are fixed; a count may be six standard deviations off, which a wrong
probability is with 10,000 shots where it differs by three in a hundred.
"""

import math
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import NamedTuple

import pytest

from qdm_driver import CircuitFormat, DriverError, ExecutionResult

Execute = Callable[..., ExecutionResult]

PAGE = Path(__file__).parents[2] / "docs" / "semantics.md"
SHOTS = 10_000
FORMATS = {
    "json": CircuitFormat.AQO_JSON,
    "openqasm3": CircuitFormat.QASM3_TEXT,
    "openqasm2": CircuitFormat.BACKEND_NATIVE,
}
EXAMPLE = re.compile(r"^```(json|openqasm3|openqasm2)(.*)\n((?s:.*?))^```\n+^```result\n((?s:.*?))^```$", re.MULTILINE)


class Example(NamedTuple):
    format: CircuitFormat
    options: dict[str, str]
    program: str
    result: list[str]


def examples() -> Iterator[object]:
    text = PAGE.read_text(encoding="utf-8")
    for found in EXAMPLE.finditer(text):
        language, options, program, result = found.groups()
        line = text.count("\n", 0, found.start()) + 1
        pairs = dict(pair.split("=", 1) for pair in options.split())
        yield pytest.param(Example(FORMATS[language], pairs, program, result.splitlines()), id=f"line-{line}")


def run(simulate: Execute, example: Example) -> list[str]:
    """Returns what the example's result must say, with probabilities taken from it where counts agree."""
    try:
        result = simulate(example.format, example.program.encode(), SHOTS, **{"seed": "1", **example.options})
    except DriverError as error:
        return [f"{error.code.name} {error}"]
    expected = {line.split()[0]: Fraction(line.split()[1]) for line in example.result if " = " not in line}
    told = []
    for outcome in sorted(result.counts):
        p = expected.get(outcome, Fraction(0))
        off = abs(result.counts[outcome] - SHOTS * p)
        agrees = off <= 6 * math.sqrt(SHOTS * p * (1 - p))
        told.append(f"{outcome} {p}" if agrees else f"{outcome} {result.counts[outcome] / SHOTS}")
    keys = [line.split(" = ")[0] for line in example.result if " = " in line]
    return told + [f"{key} = {result.metadata[key]}" for key in keys]


@pytest.mark.parametrize("example", list(examples()))
def test_an_example_gives_the_result_below_it(simulate: Execute, example: Example) -> None:
    assert run(simulate, example) == [
        re.sub(r" +", " ", line) if " = " not in line else line for line in example.result
    ]


def test_every_program_on_the_page_is_an_example_with_a_result() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert len(list(examples())) == len(re.findall(r"^```(?:json|openqasm)", text, re.MULTILINE)) > 0


def test_no_cell_of_the_tables_is_empty() -> None:
    rows = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if line.startswith("|")]
    assert rows
    for row in rows:
        assert all(cell.strip() for cell in row.strip("|").split("|")), row
