"""The standard streams of the command: data that cannot be written ends it, what is only told may get lost."""

import io
import os
import sys
from typing import TYPE_CHECKING, TextIO

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer


class OutputLostError(Exception):
    """Standard output cannot be written; the error is raised once, and what is written afterwards is dropped."""

    def __init__(self, error: OSError) -> None:
        super().__init__(error.strerror)
        self.nobody_reads = isinstance(error, BrokenPipeError)


class _Stream(io.FileIO):
    def __init__(self, descriptor: int, *, raises: bool) -> None:
        super().__init__(descriptor, "w", closefd=False)
        self._raises = raises

    def write(self, data: "ReadableBuffer", /) -> int:
        try:
            return super().write(data)
        except OSError as error:
            if self._raises:
                self._raises = False
                raise OutputLostError(error) from None
            return memoryview(data).nbytes


def set_up_streams() -> None:
    """Makes standard output one that raises OutputLostError, and standard error one that never raises.

    Both show what their encoding lacks as escapes.
    """
    for descriptor, stream in enumerate((sys.stdin, sys.stdout, sys.stderr)):
        if stream is None:
            os.open(os.devnull, os.O_RDONLY if descriptor == 1 else os.O_RDWR)  # it gets the first number that is free
    sys.stdout = _text(1, sys.stdout, raises=True)
    sys.stderr = _text(2, sys.stderr, raises=False)


def _text(descriptor: int, stream: TextIO | None, *, raises: bool) -> io.TextIOWrapper:
    return io.TextIOWrapper(
        io.BufferedWriter(_Stream(descriptor, raises=raises)),
        stream.encoding if stream else "utf-8",
        "backslashreplace",
        line_buffering=not raises or os.isatty(descriptor),
    )
