"""Nothing is wrong."""

from tiny_driver import TinyDriver


class RightDriver(TinyDriver):
    """Passes."""
