"""What became of the jobs that carry a job_id: the memory behind idempotent calls, kept over restarts."""

import logging
import math
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from qdm_driver import ExhaustedError

# Oldest entries go first; a caller that repeats a call does so within minutes. A job whose end is unknown has no
# response to drop, and must not be run again by mistake: it goes by its number only, and one that runs stays.
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
_BYTES = "SELECT TOTAL(LENGTH(response)) FROM jobs"
_TOO_MANY = """
SELECT number, COALESCE(LENGTH(response), 0) FROM jobs
WHERE number <= (SELECT number FROM jobs ORDER BY number DESC LIMIT 1 OFFSET ?) AND number < ?
"""
_OLDEST_RESPONSE = """
SELECT number, LENGTH(response) FROM jobs WHERE response IS NOT NULL AND job_id != ? ORDER BY number LIMIT 1
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
        self._database, self._bytes = _open(file)
        self._begun = 0
        self._running: dict[str, int] = {}

    def find(self, job_id: str) -> Entry | None:
        """Returns what is known of a job."""
        row = self._database.execute("SELECT content, response FROM jobs WHERE job_id = ?", (job_id,)).fetchone()
        return Entry(*row) if row else None

    def begin(self, job_id: str, content: bytes) -> None:
        """Notes that the driver is about to run the job. Raises ExhaustedError where that cannot be noted."""
        try:
            self._begun += 1
            if self._begun % _PRUNE_EVERY == 0:
                self._drop_old_ones()
            noted = self._database.execute(
                "INSERT OR REPLACE INTO jobs (job_id, content) VALUES (?, ?)", (job_id, content)
            )
        except sqlite3.Error as error:
            _log.warning("a job cannot be noted in the journal: %s", error)
            sentence = "the device cannot note jobs now, as when its disk is full, and ran nothing; try again later"
            raise ExhaustedError(sentence, retry_after=_RETRY_SECONDS) from None
        assert noted.lastrowid is not None
        self._running[job_id] = noted.lastrowid

    def finish(self, job_id: str, response: bytes) -> None:
        """Notes the job's response. Where that fails, the outcome stays unknown, and the log says so."""
        with self._ending(job_id):
            self._database.execute("UPDATE jobs SET response = ? WHERE job_id = ?", (response, job_id))
            self._bytes += len(response)
            while self._bytes > _MAX_BYTES and (
                oldest := self._database.execute(_OLDEST_RESPONSE, (job_id,)).fetchone()
            ):
                self._drop(*oldest)

    def forget(self, job_id: str) -> None:
        """Notes that the job failed in a way that a repeat may mend; a response that it has stays."""
        with self._ending(job_id):
            self._database.execute("DELETE FROM jobs WHERE job_id = ? AND response IS NULL", (job_id,))

    def lose(self, job_id: str) -> None:
        """Notes that the job does not run any more and that nobody knows its outcome; a response that it has stays."""
        self._running.pop(job_id, None)

    def close(self) -> None:
        """Closes the file."""
        self._database.close()

    @contextmanager
    def _ending(self, job_id: str) -> Iterator[None]:
        self._running.pop(job_id, None)
        try:
            yield
        except sqlite3.Error as error:
            _log.warning("the end of a job cannot be noted in the journal: %s", error)

    def _drop_old_ones(self) -> None:
        oldest_running = min(self._running.values(), default=math.inf)
        for number, size in self._database.execute(_TOO_MANY, (_MAX_ENTRIES, oldest_running)).fetchall():
            self._drop(number, size)

    def _drop(self, number: int, size: int) -> None:
        self._database.execute("DELETE FROM jobs WHERE number = ?", (number,))
        self._bytes -= size


def _open(file: Path) -> tuple[sqlite3.Connection, int]:
    """Returns the database and how many bytes its responses have."""
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


def _connect(file: Path) -> tuple[sqlite3.Connection, int]:
    database = sqlite3.connect(file, isolation_level=None)
    try:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("PRAGMA synchronous = NORMAL")
        database.execute(_SCHEMA)
        (size,) = database.execute(_BYTES).fetchone()  # reads enough of the file to see whether it is sound
    except BaseException:
        database.close()
        raise
    return database, int(size)
