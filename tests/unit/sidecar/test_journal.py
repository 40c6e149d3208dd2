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


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Journals of a few entries and bytes."""
    monkeypatch.setattr(module, "_MAX_ENTRIES", 3)
    monkeypatch.setattr(module, "_MAX_BYTES", 25)
    monkeypatch.setattr(module, "_PRUNE_EVERY", 1)


def kept(journal: Journal) -> list[int]:
    return [number for number in range(10) if journal.find(str(number))]


@pytest.mark.usefixtures("small")
def test_the_oldest_jobs_are_dropped_first(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "jobs")
    for number in range(10):
        journal.begin(str(number), b"")
        journal.finish(str(number), b"")
    assert kept(journal) == [6, 7, 8, 9]


@pytest.mark.usefixtures("small")
def test_jobs_that_nobody_knows_the_end_of_are_dropped_by_their_number_only(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "jobs")
    for number in range(10):
        journal.begin(str(number), b"")
        journal.lose(str(number))
    assert kept(journal) == [6, 7, 8, 9]


@pytest.mark.usefixtures("small")
def test_a_job_that_runs_is_never_dropped(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "jobs")
    journal.begin("0", b"")
    for number in range(1, 10):
        journal.begin(str(number), b"")
        journal.finish(str(number), b"x" * 10)
    assert journal.find("0") == Entry(b"", None)
    journal.finish("0", b"response")
    assert journal.find("0") == Entry(b"", b"response")


@pytest.mark.parametrize("restart", [True, False])
@pytest.mark.usefixtures("small")
def test_responses_are_bounded_in_bytes_at_any_moment(tmp_path: Path, *, restart: bool) -> None:
    journal = Journal(tmp_path / "jobs")
    for number in range(3):
        if restart:
            journal.close()
            journal = Journal(tmp_path / "jobs")
        journal.begin(str(number), b"")
        journal.finish(str(number), b"x" * 10)
    assert kept(journal) == [1, 2]


@pytest.mark.usefixtures("small")
def test_bytes_drop_no_job_whose_end_is_unknown(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "jobs")
    journal.begin("0", b"")
    journal.lose("0")
    journal.begin("1", b"")
    journal.finish("1", b"x" * 20)
    journal.begin("2", b"")
    journal.finish("2", b"x" * 20)
    assert kept(journal) == [0, 2]


@pytest.mark.usefixtures("small")
def test_the_newest_response_is_kept_whatever_its_size(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "jobs")
    journal.begin("0", b"")
    journal.finish("0", b"x" * 26)
    assert kept(journal) == [0]
    journal.begin("1", b"")
    journal.finish("1", b"x")
    assert kept(journal) == [1]


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


def test_a_file_with_a_damaged_page_is_set_aside(tmp_path: Path) -> None:
    file = tmp_path / "jobs"
    journal = Journal(file)
    for number in range(99):
        journal.begin(str(number), b"content" * 99)
    journal.close()
    pages = file.read_bytes()
    file.write_bytes(pages[:4096] + b"\xff" * (len(pages) - 4096))
    journal = Journal(file)
    journal.begin("j", b"content")
    assert journal.find("j") == Entry(b"content", None)
