"""Importing it starts a thread."""

import threading

from tiny_driver import TinyDriver

threading.Thread(target=threading.Event().wait, daemon=True).start()


class ThreadAtImportDriver(TinyDriver):
    """Has a heartbeat that no fork inherits."""
