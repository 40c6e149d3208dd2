"""Importing it connects."""

import socket

from tiny_driver import TinyDriver

CONNECTION = socket.socketpair()


class SocketAtImportDriver(TinyDriver):
    """Shares one connection among all workers."""
