from pathlib import Path

import pytest

from qdm_common.manifest import SecretRef
from qdm_common.settings import ServerSettings, load_file, load_settings


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ServerSettings.model_fields:
        monkeypatch.delenv(f"QDM_{name.upper()}", raising=False)


def test_without_any_variable_the_ports_are_the_contract_s() -> None:
    settings = load_settings(ServerSettings)
    assert (settings.listen, settings.metrics_listen) == ("0.0.0.0:50061", "0.0.0.0:9092")


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("QDM_LISTEN", "127.0.0.1:0", "listen", "127.0.0.1:0"),
        ("QDM_LISTEN", "[::1]:50061", "listen", "[::1]:50061"),
        ("QDM_LISTEN", "localhost:50061", "listen", "localhost:50061"),
        ("QDM_LISTEN", "unix:/run/qdm/bell.sock", "listen", "unix:/run/qdm/bell.sock"),
        ("QDM_METRICS_LISTEN", "[::]:9092", "metrics_listen", "[::]:9092"),
        ("QDM_LOG_LEVEL", "DEBUG", "log_level", "DEBUG"),
        ("QDM_GRACE_SECONDS", "0.5", "grace_seconds", 0.5),
        ("QDM_STOP_ON_EOF", "true", "stop_on_eof", True),
    ],
)
def test_a_variable_sets_its_field(
    monkeypatch: pytest.MonkeyPatch, variable: str, text: str, field: str, value: object
) -> None:
    monkeypatch.setenv(variable, text)
    assert getattr(load_settings(ServerSettings), field) == value


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("QDM_LISTEN", "50061"),
        ("QDM_LISTEN", "localhost"),
        ("QDM_LISTEN", "::1:50061"),
        ("QDM_LISTEN", "localhost:port"),
        ("QDM_LISTEN", "unix:relative"),
        ("QDM_METRICS_LISTEN", "unix:/run/metrics"),
        ("QDM_METRICS_LISTEN", ""),
        ("QDM_LOG_LEVEL", "loud"),
        ("QDM_MAX_MESSAGE_BYTES", "1"),
        ("QDM_MAX_MESSAGE_BYTES", "64M"),
        ("QDM_GRACE_SECONDS", "-1"),
        ("QDM_STOP_ON_EOF", "perhaps"),
    ],
)
def test_a_wrong_variable_ends_the_program_by_its_name(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], variable: str, text: str
) -> None:
    monkeypatch.setenv(variable, text)
    with pytest.raises(SystemExit) as ended:
        load_settings(ServerSettings)
    (line,) = capsys.readouterr().err.splitlines()
    assert ended.value.code == 2
    assert line.startswith(f"{variable}: ")


def test_every_wrong_variable_is_named_at_once(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("QDM_LOG_LEVEL", "loud")
    monkeypatch.setenv("QDM_LISTEN", "nowhere")
    with pytest.raises(SystemExit):
        load_settings(ServerSettings)
    assert [line.partition(":")[0] for line in capsys.readouterr().err.splitlines()] == ["QDM_LISTEN", "QDM_LOG_LEVEL"]


def test_variables_of_others_are_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QDM_NOBODY_KNOWS", "1")
    monkeypatch.setenv("LISTEN", "nonsense")
    assert load_settings(ServerSettings).listen == "0.0.0.0:50061"


def test_settings_cannot_be_changed() -> None:
    settings = load_settings(ServerSettings)
    with pytest.raises(ValueError, match="frozen"):
        settings.listen = "127.0.0.1:1"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "QDM_X: No such file or directory\n"),
        ("{}", "QDM_X: the file.name: Field required\n"),
        ('{"name": "a", "key": "HUSH"}', "QDM_X: the file.key: unknown field; remove it\n"),
    ],
)
def test_a_missing_or_wrong_file_ends_the_program_naming_its_variable(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str | None, complaint: str
) -> None:
    file = tmp_path / "file.json"
    if content is not None:
        file.write_text(content)
    with pytest.raises(SystemExit) as ended:
        load_file("QDM_X", file, SecretRef.model_validate_json)
    assert ended.value.code == 2
    assert capsys.readouterr().err == complaint
