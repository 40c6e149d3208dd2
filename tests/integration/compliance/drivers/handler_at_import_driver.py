"""Importing it takes a signal."""

import signal

from tiny_driver import TinyDriver

signal.signal(signal.SIGTERM, signal.SIG_IGN)


class HandlerAtImportDriver(TinyDriver):
    """Does not want to be stopped."""
