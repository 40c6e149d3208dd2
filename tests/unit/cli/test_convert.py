import hashlib
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from qdm_circuits.aqo import document_from_json, document_to_proto
from qdm_cli.exit_codes import Exit
from qdm_cli.main import qdm

WRITTEN = b'{ "version": "1.0.0", "qubits": 1, "operations": [{"op": "RX", "q": [0], "params": {"theta": "a"}}] }\n'
CANONICAL = b'{"operations":[{"op":"RX","params":{"theta":"a"},"q":[0]}],"qubits":1,"version":"1.0.0"}'
MESSAGE = document_to_proto(document_from_json(WRITTEN))
FILES = [("a.json", WRITTEN), ("a.pb", MESSAGE), ("a", CANONICAL), ("a", MESSAGE)]
OUTPUTS = {"aqo-json": CANONICAL, "aqo-proto": MESSAGE}
HASH = hashlib.sha256(CANONICAL).hexdigest()


def convert(file: Path, *arguments: str) -> Result:
    return CliRunner().invoke(qdm, ["convert", str(file), *arguments])


def file_with(tmp_path: Path, data: bytes, name: str = "circuit") -> Path:
    file = tmp_path / name
    file.write_bytes(data)
    return file


@pytest.mark.parametrize(("name", "data"), FILES, ids=["a.json", "a.pb", "JSON", "protobuf"])
@pytest.mark.parametrize(("wanted", "expected"), OUTPUTS.items(), ids=OUTPUTS.keys())
def test_each_encoding_is_converted_to_each_and_the_hash_stays(
    tmp_path: Path, name: str, data: bytes, wanted: str, expected: bytes
) -> None:
    result = convert(file_with(tmp_path, data, name), "--to", wanted)
    assert result.exit_code == 0
    assert result.stdout_bytes == expected
    assert result.stderr == f"aqo_hash {HASH}\n"


def test_the_output_goes_to_a_file(tmp_path: Path) -> None:
    output = tmp_path / "out.pb"
    result = convert(file_with(tmp_path, WRITTEN), "--to", "aqo-proto", "-o", str(output))
    assert (result.exit_code, result.stdout_bytes) == (0, b"")
    assert output.read_bytes() == MESSAGE


def test_from_decides_on_the_encoding(tmp_path: Path) -> None:
    file = file_with(tmp_path, MESSAGE, "misnamed.json")
    assert convert(file, "--to", "aqo-json").exit_code == Exit.REFUSED
    assert convert(file, "--to", "aqo-json", "--from", "aqo-proto").stdout_bytes == CANONICAL


@pytest.mark.parametrize(
    ("name", "data", "said"),
    [
        ("bell.qasm", b"OPENQASM 3;\nqubit q;\n", "is qasm3; only AQO documents are converted"),
        ("bell.qasm", b"OPENQASM 2.0;\nqreg q[1];\n", "is native; only AQO documents are converted"),
        ("note.txt", b"hello", "is of unknown format; give --from"),
    ],
)
def test_what_is_no_aqo_is_a_wrong_command_line(tmp_path: Path, name: str, data: bytes, said: str) -> None:
    result = convert(file_with(tmp_path, data, name), "--to", "aqo-json")
    assert result.exit_code == Exit.USAGE
    assert said in " ".join(result.stderr.split())


@pytest.mark.parametrize(
    ("data", "place"),
    [
        (CANONICAL.replace(b'"q":[0]', b'"q":[1]'), "operations[0].q[0]"),
        (CANONICAL.replace(b"1.0.0", b"9.9"), "AQO version '9.9'"),
        (b"{", "line 1, column 2"),
    ],
)
@pytest.mark.parametrize("wanted", ["aqo-json", "aqo-proto"])
def test_a_document_that_breaks_a_rule_is_refused_with_its_place(
    tmp_path: Path, data: bytes, place: str, wanted: str
) -> None:
    output = tmp_path / "out"
    result = convert(file_with(tmp_path, data), "--to", wanted, "-o", str(output))
    assert result.exit_code == Exit.REFUSED
    assert place in result.stderr
    assert not output.exists()


def test_a_terminal_is_spared_protobuf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = file_with(tmp_path, WRITTEN)
    with CliRunner().isolation() as (stdout, stderr, _):
        monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
        with pytest.raises(SystemExit) as ended:
            qdm.main(["convert", str(file), "--to", "aqo-proto"])
        assert ended.value.code == Exit.USAGE
        assert stdout.getvalue() == b""
        assert b"give -o OUT" in stderr.getvalue()


@pytest.mark.parametrize("output", ["missing/out", "."])
def test_an_output_that_cannot_be_written_is_a_wrong_command_line(tmp_path: Path, output: str) -> None:
    result = convert(file_with(tmp_path, WRITTEN), "--to", "aqo-json", "-o", str(tmp_path / output))
    assert result.exit_code == Exit.USAGE
