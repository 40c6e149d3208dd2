"""A format is claimed and refused."""

from dataclasses import replace

from tiny_driver import TinyDriver

from qdm_driver import CircuitFormat


class RefusedFormatDriver(TinyDriver):
    """Promises OpenQASM 2.0."""

    capabilities = replace(
        TinyDriver.capabilities,
        formats=TinyDriver.capabilities.formats | {CircuitFormat.AQO_PROTO},
    )
