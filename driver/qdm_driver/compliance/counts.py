"""Whether the numbers of a result are what the interface promises, whatever was run: the host's own rule."""

from qdm_driver.counts import result_problems

__all__ = ["result_problems"]
