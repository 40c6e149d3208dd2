"""What became of the jobs that carry a job_id: the memory behind idempotent calls, kept over restarts."""

import logging
import sqlite3
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from qdm_driver import ExhaustedError

# Oldest entries go first; a caller that repeats a call does so within minutes.
_MAX_ENTRIES = 10_000
_MAX_BYTES = 256 * 1024**2
_PRUNE_EVERY = 256

_RETRY_SECONDS = 5.0

# What SQLite says of a file that will never be read. A full disk is no such thing: what the file holds still counts.
_UNREADABLE = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CANTOPEN}
_PRIMARY_CODE = 0xFF

_SCHEMA = """
CREATE TABLE IF NOT EXISTS jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    job_id TEXT UNIQUE NOT NULL,
    content BLOB NOT NULL,
    response BLOB
)
"""
_PRUNE = """
DELETE FROM jobs WHERE number IN (
    SELECT number FROM (
        SELECT number,
               ROW_NUMBER() OVER newest AS entries,
               SUM(LENGTH(COALESCE(response, x''))) OVER newest AS bytes
        FROM jobs WINDOW newest AS (ORDER BY number DESC)
    ) WHERE entries > ? OR bytes > ?
)
"""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """A job that was handed to the driver: the digest of its content, and its response where it ended well."""

    content: bytes
    response: bytes | None


class Journal:
    """A SQLite file in WAL mode; every method takes microseconds and is durable against a crash of this process.

    A file that cannot be read is set aside, and its jobs are unknown from then on.
    """

    def __init__(self, file: Path) -> None:
        self._database = _open(file)
        self._begun = 0

    def find(self, job_id: str) -> Entry | None:
        """Returns what is known of a job."""
        row = self._database.execute("SELECT content, response FROM jobs WHERE job_id = ?", (job_id,)).fetchone()
        return Entry(*row) if row else None

    def begin(self, job_id: str, content: bytes) -> None:
        """Notes that the driver is about to run the job. Raises ExhaustedError where that cannot be noted."""
        try:
            self._prune()
            self._database.execute("INSERT OR REPLACE INTO jobs (job_id, content) VALUES (?, ?)", (job_id, content))
        except sqlite3.Error as error:
            _log.warning("a job cannot be noted in the journal: %s", error)
            sentence = "the device cannot note jobs now, as when its disk is full, and ran nothing; try again later"
            raise ExhaustedError(sentence, retry_after=_RETRY_SECONDS) from None

    def finish(self, job_id: str, response: bytes) -> None:
        """Notes the job's response. Where that fails, the outcome stays unknown, and the log says so."""
        self._end("UPDATE jobs SET response = ? WHERE job_id = ?", response, job_id)

    def forget(self, job_id: str) -> None:
        """Notes that the job failed in a way that a repeat may mend; a response that it has stays."""
        self._end("DELETE FROM jobs WHERE job_id = ? AND response IS NULL", job_id)

    def _end(self, statement: str, *values: str | bytes) -> None:
        try:
            self._database.execute(statement, values)
        except sqlite3.Error as error:
            _log.warning("the end of a job cannot be noted in the journal: %s", error)

    def _prune(self) -> None:
        self._begun += 1
        if self._begun % _PRUNE_EVERY == 0:
            self._database.execute(_PRUNE, (_MAX_ENTRIES, _MAX_BYTES))

    def close(self) -> None:
        """Closes the file."""
        self._database.close()


def _open(file: Path) -> sqlite3.Connection:
    try:
        return _connect(file)
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode & _PRIMARY_CODE not in _UNREADABLE:
            raise
        _log.warning("the journal cannot be read (%s) and is set aside; what became of earlier jobs is unknown", error)
    for ending in ("", "-wal", "-shm"):
        with suppress(FileNotFoundError):
            file.with_name(f"{file.name}{ending}").replace(file.with_name(f"{file.name}.damaged{ending}"))
    return _connect(file)


def _connect(file: Path) -> sqlite3.Connection:
    database = sqlite3.connect(file, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute(_SCHEMA)
    except BaseException:
        database.close()
        raise
    return database
