"""What became of the jobs that carry a job_id: the memory behind idempotent calls, kept over restarts."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

# Oldest entries go first; a caller that repeats a call does so within minutes.
_MAX_ENTRIES = 10_000
_MAX_BYTES = 256 * 1024**2
_PRUNE_EVERY = 256

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


@dataclass(frozen=True, slots=True)
class Entry:
    """A job that was handed to the driver: the digest of its content, and its response where it ended well."""

    content: bytes
    response: bytes | None


class Journal:
    """A SQLite file in WAL mode; every method takes microseconds and is durable against a crash of this process."""

    def __init__(self, file: Path) -> None:
        self._database = sqlite3.connect(file, isolation_level=None)
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = NORMAL")
        self._database.execute(_SCHEMA)
        self._begun = 0

    def find(self, job_id: str) -> Entry | None:
        """Returns what is known of a job."""
        row = self._database.execute("SELECT content, response FROM jobs WHERE job_id = ?", (job_id,)).fetchone()
        return Entry(*row) if row else None

    def begin(self, job_id: str, content: bytes) -> None:
        """Notes that the driver is about to run the job."""
        self._begun += 1
        if self._begun % _PRUNE_EVERY == 0:
            self._database.execute(_PRUNE, (_MAX_ENTRIES, _MAX_BYTES))
        self._database.execute("INSERT OR REPLACE INTO jobs (job_id, content) VALUES (?, ?)", (job_id, content))

    def finish(self, job_id: str, response: bytes) -> None:
        """Notes the job's response."""
        self._database.execute("UPDATE jobs SET response = ? WHERE job_id = ?", (response, job_id))

    def forget(self, job_id: str) -> None:
        """Notes that the job failed in a way that a repeat may mend; a response that it has stays."""
        self._database.execute("DELETE FROM jobs WHERE job_id = ? AND response IS NULL", (job_id,))

    def close(self) -> None:
        """Closes the file."""
        self._database.close()
