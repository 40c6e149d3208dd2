import json
import logging
import sys
from datetime import UTC, datetime
from typing import Any

import pytest

from qdm_common.logging import JsonFormatter, configure_logging, log_fields


def line(message: str = "ready", *arguments: object, fields: dict[str, object] | None = None) -> dict[str, object]:
    record = logging.LogRecord("qdm.test", logging.WARNING, "", 0, message, arguments, None)
    record.created = 1_700_000_000.25
    if fields is not None:
        record.fields = fields
    text = JsonFormatter("facade").format(record)
    assert "\n" not in text
    read: dict[str, object] = json.loads(text)
    return read


def test_a_line_says_when_how_bad_who_and_what() -> None:
    assert line("device %s is %s", "sim:local", "up") == {
        "timestamp": "2023-11-14T22:13:20.250+00:00",
        "level": "WARNING",
        "service": "facade",
        "logger": "qdm.test",
        "message": "device sim:local is up",
    }


def test_times_are_in_utc() -> None:
    assert datetime.fromisoformat(str(line()["timestamp"])).tzinfo == UTC


def test_every_line_of_a_call_carries_its_fields() -> None:
    call = {"job_id": "j1", "device_id": "sim:local", "driver_name": "simulator", "trace_id": "4bf9"}
    with log_fields(**call):
        assert line().items() >= call.items()
    assert line().keys().isdisjoint(call)


def test_inner_fields_add_to_outer_ones_and_end_before_them() -> None:
    with log_fields(trace_id="4bf9", stage="received"):
        with log_fields(stage="running", device_id="sim:local"):
            assert line().items() >= {"trace_id": "4bf9", "stage": "running", "device_id": "sim:local"}.items()
        assert line()["stage"] == "received"
        assert "device_id" not in line()


def test_unknown_fields_are_left_out() -> None:
    with log_fields(job_id="", device_id="sim:local"):
        assert "job_id" not in line()


def test_what_a_caller_sends_makes_no_long_line() -> None:
    with log_fields(job_id="j" * 1_000_000):
        assert line()["job_id"] == "j" * 256


def test_fields_end_with_a_call_that_failed() -> None:
    with pytest.raises(RuntimeError), log_fields(job_id="j1"):
        raise RuntimeError
    assert "job_id" not in line()


def test_a_record_s_own_fields_win() -> None:
    with log_fields(stage="running"):
        assert line(fields={"stage": "done", "seconds": 0.5}).items() >= {"stage": "done", "seconds": 0.5}.items()


@pytest.mark.parametrize("message", ["two\nlines", 'a "quoted" word', "ein Zustand: |ψ⟩", "\x1b[31mred"])
def test_any_text_stays_one_line_of_json(message: str) -> None:
    assert line(message)["message"] == message


def test_a_value_json_does_not_know_is_written_as_text() -> None:
    assert line(fields={"where": {1}})["where"] == "{1}"


def test_a_failure_carries_its_error_and_stack() -> None:
    try:
        raise ValueError("no such gate")
    except ValueError:
        record = logging.LogRecord("qdm.test", logging.ERROR, "", 0, "failed", (), sys.exc_info())
    written = json.loads(JsonFormatter("sidecar").format(record))
    assert written["error"] == "ValueError('no such gate')"
    assert written["stack"].startswith("Traceback")


class Unprintable:
    """An object that fails to say what it is."""

    def __repr__(self) -> str:
        raise ValueError("no words")


@pytest.mark.parametrize(
    ("message", "arguments", "error"),
    [
        ("%d shots", ("many",), "TypeError: %d format: a real number is required, not str"),
        ("shots", (1,), "TypeError: not all arguments converted during string formatting"),
        ("%s", (Unprintable(),), "ValueError: no words"),
        (Unprintable(), (), "ValueError: no words"),
    ],
)
def test_a_record_that_cannot_be_formatted_is_a_line_that_says_so(
    message: Any, arguments: tuple[object, ...], error: str
) -> None:
    written = line(message, *arguments)
    assert written.items() >= {"level": "WARNING", "service": "facade", "logger": "qdm.test"}.items()
    assert str(written["message"]).startswith("a record that cannot be formatted")
    assert str(written["error"]).startswith(error)


def test_an_error_that_cannot_be_printed_is_a_line_that_says_so() -> None:
    class UnprintableError(Exception):
        def __repr__(self) -> str:
            raise ValueError("no words")

    record = logging.LogRecord("qdm.test", logging.ERROR, "", 0, "failed", (), None)
    error = UnprintableError()
    record.exc_info = type(error), error, None
    written = json.loads(JsonFormatter("sidecar").format(record))
    assert written["message"] == "a record that cannot be formatted: failed"


def test_a_record_that_cannot_be_formatted_is_masked_too() -> None:
    record = logging.LogRecord("qdm.test", logging.ERROR, "", 0, "hush %d", ("hush",), None)
    assert "hush" not in JsonFormatter("sidecar", lambda text: text.replace("hush", "***")).format(record)


def test_configured_logging_writes_from_its_level_up_to_standard_error(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    for name in ("logThreads", "logProcesses", "logMultiprocessing", "_srcfile"):
        monkeypatch.setattr(logging, name, getattr(logging, name))  # put back afterwards
    try:
        root.handlers = []
        configure_logging(service="sidecar", level="INFO")
        logging.getLogger("qdm.test").debug("not this")
        logging.getLogger("qdm.test").info("but this")
    finally:
        root.handlers[:], root.level = before
    written = capsys.readouterr()
    assert written.out == ""
    assert [json.loads(text)["message"] for text in written.err.splitlines()] == ["but this"]
