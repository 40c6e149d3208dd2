"""What `make e2e` says where there can be no cluster: a run that proved less must not look like one that proved all."""

import os
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.fixture
def nobody(tmp_path: Path) -> dict[str, str]:
    """An environment without an engine, of a user who is not root."""
    for name, script in (("docker", "exit 1"), ("id", "echo 1000")):
        program = tmp_path / name
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
    return {"PATH": f"{tmp_path}:{os.environ['PATH']}"}


@pytest.mark.parametrize(("surroundings", "exit_code"), [({}, 0), ({"CI": "true"}, 1)], ids=["person", "CI"])
def test_without_engine_and_root_its_last_lines_say_that_it_did_not_run_which_fails_ci(
    nobody: dict[str, str], surroundings: dict[str, str], exit_code: int
) -> None:
    done = subprocess.run(
        [ROOT / "e2e/run"], env=nobody | surroundings, check=False, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == exit_code
    last = done.stderr.splitlines()[-2:]
    assert "DID NOT RUN" in last[0]
    assert "make e2e" in last[1]
