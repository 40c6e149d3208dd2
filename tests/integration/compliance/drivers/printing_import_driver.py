"""Importing it prints."""

from tiny_driver import TinyDriver

print("welcome to the vendor's SDK")  # noqa: T201 - what is wrong with it


class PrintingImportDriver(TinyDriver):
    """Greets."""
