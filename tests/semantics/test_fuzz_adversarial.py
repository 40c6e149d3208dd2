"""No input of up to a mebibyte costs a decoder more than 5 s of CPU time or 512 MiB, whatever it is."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from wild_input.tables import TABLES

HARNESS = Path(__file__).parents[1] / "harness"
INPUTS = [f"{encoding.name}\t{name}" for encoding, table in TABLES.items() for name in table]

AskDecoder = Callable[[str], str]


@pytest.fixture(scope="module")
def what_is_wrong() -> Iterator[AskDecoder]:
    """Returns what is wrong with an input of the tables under the bounds, if anything. All CPUs look at them."""
    environment = {**os.environ, "PYTHONPATH": str(HARNESS)}
    command = [sys.executable, "-W", "error", "-m", "wild_input.bounded"]
    workers = len(os.sched_getaffinity(0))
    with ExitStack() as stack:
        verdicts: list[Iterator[str]] = []
        for number in range(workers):
            process = stack.enter_context(
                subprocess.Popen(command, env=environment, text=True, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
            )
            stack.callback(process.kill)
            assert process.stdin is not None
            assert process.stdout is not None
            process.stdin.write("".join(f"{question}\n" for question in INPUTS[number::workers]))
            process.stdin.close()
            verdicts.append(iter(process.stdout))

        def ask(question: str) -> str:
            for line in verdicts[INPUTS.index(question) % workers]:
                answered, _, wrong = line.rstrip("\n").rpartition("\t")
                if answered == question:
                    return wrong
            raise AssertionError("the process ended before this input")

        yield ask


@pytest.mark.parametrize("question", INPUTS)
def test_a_decoder_stays_within_its_bounds(what_is_wrong: AskDecoder, question: str) -> None:
    assert what_is_wrong(question) == ""
