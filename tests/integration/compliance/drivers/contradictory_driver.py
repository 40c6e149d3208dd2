"""The capabilities contradict themselves."""

from dataclasses import replace

from tiny_driver import TinyDriver


class ContradictoryDriver(TinyDriver):
    """Names a native format and does not take it."""

    capabilities = replace(TinyDriver.capabilities, native_format="quil")
