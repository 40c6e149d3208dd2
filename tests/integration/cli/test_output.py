"""What becomes of output that cannot be written."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

QDM = f"{sys.executable} -m qdm_cli"
NO_SPACE = "qdm: the output cannot be written: No space left on device\n"


StartFleet = Callable[[str], tuple[subprocess.Popen[str], str]]


@pytest.fixture
def manifest(tmp_path: Path) -> str:
    return (
        "apiVersion: qdm.eigen-os.io/v1alpha1\nkind: QuantumDevice\nmetadata: {name: probe-1}\n"
        f"spec: {{driver: probe, driverConfig: {{ledger: {tmp_path}/ledger, repeatable: true}}}}\n"
    )


@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        (f"{QDM} --help >/dev/full", 7, NO_SPACE),
        (f"{QDM} drivers --json >/dev/full", 7, NO_SPACE),
        (f"{QDM} devices --json --address 127.0.0.1:1 >/dev/full", 7, NO_SPACE),
        (f"{QDM} convert examples/ghz.aqo.json --to aqo-proto 2>/dev/null >/dev/full", 7, ""),
        (f"{QDM} --help >&-", 7, "qdm: the output cannot be written: Bad file descriptor\n"),
        (f"{QDM} --version <&- >&- 2>&-", 7, ""),
        (f"{QDM} devices --address 127.0.0.1:1 2>/dev/full", 5, ""),
        (f"{QDM} devices --address 127.0.0.1:1 2>&-", 5, ""),
        (f"{QDM} nonsense 2>/dev/full", 2, ""),
    ],
)
def test_output_that_is_lost_has_its_exit_code_and_one_sentence(command: str, code: int, told: str) -> None:
    ended = subprocess.run(command, shell=True, check=False, capture_output=True, text=True)  # noqa: S602
    assert (ended.returncode, ended.stdout, ended.stderr) == (code, "", told)


def test_output_that_nobody_reads_ends_the_command_as_a_broken_pipe_does() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    ended = subprocess.run(
        [sys.executable, "-m", "qdm_cli", "--help"], check=False, stdout=writer, stderr=subprocess.PIPE
    )
    os.close(writer)
    assert (ended.returncode, ended.stderr) == (141, b"")


@pytest.mark.parametrize("encoding", ["utf-8", "ascii", "latin-1"])
@pytest.mark.parametrize("options", [(), ("--json",)])
def test_no_name_and_no_encoding_loses_counts(
    start_fleet: StartFleet, manifest: str, tmp_path: Path, encoding: str, options: tuple[str, ...]
) -> None:
    _, address = start_fleet(manifest)
    circuit = tmp_path / os.fsdecode(b"\xff \xc3\xa9 \xcf\x88.json")
    circuit.write_text("{}")
    ran = subprocess.run(
        [
            sys.executable,
            "-m",
            "qdm_cli",
            "run",
            circuit,
            "--device",
            "probe-1",
            "--address",
            address,
            *options,
            "--shots",
            "7",
        ],
        env={**os.environ, "PYTHONIOENCODING": encoding},
        check=True,
        capture_output=True,
    )
    told = ran.stdout.decode(encoding)
    assert ran.stderr == b""
    if options:
        answer = json.loads(told)
        assert answer["counts"] == {"0": 7}
        assert answer["file"] == str(circuit)
    else:
        assert "7 shots" in told
        assert r"\udcff" in told


def test_json_leaves_a_terminal_on_standard_error_alone(start_fleet: StartFleet, manifest: str, tmp_path: Path) -> None:
    _, address = start_fleet(manifest)
    circuit = tmp_path / "circuit.json"
    circuit.write_text("{}")
    blocked = ("run", str(circuit), "--device", "probe-1", "--shots", "7", "--option", "block=true", "--timeout", "2")
    ours, theirs = os.openpty()
    for command, code in ((("drivers",), 0), ((*blocked, "--address", address), 6)):
        ran = subprocess.run(
            [sys.executable, "-m", "qdm_cli", *command, "--json"],
            env={**os.environ, "TERM": "xterm"},
            check=False,
            stdout=subprocess.PIPE,
            stderr=theirs,
        )
        assert ran.returncode == code
    os.close(theirs)
    with pytest.raises(OSError, match="Input/output error"):  # nobody wrote, and nobody will
        os.read(ours, 4096)
    os.close(ours)
