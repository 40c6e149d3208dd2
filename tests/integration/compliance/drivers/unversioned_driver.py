"""Nobody can tell its releases apart."""

from tiny_driver import TinyDriver


class UnversionedDriver(TinyDriver):
    """Has no version."""

    version = ""
