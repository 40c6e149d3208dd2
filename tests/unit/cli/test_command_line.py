import os
import subprocess
import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from qdm_cli.commands.drivers_check import check
from qdm_cli.commands.run import parse_options
from qdm_cli.main import qdm

NO_UTF8 = os.fsdecode(b"\xff")

WRONG_WORDS = [
    [NO_UTF8],
    *(["d", "--timeout", seconds] for seconds in ("0", "-1", "inf", "nan", "1e10")),
    ["d", "--shots", "-3000000000"],
    ["d", "--shots", "3000000000"],
    ["d", "--job-id", NO_UTF8],
    ["d", "--option", f"a={NO_UTF8}"],
    *(["d", "--address", address] for address in ("", "dns:///", "nowhere", "host:99999", "unix:", f"{NO_UTF8}:1")),
]


def test_options_go_on_the_wire_as_they_are() -> None:
    assert parse_options(["theta=0.5", "param.x=a=b", "empty="], 7) == {
        "theta": "0.5",
        "param.x": "a=b",
        "empty": "",
        "seed": "7",
    }


@pytest.mark.parametrize(
    ("given", "seed"), [(["theta"], None), (["=1"], None), (["a=1", "a=2"], None), (["seed=1"], 2)]
)
def test_a_malformed_or_doubled_option_is_a_usage_error(given: list[str], seed: int | None) -> None:
    with pytest.raises(click.UsageError):
        parse_options(given, seed)


@pytest.mark.parametrize(
    "name", ["devices", "status", "run", "calibrate", "convert", "up", "drivers", "sidecar", "facade"]
)
def test_every_command_explains_itself_with_an_example(name: str) -> None:
    result = CliRunner().invoke(qdm, [name, "--help"])
    assert result.exit_code == 0
    assert "Example" in result.output
    assert f"qdm {name}" in result.output


def test_the_help_loads_no_command() -> None:
    code = (
        "import sys; from qdm_cli.main import qdm; qdm.main(['--help'], standalone_mode=False); "
        "print(sorted({'grpc', 'rich', 'yaml', 'pydantic', 'asyncio'} & sys.modules.keys()))"
    )
    output = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout
    assert output.splitlines()[-1] == "[]"


@pytest.mark.parametrize(
    "arguments",
    [
        ["run", "{circuit}", "{circuit}", "--device", "d", "--job-id", "j"],
        ["run", "{circuit}", "--device", "d"],
        ["run", "missing", "--device", "d"],
        ["run", "{circuit}"],
        *(["run", "{circuit}", "--format", "qasm3", "--device", *words] for words in WRONG_WORDS),
        ["status", NO_UTF8],
        ["calibrate", NO_UTF8],
        ["devices", "--address", ""],
        ["up"],
        ["nonsense"],
    ],
)
def test_a_wrong_command_line_is_refused_before_anything_is_called(tmp_path: Path, arguments: list[str]) -> None:
    circuit = tmp_path / "circuit"
    circuit.write_text("neither here nor there")
    result = CliRunner().invoke(qdm, [argument.format(circuit=circuit) for argument in arguments])
    assert result.exit_code == 2


@pytest.mark.parametrize("options", [[], ["--format", "qasm3"]])
def test_a_folder_is_told_to_be_one(tmp_path: Path, options: list[str]) -> None:
    result = CliRunner().invoke(qdm, ["run", str(tmp_path), "--device", "d", *options])
    assert result.exit_code == 2
    assert f"{tmp_path}: is a folder" in result.output


def test_json_asked_of_drivers_is_asked_of_their_check_too(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []
    monkeypatch.setattr(check, "callback", lambda **given: asked.append(given["as_json"]))
    for arguments in (["--json", "check", "d"], ["check", "d", "--json"], ["check", "d"]):
        assert CliRunner().invoke(qdm, ["drivers", *arguments]).exit_code == 0
    assert asked == [True, True, False]
