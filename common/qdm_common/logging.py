"""One JSON object a line on standard error, with the fields of RFC 0006 on every line that concerns a call.

Fields: timestamp (RFC 3339, UTC), level, service, logger, message; within a call also trace_id, span_id, job_id,
device_id and driver_name where known; error and stack where something failed.
"""

import json
import logging
import sys
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

MAX_FIELD = 256
"""Characters of a field that are logged: callers write some of them, and may write more than is right."""

_call_fields: ContextVar[dict[str, str]] = ContextVar("call_fields", default={})  # noqa: B039 - never mutated


@contextmanager
def log_fields(**fields: str) -> Iterator[None]:
    """Puts fields on every line logged inside; empty values are left out, and long ones cut."""
    known = {key: value[:MAX_FIELD] for key, value in fields.items() if value}
    token = _call_fields.set(_call_fields.get() | known)
    try:
        yield
    finally:
        _call_fields.reset(token)


class JsonFormatter(logging.Formatter):
    """Formats a record as one line of JSON; ``mask`` takes out of it what nobody may read."""

    def __init__(self, service: str, mask: Callable[[str], str] = str) -> None:
        super().__init__()
        self._service = service
        self._mask = mask

    def format(self, record: logging.LogRecord) -> str:
        """Returns the line, without its end; for a record that cannot be formatted one that says so."""
        line: dict[str, object] = {
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "service": self._service,
            "logger": record.name,
        }
        try:
            text = json.dumps(line | self._told(record), ensure_ascii=False, default=str)
        except Exception as error:  # noqa: BLE001 - objects of any code are printed, and logging would print them in clear
            text = json.dumps(line | _untold(record, error), ensure_ascii=False)
        return self._mask(text)

    def _told(self, record: logging.LogRecord) -> dict[str, object]:
        told: dict[str, object] = {
            "message": record.getMessage(),
            **_call_fields.get(),
            **getattr(record, "fields", {}),
        }
        if record.exc_info and record.exc_info[1] is not None:
            told["error"] = repr(record.exc_info[1])
            told["stack"] = self.formatException(record.exc_info)
        return told


def _untold(record: logging.LogRecord, error: Exception) -> dict[str, object]:
    what = record.msg if isinstance(record.msg, str) else f"a message of type {type(record.msg).__name__}"
    return {
        "message": f"a record that cannot be formatted: {what}",
        **_call_fields.get(),
        "error": "".join(traceback.format_exception_only(error)).strip(),
    }


def configure_logging(*, service: str, level: str, mask: Callable[[str], str] = str) -> None:
    """Sends every logger's records of at least ``level`` to standard error; call once, at the start of a process.

    ``mask`` takes out of a line what nobody may read.
    """
    # What no line shows is not looked up: this halves what a line costs (Python's logging HOWTO, Optimization).
    logging.logThreads = logging.logProcesses = logging.logMultiprocessing = False
    logging._srcfile = None  # noqa: SLF001
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(service, mask))
    logging.basicConfig(level=level, handlers=[handler], force=True)
