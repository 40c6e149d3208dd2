"""No input of up to a mebibyte costs a decoder more than 5 s of CPU time or 512 MiB, whatever it is."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from wild_input.tables import TABLES

from qdm_driver import CircuitFormat

HARNESS = Path(__file__).parents[1] / "harness"
# OpenQASM 3 joins when its reader keeps the bounds: docs/plan.md.
INPUTS = [
    pytest.param(encoding, name, id=f"{encoding.name}-{name}")
    for encoding, table in TABLES.items()
    if encoding is not CircuitFormat.QASM3_TEXT
    for name in table
]

AskDecoder = Callable[[CircuitFormat, str], str]


@pytest.fixture(scope="module")
def what_is_wrong() -> Iterator[AskDecoder]:
    """Decodes an input of the tables under the bounds and returns what is wrong, if anything."""
    environment = {**os.environ, "PYTHONPATH": str(HARNESS)}
    command = [sys.executable, "-W", "error", "-m", "wild_input.bounded"]
    with subprocess.Popen(
        command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        stdin, stdout = process.stdin, process.stdout

        def ask(encoding: CircuitFormat, name: str) -> str:
            stdin.write(f"{encoding.name}\t{name}\n")
            stdin.flush()
            return stdout.readline().rstrip("\n")

        yield ask


@pytest.mark.parametrize(("encoding", "name"), INPUTS)
def test_a_decoder_stays_within_its_bounds(what_is_wrong: AskDecoder, encoding: CircuitFormat, name: str) -> None:
    assert what_is_wrong(encoding, name) == ""
