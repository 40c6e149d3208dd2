import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from qdm_driver import ExhaustedError
from qdm_sidecar import journal as module
from qdm_sidecar.journal import Entry, Journal


def test_an_unknown_job_is_unknown(tmp_path: Path) -> None:
    assert Journal(tmp_path / "jobs").find("j") is None


def test_a_finished_job_keeps_its_response_over_a_restart(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "jobs")
    journal.begin("j", b"content")
    journal.finish("j", b"response")
    journal.close()
    assert Journal(tmp_path / "jobs").find("j") == Entry(b"content", b"response")


def test_a_job_that_was_begun_and_not_finished_is_known_over_a_crash(tmp_path: Path) -> None:
    Journal(tmp_path / "jobs").begin("j", b"content")
    assert Journal(tmp_path / "jobs").find("j") == Entry(b"content", None)


def test_a_forgotten_job_is_unknown_and_can_begin_again(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "jobs")
    journal.begin("j", b"content")
    journal.forget("j")
    assert journal.find("j") is None
    journal.begin("j", b"other")
    assert journal.find("j") == Entry(b"other", None)


def test_a_response_is_not_forgotten(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "jobs")
    journal.begin("j", b"content")
    journal.finish("j", b"response")
    journal.forget("j")
    assert journal.find("j") == Entry(b"content", b"response")


def test_the_oldest_jobs_are_dropped_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_ENTRIES", 3)
    monkeypatch.setattr(module, "_PRUNE_EVERY", 1)
    journal = Journal(tmp_path / "jobs")
    for number in range(10):
        journal.begin(str(number), b"")
    kept = [number for number in range(10) if journal.find(str(number))]
    assert kept == [6, 7, 8, 9]


def test_responses_are_bounded_in_bytes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_MAX_BYTES", 25)
    monkeypatch.setattr(module, "_PRUNE_EVERY", 1)
    journal = Journal(tmp_path / "jobs")
    for number in range(6):
        journal.begin(str(number), b"")
        journal.finish(str(number), b"x" * 10)
    assert [number for number in range(6) if journal.find(str(number))] == [3, 4, 5]


def refuse_writing(journal: Journal) -> None:
    journal._database.execute("PRAGMA query_only = 1")


def test_a_job_that_cannot_be_noted_is_refused_with_what_to_do(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "jobs")
    refuse_writing(journal)
    with pytest.raises(ExhaustedError, match="ran nothing; try again later") as refused:
        journal.begin("j", b"content")
    assert refused.value.retry_after is not None
    assert journal.find("j") is None


@pytest.mark.parametrize("end", [lambda journal: journal.finish("j", b"response"), lambda journal: journal.forget("j")])
def test_an_end_that_cannot_be_noted_is_logged_and_harms_nobody(
    tmp_path: Path, end: Callable[[Journal], None], caplog: pytest.LogCaptureFixture
) -> None:
    journal = Journal(tmp_path / "jobs")
    journal.begin("j", b"content")
    refuse_writing(journal)
    end(journal)
    assert journal.find("j") == Entry(b"content", None)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]


@pytest.mark.parametrize("content", [b"no database, and longer than the head of one " * 9, None])
def test_a_damaged_file_is_set_aside_and_logged(
    tmp_path: Path, content: bytes | None, caplog: pytest.LogCaptureFixture
) -> None:
    file = tmp_path / "jobs"
    if content is None:
        file.mkdir()
    else:
        file.write_bytes(content)
    for suffix in ("-wal", "-shm"):
        (tmp_path / f"jobs{suffix}").write_bytes(b"of the damaged one")
    journal = Journal(file)
    journal.begin("j", b"content")
    assert journal.find("j") == Entry(b"content", None)
    assert [record.levelno for record in caplog.records] == [logging.WARNING]
    aside = tmp_path / "jobs.damaged"
    assert aside.is_dir() if content is None else aside.read_bytes() == content
    journal.close()
    assert Journal(file).find("j") == Entry(b"content", None)
