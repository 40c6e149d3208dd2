import grpc
import pytest
from click.testing import CliRunner

from qdm_cli.exit_codes import MEANINGS, Exit, exit_of
from qdm_cli.main import qdm

CODES = {
    "OK": 0,
    "INVALID_ARGUMENT": 3,
    "UNIMPLEMENTED": 3,
    "ALREADY_EXISTS": 3,
    "NOT_FOUND": 4,
    "FAILED_PRECONDITION": 4,
    "UNAVAILABLE": 5,
    "RESOURCE_EXHAUSTED": 5,
    "ABORTED": 8,
    "DEADLINE_EXCEEDED": 6,
    "CANCELLED": 6,
}


@pytest.mark.parametrize("code", [code.name for code in grpc.StatusCode])
def test_every_status_code_has_its_documented_exit_code(code: str) -> None:
    assert exit_of(code) == CODES.get(code, 1)


def test_the_help_tells_every_exit_code() -> None:
    help_text = CliRunner().invoke(qdm, ["--help"]).output
    assert set(MEANINGS) == set(Exit)
    for code, meaning in MEANINGS.items():
        assert any(line.split(None, 1) == [str(code.value), meaning] for line in help_text.splitlines())
