"""What fails in a driver where no caller waits for it goes to the log, which masks credentials, as all else does."""

import logging
import sys
import threading

from qdm_common.status import log_bug


def log_stray_errors() -> None:
    """Sends to the log what Python prints otherwise: warnings, and errors that end threads, finalisers or the process.

    Call once, at the start of a process.
    """
    logging.captureWarnings(capture=True)
    sys.excepthook = lambda _type, error, _traceback: _note(error)
    threading.excepthook = lambda ended: _note(ended.exc_value)
    sys.unraisablehook = lambda ignored: _note(ignored.exc_value)


def _note(error: BaseException | None) -> None:
    if error is not None and not isinstance(error, SystemExit):  # by which a thread may end itself
        log_bug(error)
