"""What becomes of output that cannot be written."""

import subprocess
import sys

import pytest

QDM = f"{sys.executable} -m qdm_cli"
NO_SPACE = "qdm: the output cannot be written: No space left on device\n"


@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        (f"{QDM} --help >/dev/full", 7, NO_SPACE),
        (f"{QDM} drivers --json >/dev/full", 7, NO_SPACE),
        (f"{QDM} devices --json --address 127.0.0.1:1 >/dev/full", 7, NO_SPACE),
        (f"{QDM} convert examples/ghz.aqo.json --to aqo-proto 2>/dev/null >/dev/full", 7, ""),
        (f"{QDM} --help >&-", 7, "qdm: the output cannot be written: Bad file descriptor\n"),
        (f"{QDM} --version <&- >&- 2>&-", 7, ""),
        (f"({QDM} --help; echo $? >&2) | true", 0, "141\n"),
        (f"{QDM} devices --address 127.0.0.1:1 2>/dev/full", 5, ""),
        (f"{QDM} devices --address 127.0.0.1:1 2>&-", 5, ""),
        (f"{QDM} nonsense 2>/dev/full", 2, ""),
    ],
)
def test_output_that_is_lost_has_its_exit_code_and_one_sentence(command: str, code: int, told: str) -> None:
    ended = subprocess.run(command, shell=True, check=False, capture_output=True, text=True)  # noqa: S602
    assert (ended.returncode, ended.stdout, ended.stderr) == (code, "", told)
